"""A backtest is asked for on the rule's page, watched, cancelled and read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connectors.models import Store
from orchestrator import work
from orchestrator.models import Backtest, BacktestLine, RunLogEntry
from rules.models import Rule
from tests.orchestrator.admin import examples, ruled

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return examples.store()


@pytest.fixture
def operator(client: Client, store: Store) -> Client:
    client.force_login(examples.colleague("maya", store))
    return client


def start(rule: Rule) -> str:
    return reverse("admin:rules_rule_backtests", args=[rule.pk])


def page(row: Backtest) -> str:
    return reverse("admin:rules_rule_backtest", args=[row.rule_id, row.pk])


def post(client: Client, rule: Rule, **fields: Any) -> Any:
    return client.post(start(rule), {"form": "form", "days": "30", "other": "", **fields})


def test_it_is_asked_for_played_and_shown(operator: Client, store: Store) -> None:
    rule = ruled.carts(store)

    answer = post(operator, rule, other="v1")
    post(operator, rule, other="v1")  # twice

    row = Backtest.objects.get()
    assert answer.url == page(row)
    assert "as soon as a worker has room" in operator.get(page(row)).content.decode()
    assert RunLogEntry.objects.filter(code="backtested", kind="staff", store=store).count() == 2
    assert work.play_backtests(examples.NOW) == 1
    text = operator.get(page(row)).content.decode()
    assert "Nothing of this client is recorded yet" in text
    assert "Version 1" in operator.get(start(rule)).content.decode() or "version 1" in text


def test_the_result_shows_numbers_days_and_exactly_whom_it_touches(operator: Client, store: Store) -> None:
    row = ruled.backtest(ruled.carts(store))

    text = operator.get(page(row)).content.decode()

    assert "400 events of these days were played" in text
    assert "12 of them are history" in text
    assert "3 messages in 31 days" in text
    assert "Only with the form as saved" in text
    assert "email, high → email, low" in text
    assert f"ana@{store.slug}.test" in text
    assert 'data-refresh="2"' not in text


def test_long_lists_have_pages(operator: Client, store: Store) -> None:
    row = ruled.backtest(ruled.carts(store))
    line = BacktestLine.objects.get()
    BacktestLine.objects.bulk_create(
        BacktestLine(backtest=row, part="differs", at=line.at, subject=f"p{n}@x.test", told="t")
        for n in range(120)
    )
    Backtest.objects.filter(pk=row.pk).update(result=row.result | {"lines": {"differs": 121}})

    text = operator.get(f"{page(row)}?part=differs&page=3").content.decode()

    assert "Page 3 of 3" in text
    assert "p119@x.test" in text


def test_it_is_cancelled_where_it_stands(operator: Client, store: Store) -> None:
    row = ruled.backtest(ruled.carts(store), "running")
    cancel = reverse("admin:rules_rule_backtest-cancel", args=[row.rule_id, row.pk])
    assert "40 %" in operator.get(page(row)).content.decode()

    operator.post(cancel)
    work.play_backtests(examples.NOW)

    text = operator.get(page(row)).content.decode()
    assert "It was cancelled" in text
    assert "nothing of the client changed" in text
    assert "It was over already." in operator.post(cancel, follow=True).content.decode()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"other": "v2", "form": "v2"}, "Both say the same."),
        ({"days": "45"}, "Select a valid choice"),
        ({"form": "v9"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_played_is_said_beside_the_field(
    operator: Client, store: Store, fields: dict[str, str], said: str
) -> None:
    answer = post(operator, ruled.carts(store), **fields)

    assert said in answer.content.decode()
    assert not Backtest.objects.exists()


def test_a_form_that_does_not_fit_its_recipe_is_named(operator: Client, store: Store) -> None:
    rule = ruled.carts(store)
    Rule.objects.filter(pk=rule.pk).update(params={"text_after_hours": "soon"})

    assert "It cannot run." in post(operator, rule).content.decode()


def test_what_is_written_in_the_form_is_played_against_what_runs_and_not_saved(
    operator: Client, store: Store
) -> None:
    rule = ruled.carts(store)
    fields = {"name": rule.name, "param_text_after_hours": "48", "_backtest": "1"}
    address = reverse("admin:rules_rule_change", args=[rule.pk])
    opened: Any = operator.get(address)
    form = opened.context["adminform"].form
    sent = {name: "" if form[name].value() is None else form[name].value() for name in form.fields}

    answer: Any = operator.post(address, {**sent, **fields})

    row = Backtest.objects.get()
    assert answer.url == page(row)
    assert (row.params["text_after_hours"], row.label) == (48, "the form, not saved")
    assert row.other_params is not None
    assert (row.other_params["text_after_hours"], row.other_label) == (30, "version 2")
    rule.refresh_from_db()
    assert rule.params["text_after_hours"] == 30
    assert not RunLogEntry.objects.filter(code="rule_changed").exists()


def test_it_can_begin_where_the_version_did(operator: Client, store: Store) -> None:
    rule = ruled.carts(store)
    rule.versions.update(published_at=timezone.now() - timedelta(days=11, hours=1))

    assert "since version 2 was published (12 days)" in operator.get(start(rule)).content.decode()
    post(operator, rule, days="12")

    row = Backtest.objects.get()
    assert row.until - row.since == timedelta(days=12)


def test_somebody_elses_backtest_is_nowhere(operator: Client, store: Store) -> None:
    rule = ruled.carts(store)
    foreign = ruled.backtest(ruled.carts(examples.store("Harbor")))

    assert operator.get(page(foreign)).status_code == 404
    mixed = reverse("admin:rules_rule_backtest", args=[rule.pk, foreign.pk])
    assert operator.get(mixed).status_code == 404
