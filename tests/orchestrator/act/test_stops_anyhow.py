"""However stopping, lifting, owing and sending follow each other: nothing while stopped, all of it once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.act import stops
from orchestrator.decide import due
from orchestrator.models import OutboxAction, Stop
from rules.actions.internal_note import InternalNote
from rules.models import Rule
from tests.chaos import truth
from tests.orchestrator.act.conftest import Shop

pytestmark = pytest.mark.django_db
SCOPES = ("everything", "store", "A", "B")
STEPS = st.one_of(
    st.tuples(st.just("owe"), st.sampled_from("AB")),
    st.tuples(st.just("send"), st.just("")),
    st.tuples(st.sampled_from(["stop", "lift"]), st.sampled_from(SCOPES)),
)


class Story:
    """A client with two rules, each of which owes notes. ``sent`` is what the helpdesk shows."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        fields = {"store": shop.store, "recipe": "custom", "mode": "live"}
        self.rules = {name: Rule.objects.create(name=name, **fields) for name in "AB"}
        self.before = self._notes()
        self.owed: list[str] = []
        self.now = timezone.now()

    def owe(self, name: str) -> None:
        text = f"{name} {len(self.owed)} {self.now.timestamp()}"
        self.owed.append(text)
        note = InternalNote(ticket_id="1", text=text)
        self.shop.owe(self.shop.gorgias, note, text, rule=self.rules[name], rule_version=1)

    def send(self, _: str = "") -> None:
        """Each time a while later, so that what was put off is due again."""
        self.now += timedelta(minutes=1)
        due.dispatch(self.shop.gorgias, self.now)

    def stop(self, scope: str) -> None:
        stops.stop(because="Wrong.", by="maya", now=self.now, **self._scope(scope))

    def lift(self, scope: str) -> None:
        given = {"store": self.shop.store if scope != "everything" else None, "rule": self.rules.get(scope)}
        for row in Stop.objects.in_force().filter(**given):
            stops.lift(row, by="maya", now=self.now)

    def stopped(self) -> set[str]:
        """The rules that may send nothing now."""
        in_force = stops.in_force()
        if in_force.everything or in_force.stores:
            return {"A", "B"}
        return {name for name, rule in self.rules.items() if rule.pk in in_force.rules}

    def sent(self) -> list[str]:
        return sorted((self._notes() - self.before).elements())

    def _notes(self) -> Any:
        return truth.notes_by_text(self.shop.state("gorgias"))

    def _scope(self, scope: str) -> dict[str, Any]:
        if scope in self.rules:
            return {"rule": self.rules[scope]}
        return {"store": self.shop.store} if scope == "store" else {}


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=14))
def test_nothing_is_sent_while_stopped_and_nothing_is_lost(steps: list[tuple[str, str]], shop: Shop) -> None:
    shop.control("POST", "limits", {"on": False})
    with transaction.atomic():
        story = Story(shop)
        for verb, what in steps:
            stopped, before = story.stopped(), story.sent()
            getattr(story, verb)(what)
            new = set(story.sent()) - set(before)
            assert not {text for text in new if text[0] in stopped}

        for scope in SCOPES:
            story.lift(scope)
        story.send()

        assert story.sent() == sorted(story.owed)
        assert set(OutboxAction.objects.values_list("state", flat=True)) <= {"done"}
        transaction.set_rollback(True)
