"""One thing that cannot be decided is kept and shown, and holds up nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.types import Person
from orchestrator.decide import drain
from orchestrator.models import Attention, InboxEvent, RunLogEntry, Ticket
from orchestrator.work import decide_new
from rules import publish, recipes, registry
from rules.models import Rule, RuleVersion
from tests.scene import at, client, hear, held, live_rule, ticket

pytestmark = pytest.mark.django_db

FAULTY = '''
"""A recipe whose author was in a hurry: what it answers is no answer."""
from django import forms
from connectors.types import Transition

slug = label = "faulty"

class Params(forms.Form):
    pass

def hears(params):
    return frozenset({Transition.TICKET_OPENED})

def needs(params):
    return frozenset()


def wants(params):
    return frozenset()

def sentence(params):
    return "Fails."

def decide(facts, params):
    if facts.ticket.subject == "poison":
        yield "hold them"
'''


@pytest.fixture
def faulty_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A recipe is one file in a folder of recipes; this one stands in a folder of its own."""
    (tmp_path / "faulty.py").write_text(FAULTY)
    monkeypatch.setattr(recipes, "__path__", [*recipes.__path__, str(tmp_path)])
    registry.all_recipes.cache_clear()
    yield "faulty"
    registry.all_recipes.cache_clear()
    publish._cleaned.cache_clear()


def states() -> dict[str, str]:
    return dict(InboxEvent.objects.values_list("object_id", "state"))


def test_event_that_cannot_be_decided_is_set_aside_and_never_called_done(faulty_recipe: str) -> None:
    store = client()
    live_rule(store)
    live_rule(store, faulty_recipe)

    hear(store, ticket(1, subject="poison"), ticket(2, subject="fine", email="ben@shop.test"))

    assert states() == {"1": "aside", "2": "done"}
    assert held(store) == {"ben@shop.test"}
    assert Attention.objects.filter(code="event_set_aside").count() == 1
    assert RunLogEntry.objects.filter(code="event_set_aside").count() == 1


def test_event_that_the_database_refuses_holds_up_nobody_else() -> None:
    store = client()
    live_rule(store)
    endless = Person(id="9" * 400, emails=("ana@shop.test",))  # PostgreSQL refuses such a key

    hear(store, ticket(1, customer=endless), ticket(2, email="ben@shop.test"))

    assert "ben@shop.test" in held(store)
    assert "new" not in states().values()


def test_pass_that_cannot_be_carried_out_holds_up_no_event() -> None:
    store = client()
    live_rule(store)
    hear(store, ticket(1))
    Ticket.objects.update(body=b'{"kind": "ticket"}')  # as a version before us may have stored it
    Rule.objects.update(pass_due_at=at(1))

    hear(store, ticket(2, minutes=2, email="ben@shop.test"))

    assert "ben@shop.test" in held(store)
    assert Attention.objects.open().filter(store=store, code="pass_failed").count() == 1
    assert Rule.objects.filter(pass_due_at__isnull=False).count() == 1


def test_published_rule_that_no_longer_fits_is_shown_until_it_is_published_again() -> None:
    store = client()
    rule = live_rule(store)
    drain.drain(store, at(0))
    RuleVersion.objects.update(params={"method": "carrier pigeon"})

    hear(store, ticket(1))
    shown = list(Attention.objects.open().values_list("code", "reference"))
    publish.set_mode(Rule.objects.get(pk=rule.pk), "live", now=at(2))
    decide_new(at(3))

    assert shown == [("rule_broken", f"rule:{rule.pk}")]
    assert not Attention.objects.open().filter(code="rule_broken").exists()
    assert held(store) == {"ana@shop.test"}
