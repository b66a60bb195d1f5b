"""All that one helpdesk holds, with the indexes that keep look-ups short."""

from __future__ import annotations

import heapq
import uuid
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from itertools import count

from connectors.sandbox.clock import instant
from connectors.sandbox.gorgias.bucket import Bucket
from connectors.sandbox.gorgias.errors import missing
from connectors.sandbox.gorgias.fields import stamp
from connectors.sandbox.order import Order
from connectors.sandbox.vendor import Account, Surroundings
from connectors.sandbox.wire import Json


class Table:
    """Rows of one kind by id, in the order of their creation and of their last change."""

    def __init__(self, first: int) -> None:
        self.rows: dict[int, Json] = {}
        self.created: Order[int] = Order()
        self.updated: Order[int] = Order()
        self._ids = count(first)

    def new_id(self) -> int:
        return next(one for one in self._ids if one not in self.rows)

    def place(self, row: Json) -> Json:
        """Store a row, or move it after a change."""
        self.rows[row["id"]] = row
        self.created.place(row["id"], row["created_datetime"])
        self.updated.place(row["id"], row.get("updated_datetime") or row["created_datetime"])
        return row

    def remove(self, row: int) -> None:
        del self.rows[row]
        self.created.remove(row)
        self.updated.remove(row)

    def get(self, row: int) -> Json:
        """The row. Raises the vendor's 404."""
        if row not in self.rows:
            raise missing()
        return self.rows[row]

    def __iter__(self) -> Iterator[Json]:
        return iter(list(self.rows.values()))


class GorgiasAccount(Account):
    """One helpdesk."""

    def __init__(self, name: str, around: Surroundings) -> None:
        super().__init__(name, around)
        self.tickets = Table(5001)
        self.messages = Table(70001)
        self.customers = Table(8001)
        self.users = Table(91)
        self.teams = Table(41)
        self.tags = Table(301)
        self.rules = Table(601)
        self.integrations = Table(701)
        self.custom_fields = Table(801)
        self.views = Table(901)
        self.events = Table(100001)
        self.settings = Table(11)
        self.tag_by_name: dict[str, int] = {}
        self.customers_by_address: dict[tuple[str, str], set[int]] = defaultdict(set)
        self.customers_by_external: dict[str | None, set[int]] = defaultdict(set)
        self.tickets_by_customer: dict[int, set[int]] = defaultdict(set)
        self.tickets_by_external: dict[str, set[int]] = defaultdict(set)
        self.events_by_object: dict[tuple[str, int], list[int]] = defaultdict(list)
        self.bucket = Bucket()
        self.context = ""
        self.actor: int | None = None
        self.outgoing: list[int] = []  # messages on their way
        self.snoozed: list[tuple[str, int]] = []
        self._last_stamp = ""

    def begin(self, actor: int | None = None) -> None:
        """A new request or verb: what it causes shares one context and one acting user."""
        self.context = str(uuid.uuid4())
        self.actor = actor

    def stamp(self) -> str:
        """Now, later than any stamp given before."""
        now = stamp(self.around.clock.now())
        if now <= self._last_stamp:
            now = stamp(instant(self._last_stamp) + timedelta(microseconds=1))
        self._last_stamp = now
        return now

    def me(self) -> Json:
        """The user whose key this is."""
        email = self.credentials["email"]
        mine = next((user for user in self.users if user["email"].lower() == email.lower()), None)
        return mine or self.new_user(
            {"email": email, "name": email.partition("@")[0], "role": {"name": "admin"}}
        )

    def new_user(self, given: Json) -> Json:
        now = self.stamp()
        user: Json = {
            "id": given.get("id") or self.users.new_id(),
            "active": True,
            "bio": None,
            "country": None,
            "created_datetime": now,
            "deactivated_datetime": None,
            "email": "",
            "external_id": None,
            "firstname": "",
            "language": "en",
            "lastname": "",
            "meta": None,
            "name": "",
            "role": {"name": "agent"},
            "timezone": "UTC",
            "updated_datetime": now,
            **{key: value for key, value in given.items() if value is not None},
        }
        user["name"] = user["name"] or user["email"].partition("@")[0]
        return self.users.place(user)

    def log(self, kind: str, object_type: str, object_id: int, data: Json | None = None) -> None:
        """Write down that something happened."""
        event: Json = {
            "id": self.events.new_id(),
            "type": kind,
            "object_type": object_type,
            "object_id": object_id,
            "user_id": self.actor,
            "context": self.context,
            "data": data,
            "created_datetime": self.stamp(),
        }
        self.events.place(event)
        self.events_by_object[object_type, object_id].append(event["id"])

    def snooze(self, ticket: Json) -> None:
        heapq.heappush(self.snoozed, (ticket["snooze_datetime"], ticket["id"]))

    def woken(self) -> Iterator[Json]:
        """Tickets whose snooze is over, each once."""
        now = stamp(self.around.clock.now())
        while self.snoozed and self.snoozed[0][0] <= now:
            until, number = heapq.heappop(self.snoozed)
            ticket = self.tickets.rows.get(number)
            if ticket is not None and ticket["snooze_datetime"] == until:
                yield ticket
