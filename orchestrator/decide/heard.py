"""When people last heard from each rule: read for a whole batch, once a rule asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple

from connectors.types import Person
from orchestrator.decide.people import People, keys_of
from orchestrator.models import CustomerKey, OutboxAction

KEPT = timedelta(days=91)  # no rule looks further back
PREFIX = "email:"
State = OutboxAction.State


class Said(NamedTuple):
    pk: int
    rule_id: int
    reference: str
    at: datetime
    is_done: bool


class Heard:
    """Messages that left or are about to, by whom they are for, under every address of theirs."""

    def __init__(self, store_id: int, now: datetime, people: People) -> None:
        self._store_id, self.now, self._people = store_id, now, people

    def of(self, vendor: str, person: Person, reference: str) -> Mapping[int, datetime]:
        """By rule, about anything but this. Of two that are about to leave, the earlier one counts."""
        customer = self._people.of(keys_of(vendor, person))
        if customer is None:
            return {}
        emails = {name.removeprefix(PREFIX) for name in self._people.names_of(customer)}
        emails |= {email for pk in self._people.rows_of(customer) for email in self._emails[pk]}
        said = [each for email in emails for each in self._said.get(email, ())]
        found: dict[int, datetime] = {}
        for each in said:
            if each.reference != reference and (each.is_done or each.pk < _own(said, each, reference)):
                found[each.rule_id] = max(each.at, found.get(each.rule_id, each.at))
        return found

    @cached_property
    def _emails(self) -> dict[int, list[str]]:
        found: defaultdict[int, list[str]] = defaultdict(list)
        rows = CustomerKey.objects.filter(customer__in=self._people.everybody(), value__startswith=PREFIX)
        for owner, value in rows.values_list("customer_id", "value"):
            found[owner].append(value.removeprefix(PREFIX))
        return found

    @cached_property
    def _said(self) -> dict[str, list[Said]]:
        emails = {each for emails in self._emails.values() for each in emails}
        rows = (
            OutboxAction.objects.seen()
            .filter(
                store_id=self._store_id,
                subject__in=emails,
                rule__isnull=False,
                is_state=False,
                planned_for__gt=self.now - KEPT,
            )
            .exclude(state__in=[State.SKIPPED, State.FAILED])
        )
        found: defaultdict[str, list[Said]] = defaultdict(list)
        for row in rows.values("pk", "rule_id", "reference", "planned_for", "subject", "state"):
            is_done = row["state"] == State.DONE
            said = Said(row["pk"], row["rule_id"], row["reference"], row["planned_for"], is_done)
            found[row["subject"]].append(said)
        return found


def _own(said: list[Said], other: Said, reference: str) -> float:
    """The key of what the same rule is about to say about this."""
    mine = (each.pk for each in said if each.rule_id == other.rule_id and each.reference == reference)
    return min(mine, default=float("inf"))
