"""A shop's history from a bulk operation's file: whole objects, from any step on, in whatever order."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import NeedsAttention, Refused, TryLater
from connectors.types import CustomerSnapshot, Person, Reference, Step
from connectors.vendors.shopify import bulk

Row = dict[str, Any]
BEGAN = "2026-11-22T09:00:00Z"


def snapshot(node: Row) -> CustomerSnapshot:
    """Something that tells objects and their children apart."""
    children = tuple(each["id"] for each in node["lineItems"]["nodes"])
    return CustomerSnapshot(
        id=node["id"], source_at=datetime(2026, 11, 1, tzinfo=UTC), person=Person(), tags=children
    )


KIND = bulk.Kind(
    query="{ orders { edges { node { id } } } }",
    children={"LineItem": "lineItems"},
    snapshot=snapshot,
    reference=lambda gid: Reference(kind="order", id=gid),
)


class Shop:
    """Answers like Shopify and lays out a file."""

    def __init__(self, *rows: Row, **operation: Any) -> None:
        self.file = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
        self.operation = {
            "id": "gid://shopify/BulkOperation/1",
            "status": "COMPLETED",
            "url": "u",
            **operation,
        }
        self.errors: list[Row] = []
        self.trouble: Exception | None = None
        self.unreadable: set[str] = set()
        self.asked: list[str] = []

    def ask(self, document: str, variables: Mapping[str, Any]) -> Row:
        if self.trouble:
            raise self.trouble
        if document is bulk.RUN:
            self.asked.append(variables["q"])
            begun = None if self.errors else {"id": self.operation["id"], "createdAt": BEGAN}
            return {"bulkOperationRunQuery": {"bulkOperation": begun, "userErrors": self.errors}}
        return {"bulkOperation": self.operation}

    def lines(self, url: str, start: int) -> Generator[tuple[bytes, int], None, None]:
        position = start
        for line in self.file[start:].splitlines(keepends=True):
            position += len(line)
            yield line.rstrip(b"\n"), position

    def steps(self, position: str = "") -> Generator[Step, None, None]:
        kind = replace(KIND, snapshot=self.snapshot)
        return bulk.Bulk(kind, self.ask, self.lines, datetime.isoformat).steps(position)

    def snapshot(self, node: Row) -> CustomerSnapshot:
        if node["id"] in self.unreadable:
            raise ValueError("It lacks its total.")
        return snapshot(node)


def order(number: int) -> Row:
    return {"id": f"gid://shopify/Order/{number}"}


def line(number: int, of: int) -> Row:
    return {"id": f"gid://shopify/LineItem/{number}", "__parentId": f"gid://shopify/Order/{of}"}


def begun(shop: Shop) -> str:
    [step] = shop.steps()
    return step.position


def told(steps: list[Step]) -> dict[str, tuple[str, ...]]:
    return {
        each.id: each.tags for step in steps for each in step.snapshots if isinstance(each, CustomerSnapshot)
    }


def test_it_is_asked_for_first_and_polling_shall_begin_there():
    shop = Shop()

    [step] = shop.steps()

    assert shop.asked == [KIND.query]
    assert step.watermark == "2026-11-22T09:00:00+00:00"
    assert step.wait == 1


def test_while_it_is_prepared_it_is_looked_at_ever_more_rarely():
    shop = Shop(status="RUNNING", objectCount="120", url=None)
    position, waits = begun(shop), []
    for _ in range(7):
        [step] = shop.steps(position)
        position = step.position
        waits.append(step.wait)

    assert waits == [1, 2, 4, 8, 16, 30, 30]
    assert (step.total, step.is_last) == (120, False)


def test_objects_come_with_their_children():
    shop = Shop(order(1), line(11, 1), line(12, 1), order(2), order(3), line(31, 3), rootObjectCount="3")

    [step] = shop.steps(begun(shop))

    assert told([step]) == {
        "gid://shopify/Order/1": ("gid://shopify/LineItem/11", "gid://shopify/LineItem/12"),
        "gid://shopify/Order/2": (),
        "gid://shopify/Order/3": ("gid://shopify/LineItem/31",),
    }
    assert (step.read, step.total, step.is_last) == (3, 3, True)


def test_an_empty_history_has_no_file():
    shop = Shop(url=None, rootObjectCount="0")

    [step] = shop.steps(begun(shop))

    assert (step.snapshots, step.read, step.is_last) == ([], 0, True)


def test_a_child_that_came_apart_has_its_object_read_by_itself():
    shop = Shop(line(9, 4), order(1), order(2), line(11, 1))

    [step] = shop.steps(begun(shop))

    assert {each.id for each in step.references} == {"gid://shopify/Order/4", "gid://shopify/Order/1"}


@given(sizes=st.lists(st.integers(0, 3), max_size=30), step=st.integers(1, 7))
def test_stopped_after_any_step_it_goes_on_to_the_same_end(sizes, step):
    rows = [
        row
        for number, size in enumerate(sizes)
        for row in (order(number), *(line(100 * number + each, number) for each in range(size)))
    ]
    shop = Shop(*rows, rootObjectCount=str(len(sizes)))
    position = begun(shop)
    whole = told(list(shop.steps(position)))

    pieces: list[Step] = []
    while not (pieces and pieces[-1].is_last):
        found = bulk.Bulk(KIND, shop.ask, shop.lines, datetime.isoformat, step=step).steps(position)
        pieces.append(next(found))  # and then it is killed
        found.close()
        position = pieces[-1].position

    assert told(pieces) == whole
    assert all((each.total or 0) >= each.read for each in pieces if not each.is_last)
    assert sum(len(each.snapshots) for each in pieces) == len(sizes) == pieces[-1].read


@pytest.mark.parametrize(
    ("operation", "sentence"),
    [
        ({"status": "FAILED", "errorCode": "INTERNAL_SERVER_ERROR"}, "gave up preparing the file"),
        ({"status": "FAILED", "errorCode": "ACCESS_DENIED"}, "Give the app the permission"),
        ({"status": "CANCELED"}, "gave up preparing the file."),
        ({"status": "EXPIRED"}, "deleted it before it was read"),
    ],
)
def test_what_shopify_gave_up_has_to_be_begun_again(operation, sentence):
    shop = Shop(**operation)

    with pytest.raises(Refused, match=sentence):
        list(shop.steps(begun(shop)))


def test_other_operations_of_the_app_are_waited_for():
    shop = Shop()
    shop.errors = [{"code": "OPERATION_IN_PROGRESS", "message": "Busy"}]

    with pytest.raises(TryLater) as caught:
        list(shop.steps())

    assert caught.value.after == bulk.BUSY_WAIT


def test_a_query_that_is_refused_is_told():
    shop = Shop()
    shop.errors = [{"code": "INVALID", "message": "Field 'x' doesn't exist"}]

    with pytest.raises(Refused, match="Field 'x'"):
        list(shop.steps())


def test_a_row_that_cannot_be_one_is_read_by_itself():
    shop = Shop(order(1), order(2))
    shop.unreadable.add("gid://shopify/Order/1")

    [step] = shop.steps(begun(shop))

    assert [each.id for each in step.references] == ["gid://shopify/Order/1"]
    assert list(told([step])) == ["gid://shopify/Order/2"]


@pytest.mark.parametrize(("code", "error"), [("scope_missing", Refused), ("shop_inactive", NeedsAttention)])
def test_a_missing_permission_stops_this_history_only(code, error):
    shop = Shop()
    shop.trouble = NeedsAttention("The app may not read these.", code=code)

    with pytest.raises(error, match="may not read these"):
        list(shop.steps())


def test_a_file_that_is_no_json_is_begun_again():
    shop = Shop()
    position = begun(shop)
    shop.file = b"<html>\n"

    with pytest.raises(Refused, match="not readable"):
        list(shop.steps(position))
