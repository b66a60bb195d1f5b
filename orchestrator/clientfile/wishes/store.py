"""The client itself: what the file asks of its row."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from connectors.models import Store
from orchestrator.clientfile.diff import Item
from orchestrator.clientfile.parts import Part
from orchestrator.clientfile.problems import Problems

KEYS = ("name", "platform", "currency", "timezone", "country")
NEEDED = ("name", "platform")
KEPT = {
    "deliveries": "keep_deliveries",
    "events": "keep_events",
    "run_log": "keep_run_log",
    "archive": "is_archived",
}  # keys of “keep”, and the columns they mean


class StoreWish(msgspec.Struct):
    """``row`` carries the new values and is not saved yet."""

    row: Store
    item: Item

    def save(self) -> None:
        if self.item.is_new:
            self.row.save()
        elif self.item.changed:
            self.row.save(update_fields=self.item.changed)


def compare(part: Part, stored: Store | None, problems: Problems) -> StoreWish:
    slug = part.values.get("slug", "")
    row = stored or Store(slug=slug)
    item = Item(f"client {slug}", is_new=stored is None)
    for key in KEYS:
        if key in part.values:
            item.take(row, key, part.values[key])
        elif stored is not None and getattr(row, key):
            item.left.append(key)
        elif stored is None and slug and key in NEEDED and key not in part.lines:
            problems.add(part.line, f"A new client needs “{key}”, and there is no client “{slug}” yet.")
    _take_kept(part, row, item)
    return StoreWish(row, item)


def _take_kept(part: Part, row: Store, item: Item) -> None:
    """How long things are kept. A column that differs from its key is shown by the column's name."""
    asked = part.values.get("keep")
    for key, column in KEPT.items():
        if asked is not None and key in asked.values:
            item.take(row, column, asked.values[key])
        elif not item.is_new:
            item.left.append(column)


def check_platform(part: Part, row: Store, roles: Mapping[str, str], problems: Problems) -> None:
    """The platform names the storefront that is connected, once there is one. ``roles`` are by vendor."""
    for vendor, role in roles.items():
        if role == "storefront" and row.platform and vendor != row.platform:
            problems.add(
                part.line_of("platform"),
                f"platform: It is “{row.platform}”, but the storefront connection is to {vendor}; "
                "they have to be the same.",
            )
