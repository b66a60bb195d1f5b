"""Rules that staff write: what they ask for happens once, in the right tool, at the right time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from orchestrator.models import OutboxAction, RunLogEntry

pytestmark = pytest.mark.django_db(transaction=True)


def rule(*then, when="ticket.opened", mode="live", **params):
    """A rule of the recipe ``custom``."""
    params = {"when": when, "then": list(then), **params}
    return {"recipe": "custom", "name": "Ours", "mode": mode, "params": params}


def action(slug, after=None, **arguments):
    return {"action": slug, "with": arguments, **({"after": after} if after else {})}


def work(*flags, hours=0.0):
    now = timezone.now() + timedelta(hours=hours)
    call_command("work", "--until-idle", "--now", now.isoformat(), *flags)


def ticket_at_vendor(client, number):
    account = client.control("GET", f"gorgias/accounts/{client.slug}")
    return next(each for each in account["tickets"] if each["id"] == number)


def events_at_vendor(client, metric):
    account = client.control("GET", f"klaviyo/accounts/{client.slug}")
    return [each for each in account["events"] if each["metric_name"] == metric]


def test_every_helpdesk_action_happens_once(new_client):
    wanted = (
        action("tag_ticket", tag="hello"),
        action("set_priority", priority="high"),
        action("assign_team", team="Returns"),
        action("internal_note", text="Seen by the orchestrator."),
    )
    client = new_client(rules=[rule(*wanted)])
    client.control("POST", "webhooks", {"delivery": "double"})
    number = client.open_ticket()
    client.webhooks_delivered()

    work("--poll-now")
    work("--poll-now", hours=0.1)

    ticket = ticket_at_vendor(client, number)
    notes = [each for each in ticket["messages"] if each["channel"] == "internal-note"]
    assert [each["name"] for each in ticket["tags"]] == ["hello"]
    assert ticket["priority"] == "high"
    assert ticket["assignee_team"]["name"] == "Returns"
    assert len(notes) == 1
    assert set(OutboxAction.objects.values_list("state", flat=True)) == {"done"}


def test_event_and_property_reach_klaviyo(new_client):
    client = new_client(
        rules=[
            rule(
                action("send_event", metric="Ticket opened", properties={"channel": "email"}),
                action("set_property", name="had_ticket", value=True),
            )
        ]
    )
    client.open_ticket()
    client.webhooks_delivered()

    work()
    work(hours=0.1)

    account = client.control("GET", f"klaviyo/accounts/{client.slug}")
    ana = next(each for each in account["profiles"] if each["email"] == "ana@shop.test")
    assert len(events_at_vendor(client, "Ticket opened")) == 1
    assert ana["properties"]["had_ticket"] is True


def test_conditions_decide(new_client):
    chat_only = {"field": "ticket.channel", "op": "eq", "value": "chat"}
    client = new_client(rules=[rule(action("tag_ticket", tag="chat"), **{"if": chat_only})])
    mail, chat = client.open_ticket(channel="email"), client.open_ticket(channel="chat")
    client.webhooks_delivered()

    work()

    assert ticket_at_vendor(client, mail)["tags"] == []
    assert [each["name"] for each in ticket_at_vendor(client, chat)["tags"]] == ["chat"]


def test_later_action_waits_and_is_decided_again_when_due(new_client):
    still_email = {"field": "ticket.priority", "op": "ne", "value": "critical"}
    later = action("tag_ticket", after="PT2H", tag="late")
    client = new_client(rules=[rule(later, **{"if": still_email})])
    stays, escalates = client.open_ticket(), client.open_ticket("ben@shop.test")
    client.webhooks_delivered()
    work()
    before = OutboxAction.objects.filter(state="waiting").count()

    client.do("gorgias", "ticket_update", id=escalates, priority="critical")
    work(hours=2.1)

    assert before == 2
    assert [each["name"] for each in ticket_at_vendor(client, stays)["tags"]] == ["late"]
    assert ticket_at_vendor(client, escalates)["tags"] == []
    assert RunLogEntry.objects.filter(code="action_skipped").count() == 1


def test_what_was_there_before_the_rule_gets_no_message(new_client):
    client = new_client(rules=[rule(action("tag_ticket", tag="new"))])
    old = client.open_ticket(created_datetime="2026-01-05T10:00:00Z")

    work("--poll-now")

    assert ticket_at_vendor(client, old)["tags"] == []


def test_shadow_changes_nothing_anywhere(new_client):
    client = new_client(rules=[rule(action("tag_ticket", tag="x"), mode="shadow")])
    client.open_ticket()
    client.webhooks_delivered()

    work()

    writes = [each for each in client.requests("gorgias") if each["method"] != "GET"]
    assert writes == []
    assert RunLogEntry.objects.filter(code="decided_would").count() == 1


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ["reset", "cut", "status"])
def test_note_in_doubt_is_looked_up_and_never_doubled(new_client, kind, when):
    client = new_client(rules=[rule(action("internal_note", text="Once."))])
    fields = {"status": 502} if kind == "status" else {}
    client.fault("gorgias", "/messages", method="POST", kind=kind, when=when, times=1, **fields)
    number = client.open_ticket()
    client.webhooks_delivered()

    work()
    work(hours=0.2)

    notes = [
        each for each in ticket_at_vendor(client, number)["messages"] if each["channel"] == "internal-note"
    ]
    assert len(notes) == 1
    assert OutboxAction.objects.get().state == "done"


@pytest.mark.parametrize("when", ["before", "after"])
def test_event_in_doubt_is_sent_again_under_the_same_key(new_client, when):
    client = new_client(rules=[rule(action("send_event", metric="Once"))])
    client.fault("klaviyo", "/api/events", method="POST", kind="reset", when=when, times=1)
    client.open_ticket()
    client.webhooks_delivered()

    work()
    work(hours=0.2)

    assert len(events_at_vendor(client, "Once")) == 1


def test_refused_action_fails_and_is_shown_and_the_others_go_on(new_client):
    client = new_client(rules=[rule(action("assign_team", team="Nobody"), action("tag_ticket", tag="on"))])
    number = client.open_ticket()
    client.webhooks_delivered()

    with pytest.raises(Exception, match="failed for good"):
        work()

    assert [each["name"] for each in ticket_at_vendor(client, number)["tags"]] == ["on"]
    failed = RunLogEntry.objects.get(code="action_failed")
    assert "Returns" in failed.details["because"]


def test_throttled_call_waits_as_long_as_the_vendor_says(new_client):
    client = new_client(rules=[rule(action("tag_ticket", tag="late"))])
    client.fault(
        "gorgias", "/tags", method="POST", kind="status", status=429, when="before", times=1, seconds=120
    )
    number = client.open_ticket()
    client.webhooks_delivered()

    work()
    state = OutboxAction.objects.get().state
    work(hours=0.2)

    assert state == "waiting"
    assert [each["name"] for each in ticket_at_vendor(client, number)["tags"]] == ["late"]


def test_two_rules_that_answer_each_other_do_not_go_on_for_ever(new_client):
    high = rule(action("set_priority", priority="high"), action("tag_ticket", tag="a"), when="ticket.changed")
    low = rule(action("set_priority", priority="low"), action("tag_ticket", tag="b"), when="ticket.changed")
    client = new_client(rules=[{**high, "name": "Up"}, {**low, "name": "Down"}])
    client.control("POST", "webhooks", {"delivery": "double"})
    number = client.open_ticket()
    client.webhooks_delivered()
    work()

    client.do("gorgias", "ticket_update", id=number, subject="Something else")
    for round_ in range(4):
        client.webhooks_delivered()
        work("--poll-now", hours=0.1 * round_)

    assert OutboxAction.objects.count() == 4
    assert {each["name"] for each in ticket_at_vendor(client, number)["tags"]} == {"a", "b"}
    assert RunLogEntry.objects.filter(code="event_echo").exists()
