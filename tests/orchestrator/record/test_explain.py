"""One customer explained: holds with causes, each "no" with its reason, what waits, over all addresses."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test.utils import CaptureQueriesContext

from connectors.models import Store
from orchestrator.models import Customer, CustomerKey, OutboxAction, RunLogEntry, Suppression, VendorState
from orchestrator.record import explain, runlog
from rules.models import Rule
from tests import scene
from tests.scene import at

pytestmark = pytest.mark.django_db
EMAIL = "ana@shop.test"


def hold(store: Store, number: int = 555, **fields: object) -> Suppression:
    rule, _ = Rule.objects.get_or_create(store=store, name="Hold on tickets", recipe="ticket_hold")
    values = {
        "subject": EMAIL,
        "cause": "ticket_hold",
        "reference": f"gorgias:ticket:{number}",
        "method": "hold_list",
        "source_at": at(0),
        "opened_at": at(0),
        "trace": "t" * 32,
        **fields,
    }
    return Suppression.objects.create(store=store, rule=rule, **values)


def shown(store: Store, **fields: object) -> VendorState:
    values = {
        "key": "hold_list",
        "subject": EMAIL,
        "wanted": True,
        "trace": "",
        "changed_at": at(1),
        **fields,
    }
    return VendorState.objects.create(connection=scene.connection(store, "klaviyo"), **values)


def summary(store: Store) -> str:
    return "\n".join(explain.story(store, EMAIL, at(60)).summary)


def test_a_held_customer_is_told_with_every_open_cause():
    store = scene.client()
    hold(store, 555, expires_at=at(9000))
    hold(store, 777, release_at=at(90), closed_because="ticket_closed")

    told = summary(store)

    assert "Held: yes, because of Gorgias ticket 555 and Gorgias ticket 777." in told
    assert "by “Hold on tickets” for Gorgias ticket 555 since 2026-11-01 09:00:00 UTC" in told
    assert "until that is over, 2026-11-07 15:00:00 UTC at the latest" in told
    assert "ends at 2026-11-01 10:30:00 UTC (the ticket was closed)" in told


def test_a_hold_that_ended_is_told_with_its_reason():
    store = scene.client()
    hold(store, closed_at=at(30), closed_because="ticket_closed")

    told = summary(store)

    assert told.startswith("Held: no. Held by “Hold on tickets” for Gorgias ticket 555")
    assert "until 2026-11-01 09:30:00 UTC (the ticket was closed)" in told


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"state": "applied", "seen": True}, "At Klaviyo (hold list, ana@shop.test): applied."),
        (
            {"state": "pending", "due_at": at(90), "because": "It asks us to wait."},
            "pending: It asks us to wait.",
        ),
        ({"state": "not_possible", "because": "no profile"}, "not possible: no profile."),
        ({"state": "lost"}, "(hold list, ana@shop.test): lost."),
        ({"state": "pending", "wanted": False}, "to be lifted, pending."),
    ],
)
def test_where_a_hold_shows_is_told(fields: dict[str, object], expected: str):
    store = scene.client()
    hold(store)
    shown(store, **fields)

    assert expected.rstrip(".") in summary(store)


def test_a_hold_without_a_marketing_tool_says_that_it_shows_nowhere():
    store = scene.client(vendors=["gorgias"])
    hold(store)

    assert "Applied nowhere: this client has no marketing connection." in summary(store)


def test_each_no_is_told_with_its_reason_and_the_values_seen():
    store = scene.client()
    noes = [
        {"rule": "VIPs", "version": 3, "reason": "tag_not_listed", "seen": {"tags": ["a", "b"], "open": True}}
    ]
    runlog.note("decided_no", store_id=store.pk, subject=EMAIL, count="One rule", told="…", noes=noes)

    (line,) = explain.timeline(store, EMAIL, at(60))

    assert line.kind == "decision"
    assert line.notes == (
        "No from “VIPs”, version 3: it has none of the rule's tags. Seen: open true; tags “a” and “b”.",
    )


def test_the_values_behind_a_yes_are_told():
    store = scene.client()
    runlog.note(
        "decided_yes",
        store_id=store.pk,
        subject=EMAIL,
        rule="VIPs",
        rule_version=2,
        effect="Hold marketing",
        because="ticket waiting",
        seen={"channel": "", "priority": None},
    )

    (line,) = explain.timeline(store, EMAIL, at(60))

    assert line.sentence == "Hold marketing: ticket waiting [“VIPs”, version 2]"
    assert line.notes == ("Seen: channel nothing; priority unknown.",)


def test_lines_of_the_same_trace_belong_to_the_story_unless_they_are_about_somebody_else():
    store = scene.client()
    runlog.note(
        "event_heard", store_id=store.pk, subject=EMAIL, trace="t1", what="Ticket 1 opened", origin="poll"
    )
    runlog.note("action_done", store_id=store.pk, trace="t1", what="Tag it")
    runlog.note("action_done", store_id=store.pk, trace="t1", subject="ben@shop.test", what="Write to Ben")
    runlog.note("action_done", store_id=store.pk, trace="t2", what="Something else")
    runlog.note("action_done", store_id=store.pk, trace="", what="Without a trace")

    told = [line.sentence for line in explain.timeline(store, EMAIL, at(60))]

    assert told == ["Ticket 1 opened (poll)", "Tag it"]


def test_another_store_tells_nothing():
    ours, other = scene.client(), scene.client("harbor-pine")
    hold(other)
    runlog.note("action_done", store_id=other.pk, subject=EMAIL, what="Theirs")

    story = explain.story(ours, EMAIL, at(60))

    assert not story.is_known
    assert story.lines == []


def test_waiting_work_is_told_with_its_time():
    store = scene.client()
    OutboxAction.objects.create(
        store=store,
        connection=scene.connection(store, "gorgias"),
        key="k",
        action="tag_ticket",
        arguments='{"ticket_id": "555", "tag": "return"}',
        subject=EMAIL,
        trace="",
        planned_for=at(120),
        due_at=at(120),
        created_at=at(0),
    )

    story = explain.story(store, EMAIL, at(60))

    assert story.lines[-1].kind == "waiting"
    assert "due at 2026-11-01 11:00:00 UTC" in story.lines[-1].sentence
    assert any(line.startswith("Waiting: ") for line in story.summary)


def test_all_addresses_of_a_person_are_one_story():
    store = scene.client()
    scene.live_rule(store)
    person = Customer.objects.create(store=store, key=f"email:{EMAIL}", updated_at=at(0))
    for value in (f"email:{EMAIL}", "email:ana@work.test", "gorgias:8001"):
        CustomerKey.objects.create(store=store, customer=person, value=value)
    hold(store, subject="ana@work.test")

    story = explain.story(store, " ANA@Shop.test", at(60))

    assert story.subjects == [EMAIL, "ana@work.test"]
    assert story.summary[0] == "Held: yes, because of Gorgias ticket 555."


def test_the_real_pipeline_is_explained_in_order():
    store = scene.client()
    scene.live_rule(store, channels=["chat"])
    scene.hear(store, scene.ticket(channel="email"))
    scene.hear(store, scene.ticket(channel="chat", minutes=5), now=at(6))

    story = explain.story(store, EMAIL, at(60))

    kinds = [line.kind for line in story.lines if line.kind != "hold"]
    assert kinds == ["event", "decision", "event", "decision", "suppression"]
    assert [line.at for line in story.lines] == sorted(line.at for line in story.lines)
    assert any("its channel is not one of the rule's" in note for line in story.lines for note in line.notes)
    assert story.summary[-1] == "Tickets: 1 known, 1 waiting for an answer."


def test_tickets_are_counted_once_however_many_addresses_somebody_has():
    store = scene.client()
    scene.hear(store, scene.ticket(1))
    scene.hear(store, scene.ticket(2, is_open=False))
    person = Customer.objects.get()
    CustomerKey.objects.create(store=store, customer=person, value="email:ana@work.test")

    told = explain.story(store, EMAIL, at(60)).summary

    assert told[-1] == "Tickets: 2 known, 1 waiting for an answer."


def test_the_number_of_queries_does_not_grow(django_assert_max_num_queries):
    store = scene.client()
    for number in range(30):
        hold(store, number)
        runlog.note("action_done", store_id=store.pk, subject=EMAIL, trace=f"t{number}", what="Done")
    shown(store)

    with django_assert_max_num_queries(9) as queries:
        story = explain.story(store, EMAIL, at(60))

    assert isinstance(queries, CaptureQueriesContext)
    assert len(story.lines) == 60


def command(store: Store, customer: str) -> str:
    out = StringIO()
    call_command("explain", store=store.slug, customer=customer, stdout=out)
    return out.getvalue()


def test_the_command_prints_summary_then_story():
    store = scene.client()
    hold(store)
    runlog.note("action_done", store_id=store.pk, subject=EMAIL, what="Tagged")

    told = command(store, "Ana@SHOP.test").splitlines()

    assert told[0] == "ana@shop.test at North Ridge"
    assert told[1] == "Held: yes, because of Gorgias ticket 555."
    assert told[-1].endswith("action      Tagged")


def test_an_unknown_customer_is_one_sentence():
    store = scene.client()

    assert command(store, "nobody@shop.test") == "Nothing is known about nobody@shop.test at North Ridge.\n"


def test_an_unknown_store_names_the_closest():
    scene.client()

    with pytest.raises(CommandError, match=r"There is no client “north-rigde”\. Did you mean north-ridge\?"):
        call_command("explain", store="north-rigde", customer=EMAIL)


@pytest.mark.parametrize("wrong", ["ana", "@shop.test", "", "ana\udcff@shop.test"])
def test_what_is_no_address_is_refused_in_a_sentence(wrong: str):
    scene.client()

    with pytest.raises(CommandError, match=r"no e-mail address|no text"):
        call_command("explain", store="north-ridge", customer=wrong)


def test_an_action_of_a_later_version_is_named_by_its_slug():
    store = scene.client()
    OutboxAction.objects.create(
        store=store,
        connection=scene.connection(store, "gorgias"),
        key="k",
        action="send_pigeon",
        arguments="{}",
        subject=EMAIL,
        trace="",
        planned_for=at(0),
        due_at=at(0),
        created_at=at(0),
    )

    (line,) = explain.timeline(store, EMAIL, at(60) + timedelta(days=1))

    assert line.sentence == "send pigeon: waiting, due now."
    assert not RunLogEntry.objects.exists()
