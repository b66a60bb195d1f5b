"""All that one marketing account holds, with the indexes that keep look-ups short."""

from __future__ import annotations

import hashlib
import heapq
import uuid
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

from connectors.sandbox.klaviyo.limits import Windows
from connectors.sandbox.order import Order
from connectors.sandbox.vendor import Account, Surroundings
from connectors.sandbox.wire import Json

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SHORT = "RKTLWXPNVHSMUYQJZGcdbfhgkmnprstvwxyz"

Effect = Callable[[str], None]  # hears the moment at which it lands


def written(moment: datetime) -> str:
    """A moment as the vendor writes it."""
    return moment.isoformat(timespec="microseconds")


def _public_key(name: str) -> str:
    """Six characters that no two accounts share."""
    return hashlib.sha256(name.encode()).hexdigest()[:6]


class KlaviyoAccount(Account):
    """One marketing account."""

    def __init__(self, name: str, around: Surroundings) -> None:
        super().__init__(name, around)
        self.scopes: frozenset[str] | None = None  # None: all
        self.recipients_at_send = False  # the account setting that decides when recipients are frozen
        self.windows = Windows()
        self.profiles: dict[str, Json] = {}
        self.profile_by: dict[str, dict[str, str]] = {"email": {}, "phone_number": {}, "external_id": {}}
        self.merged: dict[str, str] = {}  # ids that are gone, and whose they became
        self.profiles_created: Order[str] = Order()
        self.profiles_updated: Order[str] = Order()
        self.lists: dict[str, Json] = {}
        self.members: dict[str, Order[str]] = {}
        self.segments: dict[str, Json] = {}
        self.metrics: dict[str, Json] = {}
        self.metric_by_name: dict[tuple[str, str], str] = {}
        self.mapped_metrics: dict[str, Json] = {}
        self.events: dict[str, Json] = {}
        self.events_by_time: Order[str] = Order()
        self.events_of: dict[tuple[str, str], Order[str]] = defaultdict(Order)
        self.event_keys: set[tuple[str, str, str]] = set()
        self.flows: dict[str, Json] = {}
        self.campaigns: dict[str, Json] = {}
        self.campaign_messages: dict[str, Json] = {}
        self.templates: dict[str, Json] = {}
        self.message_templates: dict[str, Json] = {}  # the copies that campaign messages have
        self.catalog_items: dict[str, Json] = {}
        self.tags: dict[str, Json] = {}
        self.tagged: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self.jobs: dict[str, Json] = {}
        self._later: list[tuple[datetime, int, Effect]] = []
        self._numbers = count(1)
        self.public_key = _public_key(name)

    def now(self) -> datetime:
        return self.around.clock.now()

    def stamp(self) -> str:
        return written(self.now())

    def long_id(self) -> str:
        """26 characters that grow with time, as profiles, jobs and campaigns have."""
        value = (int(self.now().timestamp() * 1000) << 80) | (next(self._numbers) << 40)
        return "".join(_CROCKFORD[(value >> (5 * place)) & 31] for place in range(25, -1, -1))

    def short_id(self) -> str:
        """Six characters, as lists, segments, flows and metrics have."""
        value = (next(self._numbers) * 1_299_709 + 48_271) % 36**6
        return "".join(_SHORT[value // 36**place % 36] for place in range(6))

    def uuid(self) -> str:
        return str(uuid.uuid4())

    def later(self, effect: Effect) -> datetime:
        """Let something land once background work has had its time; the moment it is due."""
        due = self.now() + timedelta(seconds=self.around.limits.job_seconds)
        heapq.heappush(self._later, (due, next(self._numbers), effect))
        return due

    def at(self, due: datetime, effect: Effect) -> None:
        """Let something happen at a moment."""
        heapq.heappush(self._later, (due, next(self._numbers), effect))

    def catch_up(self) -> None:
        """Let happen what time has made due, in order."""
        now = self.now()
        while self._later and self._later[0][0] <= now:
            due, _, effect = heapq.heappop(self._later)
            effect(written(due))
