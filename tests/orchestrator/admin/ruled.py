"""Rules with a history, for the console's tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from connectors.models import Store
from orchestrator import blueprints
from orchestrator.decide.replay.figures import Figures
from orchestrator.models import Backtest, BacktestLine, Blueprint
from rules import publish
from rules.models import Rule

BEGAN = datetime(2026, 7, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)


def carts(owner: Store, *texts_after: int) -> Rule:
    """Its steps differ between its versions, and what runs is the last."""
    made = Rule.objects.create(store=owner, name="Left carts", recipe="cart_recovery")
    for hours in texts_after or (24, 30):
        made.params = {"text_after_hours": hours}
        made.save()
        publish.set_mode(made, "shadow", now=BEGAN)
    return made


def custom(owner: Store, name: str = "Wholesale tickets first") -> Rule:
    wanted = {
        "when": "ticket.opened",
        "if": {"all": [{"field": "ticket.tags", "op": "contains", "value": "wholesale"}]},
        "then": [{"action": "set_priority", "with": {"priority": "high"}}],
    }
    return Rule.objects.create(
        store=owner, name=name, recipe="custom", params=publish.check("custom", wanted)
    )


def blueprint(owner: Store, *own: str) -> Blueprint:
    """Its rules, of which these settings are each client's own."""
    made = Blueprint(name=f"Like {owner}", source=owner)
    blueprints.keep(made, [msgspec.structs.replace(part, own=own) for part in blueprints.parts_of(owner)])
    made.save()
    return made


def restorable(rule: Rule) -> Rule:
    """It has a version, and none is in use: so it can be deleted, too."""
    values = publish.check(rule.recipe, rule.params)
    rule.versions.get_or_create(
        number=1, defaults={"recipe": rule.recipe, "params": values, "published_at": BEGAN}
    )
    return rule


def backtest(rule: Rule, state: str = "done") -> Backtest:
    """Two forms compared, as far as they are."""
    is_over = state in ("done", "cancelled")
    figures = Figures(messages=3, customers=2, per_day={"2026-11-20": 3}, ways=(("Send: email", 3),))
    row = Backtest.objects.create(
        store=rule.store,
        rule=rule,
        label="the form as saved",
        params=rule.params,
        other_label="version 1",
        other_params=rule.params,
        since=NOW - timedelta(days=30),
        until=NOW,
        asked_by="maya",
        asked_at=NOW,
        state=state,
        heard=400,
        total=1_000,
        reached_at=NOW - timedelta(days=12),
        known_since=NOW - timedelta(days=20),
        finished_at=NOW if is_over else None,
        expires_at=NOW + timedelta(days=3_000),
        result={
            "figures": [msgspec.to_builtins(figures)] * 2,
            "lines": {"differs": 1},
            "events": 400,
            "imported": 12,
        },
    )
    BacktestLine.objects.create(
        backtest=row,
        part="differs",
        at=NOW,
        subject=f"ana@{rule.store.slug}.test",
        reference="shopify:cart:1",
        told="Send the marketing event “Cart recovery: email” (other: value)",
        branch="email, high → email, low",
    )
    return row
