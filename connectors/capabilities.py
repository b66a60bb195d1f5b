"""What a store's tools can tell and do: by webhook, only by polling, not at all, or not connected yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec

from connectors import registry
from connectors.models import Connection
from connectors.roles import Capability, Vendor


class Level(StrEnum):
    NATIVE = "native"  # told by webhook at once, or done when asked
    POLLED = "polled"  # found when we look
    IMPOSSIBLE = "impossible"  # not with this tool
    FORBIDDEN = "forbidden"  # with this tool, but not with this key
    UNCONNECTED = "not connected"  # with a tool that is not connected, or whose webhooks are not set up

    @property
    def is_there(self) -> bool:
        return self in (Level.NATIVE, Level.POLLED)

    @property
    def is_refused(self) -> bool:
        return self in (Level.IMPOSSIBLE, Level.FORBIDDEN)


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """A connected vendor, the scopes its key was seen to lack, and the webhook topics that are set up."""

    vendor: type[Vendor]
    missing_scopes: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()

    def lacking(self, name: str) -> tuple[str, ...]:
        return tuple(each for each in self.vendor.scopes.get(name, ()) if each in self.missing_scopes)

    def level(self, name: str) -> Level:
        best = level(self.vendor, name)
        if best is Level.IMPOSSIBLE:
            return best
        if self.lacking(name):
            return Level.FORBIDDEN
        heard = self.vendor.tells.get(name)
        if heard is None or self.topics.intersection(heard.topics):
            return best
        return Level.POLLED if heard.is_polled else Level.UNCONNECTED


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a store stands with one capability.

    ``tool`` names the connected vendor that is meant, "" where none is; ``roles`` the kinds of tool that
    would have to be connected; ``why`` what the vendor says about what it lacks.
    """

    level: Level
    tool: str = ""
    roles: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    why: str = ""


def named(name: str, vendors: Iterable[type[Vendor]] | None = None) -> Capability | None:
    """The capability of a role that is called so; None for a change, and for what there is not."""
    known = registry.all_vendors().values() if vendors is None else vendors
    return next((each for vendor in known for each in vendor.offers if each.name == name), None)


def level(vendor: type[Vendor], name: str) -> Level:
    """What the vendor declares, whatever is set up in a store."""
    heard = vendor.tells.get(name)
    if heard is not None:
        return Level.NATIVE if heard.topics else Level.POLLED
    is_offered = name not in vendor.lacks and any(each.name == name for each in vendor.offers)
    return Level.NATIVE if is_offered else Level.IMPOSSIBLE


def standing(name: str, tools: Sequence[Tool], vendors: Iterable[type[Vendor]] | None = None) -> Standing:
    """The best that any of these tools gives; ``vendors`` are all that could be connected."""
    known = list(registry.all_vendors().values() if vendors is None else vendors)
    levels = [each.level(name) for each in tools]
    for best in (Level.NATIVE, Level.POLLED, Level.FORBIDDEN, Level.UNCONNECTED):
        if best in levels:
            tool = tools[levels.index(best)]
            return Standing(level=best, tool=tool.vendor.label, scopes=tool.lacking(name))
    able = {each.role for each in known if level(each, name) is not Level.IMPOSSIBLE}
    if missing := able - {each.vendor.role for each in tools}:
        return Standing(level=Level.UNCONNECTED, roles=tuple(sorted(missing)))
    meant = next(
        (each.vendor for each in tools if each.vendor.role in able or _could(each.vendor, name)), None
    )
    why = meant.lacks.get(name, "") if meant else ""
    return Standing(level=Level.IMPOSSIBLE, tool=meant.label if meant else "", why=why)


def can(connection: Connection, name: str) -> bool:
    """Whether its vendor declares that; a key or a webhook that is missing can be had."""
    vendor = registry.all_vendors().get(connection.vendor)
    return vendor is not None and level(vendor, name) is not Level.IMPOSSIBLE


def tools(connections: Iterable[Connection]) -> list[Tool]:
    """Of those that are enabled and whose vendor there is."""
    known = registry.all_vendors()
    return [
        Tool(
            vendor=known[each.vendor],
            missing_scopes=frozenset(each.account.get("missing_scopes") or ()),
            topics=frozenset(each.webhook_topics),
        )
        for each in connections
        if each.is_enabled and each.vendor in known
    ]


def _could(vendor: type[Vendor], name: str) -> bool:
    """Whether tools of its role are asked for this."""
    return any(each.name == name for each in vendor.offers)
