"""Kill switches: while one is in force nothing is sent for its scope, and nothing that waits is lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from connectors import connect
from connectors.errors import NotYet
from connectors.models import Connection, Store
from orchestrator import backlog
from orchestrator.act import agency, outbox, reconcile, stops
from orchestrator.decide import due
from orchestrator.intake import integrations, polling
from orchestrator.models import Attention, OutboxAction, RunLogEntry, Stop
from rules.actions.internal_note import InternalNote
from rules.models import Rule
from tests import scene
from tests.chaos import truth
from tests.orchestrator.act.conftest import Shop

pytestmark = pytest.mark.django_db
State = OutboxAction.State
ANA = "ana@shop.test"


def note(text: str, ticket: int = 1) -> InternalNote:
    return InternalNote(ticket_id=str(ticket), text=text)


def live(store: Store, name: str) -> Rule:
    return Rule.objects.create(store=store, name=name, recipe="custom", mode="live")


def stop(**scope: Any) -> Stop:
    row = stops.stop(because="They get the wrong text.", by="maya", now=timezone.now(), **scope)
    assert row is not None
    return row


def lift(row: Stop) -> None:
    assert stops.lift(row, by="maya", now=timezone.now())


def dispatch(shop: Shop, seconds: float = 0) -> None:
    due.dispatch(shop.gorgias, timezone.now() + timedelta(seconds=seconds))


def notes(shop: Shop) -> dict[str, int]:
    return dict(truth.notes_by_text(shop.state("gorgias")))


def states() -> dict[str, str]:
    return dict(OutboxAction.objects.values_list("key", "state"))


def account(shop: Shop, vendor: str = "klaviyo") -> Connection:
    return scene.connection(shop.store, vendor)


def writes(shop: Shop, vendor: str) -> list[str]:
    reads = ("GET ", "PUT /api/views/")
    return [each for each in shop.calls(vendor) if not each.startswith(reads)]


@pytest.mark.parametrize("scope", ["store", "everything"])
def test_nothing_is_sent_while_a_client_or_everything_is_stopped(scope: str, shop: Shop) -> None:
    shop.owe(shop.gorgias, note("Seen."), "n")
    shop.want(True, ANA)
    row = stop(store=shop.store) if scope == "store" else stop()

    dispatch(shop)
    reconcile.drive(account(shop), timezone.now())
    meanwhile = (writes(shop, "gorgias"), writes(shop, "klaviyo"), states())
    to_do = outbox.connections_due(timezone.now()) + reconcile.connections_due(timezone.now())
    lift(row)
    dispatch(shop)
    reconcile.drive(account(shop), timezone.now())

    assert meanwhile == ([], [], {"n": State.WAITING})
    assert to_do == []
    assert notes(shop) == {"Seen.": 1}
    assert shop.on_hold_list() == {ANA}


def test_another_client_goes_on(shop: Shop) -> None:
    shop.owe(shop.gorgias, note("Seen."), "n")
    stop(store=scene.client("other", vendors=()))

    dispatch(shop)

    assert notes(shop) == {"Seen.": 1}


def test_stopped_rule_sends_nothing_and_the_others_go_on(shop: Shop) -> None:
    wrong, right = live(shop.store, "Wrong"), live(shop.store, "Right")
    shop.owe(shop.gorgias, note("Wrong."), "w", rule=wrong, rule_version=1)
    shop.owe(shop.gorgias, note("Right."), "r", rule=right, rule_version=1)
    row = stop(rule=wrong)

    dispatch(shop)
    meanwhile = notes(shop)
    lift(row)
    dispatch(shop)

    assert meanwhile == {"Right.": 1}
    assert notes(shop) == {"Right.": 1, "Wrong.": 1}


@pytest.mark.parametrize("switch", ["stopped", "paused"])
def test_batch_ends_where_a_rule_was_stopped_or_paused_meanwhile(switch: str, shop: Shop) -> None:
    rule = live(shop.store, "Wrong")
    for key in "ab":
        shop.owe(shop.gorgias, note("Wrong."), key, rule=rule, rule_version=1)
    claimed = outbox.claim(shop.gorgias, timezone.now())

    if switch == "stopped":
        stop(rule=rule)
    else:
        Rule.objects.update(mode="paused")
    outbox.perform(shop.gorgias, claimed, timezone.now())

    assert notes(shop) == {}
    assert set(OutboxAction.objects.values_list("state", "claim_token", "attempts")) == {
        (State.WAITING, "", 0)
    }
    dispatch(shop, seconds=10)
    assert notes(shop) == {}
    assert set(states().values()) == {State.WAITING if switch == "stopped" else State.SKIPPED}


def test_batch_that_meets_the_stop_of_its_client_on_the_way_goes_back_whole(shop: Shop) -> None:
    shop.owe(shop.gorgias, note("Seen."), "n")
    shop.want(True, ANA)
    claimed = outbox.claim(shop.gorgias, timezone.now())
    vendor = connect.open(account(shop))
    stop(store=shop.store)

    outbox.perform(shop.gorgias, claimed, timezone.now())
    with pytest.raises(NotYet, match="until the stop is lifted"):
        vendor.create_list("A list")  # type: ignore[attr-defined]

    row = OutboxAction.objects.get()
    assert (row.state, row.attempts, row.claim_token) == (State.WAITING, 0, "")
    assert "Stopped" in row.because
    assert writes(shop, "gorgias") + writes(shop, "klaviyo") == []


def test_hold_that_only_a_stopped_rule_wants_waits_and_its_release_does_not(shop: Shop) -> None:
    Store.objects.filter(pk=shop.store.pk).update(slug=shop.slug)
    rule = scene.live_rule(shop.store)
    row = stop(rule=rule)
    shop.want(True, ANA)

    reconcile.drive(account(shop), timezone.now())
    meanwhile = shop.on_hold_list()
    lift(row)
    reconcile.drive(account(shop), timezone.now())
    held = shop.on_hold_list()
    stop(rule=rule)
    shop.want(False, ANA)
    reconcile.drive(account(shop), timezone.now())

    assert (meanwhile, held, shop.on_hold_list()) == (set(), {ANA}, set())


def test_webhooks_are_not_set_up_and_polling_goes_on(shop: Shop, settings: Any) -> None:
    settings.PUBLIC_URL = shop.url
    shop.gorgias.seal({"webhook_secret": "a secret"})
    shop.gorgias.save()
    stop(store=shop.store)

    with pytest.raises(NotYet):
        integrations.ensure(account(shop, "gorgias"), timezone.now())
    polling.poll(account(shop, "gorgias"), timezone.now())

    assert writes(shop, "gorgias") == []
    assert Connection.objects.get(pk=shop.gorgias.pk).health == Connection.Health.HEALTHY
    assert backlog.queues(timezone.now(), stops.in_force())[1].waiting == 3


@pytest.mark.parametrize("scope", ["store", "everything"])
def test_agency_is_told_of_a_stop_unless_everything_is_stopped(scope: str, shop: Shop, settings: Any) -> None:
    hook = shop.slug.replace("-", "")
    settings.AGENCY_SLACK_WEBHOOK = f"{shop.url}/slack/services/T0/B0/{hook}"
    if scope == "store":
        stop(store=shop.store)
    else:
        stop()

    agency.post(timezone.now())

    asked = [each for each in shop.control("GET", "requests", vendor="slack") if hook in each["path"]]
    assert len(asked) == (1 if scope == "store" else 0)


def test_stop_is_shown_told_and_cleared(shop: Shop) -> None:
    row = stop(store=shop.store)
    again = stops.stop(because="Twice.", by="ben", now=timezone.now(), store=shop.store)
    shown = Attention.objects.open().get(code="stop_in_force")
    lift(row)
    lifted_twice = stops.lift(row, by="maya", now=timezone.now())

    assert again is None
    assert not lifted_twice
    assert "stopped by maya. Nothing is sent. They get the wrong text." in shown.sentence
    assert not Attention.objects.open().filter(code="stop_in_force").exists()
    assert list(RunLogEntry.objects.order_by("pk").values_list("code", flat=True)) == [
        "stopped",
        "stop_lifted",
    ]


def test_what_waits_for_a_stop_is_not_late(shop: Shop) -> None:
    long_ago = timezone.now() - timedelta(hours=2)
    shop.owe(shop.gorgias, note("Seen."), "n", planned_for=long_ago, due_at=long_ago)
    stop(store=shop.store)

    waiting = {each.name: each.waiting for each in backlog.queues(timezone.now(), stops.in_force())}

    assert waiting["actions"] == 0
    assert backlog.of(timezone.now(), store=shop.store)["actions"] == 1


def test_stopped_rule_holds_nobody_new_and_takes_them_up_when_it_is_lifted() -> None:
    store = scene.client()
    rule = scene.live_rule(store)
    row = stop(rule=rule)

    scene.hear(store, scene.ticket(1))
    meanwhile = scene.held(store)
    lift(row)
    scene.hear(store, scene.ticket(2, email="ben@shop.test"))

    assert meanwhile == set()
    assert RunLogEntry.objects.filter(code="decided_no", details__noes__0__reason="stopped").exists()
    assert scene.held(store) == {"ana@shop.test", "ben@shop.test"}


def test_stopped_rule_lets_go_of_whom_it_holds() -> None:
    store = scene.client()
    rule = scene.live_rule(store)
    scene.hear(store, scene.ticket(1))
    stop(rule=rule)

    scene.hear(store, scene.ticket(1, minutes=5, is_open=False), now=scene.at(6))

    assert scene.held(store) == set()


def test_message_of_a_stopped_rule_is_planned_and_waits() -> None:
    store = scene.client()
    then = [{"action": "internal_note", "with": {"text": "Look."}}]
    rule = scene.live_rule(store, "custom", when="ticket.opened", then=then)
    stop(rule=rule)

    scene.hear(store, scene.ticket(1))

    assert OutboxAction.objects.get().state == State.WAITING
    assert outbox.claim(scene.connection(store, "gorgias"), timezone.now()) == []


def test_stop_and_resume_by_command(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    live(shop.store, "Wrong")

    call_command("stop", "--store", shop.slug, "--rule", "Wrong", "--because", "Wrong text")
    call_command("stop", "--because", "All wrong")
    with pytest.raises(CommandError, match="stopped already"):
        call_command("stop", "--because", "All wrong")
    call_command("resume")
    call_command("resume", "--store", shop.slug, "--rule", "Wrong")

    assert not Stop.objects.in_force().exists()
    assert "Stopped: everything." in capsys.readouterr().out
    with pytest.raises(CommandError, match="In force: nothing"):
        call_command("resume")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--rule", "Wrong", "--because", "x"], "add --store SLUG"),
        (["--store", "nobody", "--because", "x"], "There is no client “nobody”"),
        (["--because", "  "], "--because needs a reason"),
    ],
)
def test_command_says_what_is_missing(words: list[str], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        call_command("stop", *words)
