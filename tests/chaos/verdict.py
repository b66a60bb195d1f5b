"""What came out, judged from outside: by the vendors' own state and by rows of our tables."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.chaos import truth
from tests.chaos.client import LATER, OPENED, PLACED, THRESHOLD, Client
from tests.chaos.crew import Crew

ACTIONS = """
SELECT a.action, a.key, a.state, a.id FROM orchestrator_outboxaction a
JOIN connectors_store s ON s.id = a.store_id WHERE s.slug = '{slug}'
"""
HELD = """
SELECT x.subject FROM orchestrator_suppression x
JOIN connectors_store s ON s.id = x.store_id WHERE s.slug = '{slug}' AND x.closed_at IS NULL
"""
DRAFTS = """
SELECT d.reference FROM orchestrator_reorderdraft d
JOIN connectors_store s ON s.id = d.store_id WHERE s.slug = '{slug}' AND d.recovered_at IS NULL
"""
TOLD = "SELECT reference FROM orchestrator_attention WHERE code = 'action_failed' AND cleared_at IS NULL"


@dataclass
class Verdict:
    """``unknown`` are alerts that may have been lost, and of which a person was told."""

    lost: set[str] = field(default_factory=set)
    doubled: set[str] = field(default_factory=set)
    wrong: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)

    @property
    def is_good(self) -> bool:
        return not (self.lost or self.doubled or self.wrong)

    def __str__(self) -> str:
        return f"lost {sorted(self.lost)}, doubled {sorted(self.doubled)}, wrong {sorted(self.wrong)}"


def judge(crew: Crew, clients: Iterable[Client]) -> Verdict:
    verdict = Verdict()
    for client in clients:
        _Judge(crew, client, verdict).judge()
    return verdict


class _Judge:
    def __init__(self, crew: Crew, client: Client, verdict: Verdict) -> None:
        self.client, self.verdict = client, verdict
        self.gorgias, self.klaviyo = client.state("gorgias"), client.state("klaviyo")
        self.shop, self.slack = client.state("shopify"), client.state("slack")  # empty without a shop
        self.actions = crew.ask(ACTIONS.format(slug=client.slug))
        self.held = {row[0] for row in crew.ask(HELD.format(slug=client.slug))}
        self.drafts = Counter(row[0] for row in crew.ask(DRAFTS.format(slug=client.slug)))
        self.told = {row[0] for row in crew.ask(TOLD)}

    def judge(self) -> None:
        self._tickets()
        self._orders()
        self._planned()
        self._holds()
        if self.client.has_shop:
            self._stock()

    def _tickets(self) -> None:
        opened = self.client.openings.count
        notes = truth.notes_by_text(self.gorgias)
        for said in (notes, self._about(OPENED)):
            self._lost("ticket", self.client.never_trashed - said.keys())
            self._doubled("ticket", (subject for subject in said if said[subject] > opened[subject]))
        tagged = {each["subject"] for each in self.gorgias["tickets"] if "seen" in truth.tags(each)}
        self._lost("tag of ticket", self.client.never_trashed - tagged)

    def _orders(self) -> None:
        placed = {each["name"] for each in self.shop["orders"]}
        for metric in (PLACED, LATER):
            said = self._about(metric)
            self._lost(metric, placed - said.keys())
            self._doubled(metric, (name for name in said if said[name] > 1 or name not in placed))
        bought = {each["email"] for each in self.klaviyo["profiles"] if each["properties"].get("bought")}
        self._wrong("bought", bought ^ {each["email"] for each in self.shop["orders"]})

    def _planned(self) -> None:
        """By the key that each effect was planned with."""
        messages = json.dumps(self.slack["messages"])
        there = {
            "internal_note": truth.notes(self.gorgias),
            "send_event": Counter(each["unique_id"] for each in self.klaviyo["events"]),
            "alert": Counter({key: messages.count(key) for key in self._keys("alert")}),
        }
        for action, counted in there.items():
            missing = {key for key in self._keys(action) if not counted[key]}
            self._lost(action, missing - self._unknown())
            self._doubled(action, (key for key, times in counted.items() if times > 1))
        self.verdict.unknown |= self._unknown()

    def _stock(self) -> None:
        low = {f"shopify:product:{each}" for each, stock in self.client.stock.items() if stock < THRESHOLD}
        self._wrong("missing draft", low - self.drafts.keys())
        self._wrong("needless draft", self.drafts.keys() - low)
        self._doubled("draft", (reference for reference, times in self.drafts.items() if times > 1))
        alerts = json.dumps(self.slack["messages"]).count("Reorder draft")
        self._doubled("alert", ["more than falls"] if alerts > self.client.falls.total() else [])

    def _holds(self) -> None:
        waiting = truth.who_waits(self.gorgias)
        there = (
            truth.members(self.klaviyo, f"Orchestrator hold: {self.client.slug}")
            if self.client.method == "list"
            else set(truth.suppressed(self.klaviyo))
        )
        self._wrong("missing hold", waiting - self.held | waiting - there)
        self._wrong("needless hold", self.held - waiting | there - waiting)

    def _about(self, metric: str) -> Counter[str]:
        return Counter(each["properties"]["about"] for each in truth.events(self.klaviyo, metric))

    def _keys(self, action: str) -> set[str]:
        return {key for kind, key, _, _ in self.actions if kind == action}

    def _unknown(self) -> set[str]:
        return {
            key
            for kind, key, state, pk in self.actions
            if (kind, state) == ("alert", "failed") and f"action:{pk}" in self.told
        }

    def _named(self, what: str, things: Iterable[str]) -> Iterator[str]:
        return (f"{self.client.slug}: {what} {each}" for each in things)

    def _lost(self, what: str, things: Iterable[str]) -> None:
        self.verdict.lost |= set(self._named(what, things))

    def _doubled(self, what: str, things: Iterable[str]) -> None:
        self.verdict.doubled |= set(self._named(what, things))

    def _wrong(self, what: str, things: Iterable[str]) -> None:
        self.verdict.wrong |= set(self._named(what, things))
