"""Reads a shop's history by bulk operation: asked for, prepared by Shopify, then read line by line.

https://shopify.dev/docs/api/usage/bulk-operations/queries
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from connectors.errors import NeedsAttention, Refused, TryLater
from connectors.types import AnySnapshot, Reference, Step
from connectors.values import instant, mapping, rows, text

RUN = """
mutation Bulk($q: String!) {
  bulkOperationRunQuery(query: $q, groupObjects: true) {
    bulkOperation { id status createdAt }
    userErrors { code field message }
  }
}
"""
STATUS = """
query BulkStatus($id: ID!) {
  bulkOperation(id: $id) { id status errorCode objectCount rootObjectCount url }
}
"""
STEP = 500  # objects whose rows are stored together
FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0  # seconds until it is looked at again; doubled each time
UNDER_WAY = {"CREATED", "RUNNING", "CANCELING"}
BUSY = {"LIMIT_REACHED", "OPERATION_IN_PROGRESS"}  # other bulk operations of this app have to end first
BUSY_WAIT = 60.0

Row = dict[str, Any]
Ask = Callable[[str, Mapping[str, Any]], Row]  # a GraphQL document and its variables; its data
Lines = Callable[[str, int], Generator[tuple[bytes, int], None, None]]  # an address and the byte to begin at


@dataclass(frozen=True)
class Kind:
    """``query`` names no page sizes. ``children`` are the connections in it, by the type of their ids.

    ``snapshot`` raises ValueError when a row cannot be one; like an object whose child came apart from
    it, it is then read by itself, by its ``reference``.
    """

    query: str
    children: Mapping[str, str]
    snapshot: Callable[[Row], AnySnapshot]
    reference: Callable[[str], Reference]  # by an object's gid


class Place(msgspec.Struct, omit_defaults=True):
    """How far it is. ``offset`` is the byte at which the next object begins."""

    operation: str = ""
    asked: int = 0
    offset: int = 0
    read: int = 0


class Bulk:
    """One history. ``mark`` makes the watermark of a poll that begins at a moment."""

    def __init__(
        self, kind: Kind, ask: Ask, lines: Lines, mark: Callable[[datetime], str], step: int = STEP
    ) -> None:
        self._kind = kind
        self._ask = ask
        self._lines = lines
        self._mark = mark
        self._step = step

    def steps(self, position: str) -> Generator[Step, None, None]:
        place = _place(position)
        if not place.operation:
            yield self._start()
            return
        found = mapping(self._ask(STATUS, {"id": place.operation}).get("bulkOperation"))
        status = text(found.get("status"))
        if status in UNDER_WAY:
            yield _still_waits(place, found)
        elif status == "COMPLETED":
            yield from self._read(place, text(found.get("url"), 5000), _number(found.get("rootObjectCount")))
        else:
            raise Refused(_sentence(status, text(found.get("errorCode"))), code="bulk_failed")

    def _start(self) -> Step:
        try:
            said = mapping(self._ask(RUN, {"q": self._kind.query}).get("bulkOperationRunQuery"))
        except NeedsAttention as denied:
            if denied.code != "scope_missing":
                raise
            raise Refused(denied.sentence, code="bulk_failed") from None  # the other histories may be read
        for error in rows(said.get("userErrors")):
            if error.get("code") in BUSY:
                raise TryLater(
                    "Shopify prepares other files for this app first. It is tried again.",
                    code="bulk_busy",
                    after=BUSY_WAIT,
                )
            raise Refused(
                f"Shopify does not prepare the file: {text(error.get('message'))}", code="bulk_failed"
            )
        operation = mapping(said.get("bulkOperation"))
        began = instant(operation.get("createdAt"))
        if not operation.get("id") or began is None:
            raise TryLater("Shopify did not say what it began. It is tried again.", code="unreadable_answer")
        place = Place(operation=text(operation["id"]))
        return Step(position=_written(place), wait=FIRST_WAIT, watermark=self._mark(began))

    def _read(self, place: Place, url: str, total: int) -> Generator[Step, None, None]:
        """Objects come with their children behind them; a step ends where an object begins."""
        snapshots: list[AnySnapshot] = []
        strays: dict[str, Reference] = {}
        for group in self._groups(url, place.offset) if url else ():
            place.offset, place.read = group.end, place.read + 1
            try:
                snapshots.append(self._kind.snapshot(group.node))
            except ValueError:
                group.strays.append(text(group.node.get("id")))
            strays |= {each: self._kind.reference(each) for each in group.strays}
            if len(snapshots) + len(strays) >= self._step:
                yield _filled(place, snapshots, strays, total)
                snapshots, strays = [], {}
        yield msgspec.structs.replace(_filled(place, snapshots, strays, place.read), is_last=True)

    def _groups(self, url: str, offset: int) -> Generator[Group, None, None]:
        group: Group | None = None
        strays: list[str] = []  # objects whose child came apart from them
        for line, end in self._lines(url, offset):
            row = _decoded(line) if line.strip() else {}
            parent = row.pop("__parentId", None)
            if row and parent is None:
                if group is not None:
                    yield group
                group, strays = Group(row, self._kind.children, strays), []
            elif row and not (group is not None and group.takes(row, parent)):
                (strays if group is None else group.strays).append(text(parent))
            if group is not None:
                group.end = end
        if group is not None:
            yield group


class Group:
    """One object with its children, in the shape in which a page would have it."""

    def __init__(self, node: Row, names: Mapping[str, str], strays: list[str]) -> None:
        self.node = node | {name: {"nodes": []} for name in names.values()}
        self.strays = strays
        self.end = 0
        self._names = names

    def takes(self, child: Row, parent: Any) -> bool:
        """Whether it is ours. Shopify groups them for us; one that comes apart is told by its number."""
        if parent != self.node.get("id"):
            return False
        kind = text(child.get("id")).removeprefix("gid://shopify/").partition("/")[0]
        if kind in self._names:
            self.node[self._names[kind]]["nodes"].append(child)
        return True


def _still_waits(place: Place, found: Row) -> Step:
    wait = min(FIRST_WAIT * 2.0 ** min(place.asked, 10), LONGEST_WAIT)
    following = Place(operation=place.operation, asked=place.asked + 1)
    return Step(position=_written(following), total=_number(found.get("objectCount")) or None, wait=wait)


def _filled(place: Place, found: Sequence[AnySnapshot], strays: Mapping[str, Reference], total: int) -> Step:
    return Step(
        position=_written(place),
        snapshots=found,
        references=list(strays.values()),
        read=place.read,
        total=total or None,
    )


def _sentence(status: str, code: str) -> str:
    if code == "ACCESS_DENIED":
        return "Shopify does not show these to our key. Give the app the permission to read them."
    if status == "EXPIRED":
        return "Shopify kept the file for a week and deleted it before it was read."
    told = f" ({code.lower().replace('_', ' ')})" if code else ""
    return f"Shopify gave up preparing the file{told}."


def _place(position: str) -> Place:
    try:
        return msgspec.json.decode(position, type=Place)
    except msgspec.DecodeError:
        return Place()  # from the beginning: reading twice is harmless


def _written(place: Place) -> str:
    return msgspec.json.encode(place).decode()


def _decoded(line: bytes) -> Row:
    try:
        return mapping(msgspec.json.decode(line))
    except msgspec.DecodeError:
        raise Refused("The file that Shopify prepared is not readable.", code="bulk_failed") from None


def _number(value: Any) -> int:
    """Counts come as text."""
    return int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()) else 0
