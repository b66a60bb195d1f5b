"""Tickets that vanish are heard of once, however often they are read; whoever comes back counts again."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from orchestrator.models import InboxEvent

pytestmark = pytest.mark.django_db(transaction=True)


def work() -> None:
    call_command("work", "--until-idle", "--poll-now")


@pytest.mark.parametrize("verb", ["ticket_trash", "ticket_delete", "ticket_merge"])
def test_gone_ticket_is_news_once(new_client, verb):
    client = new_client()
    ticket, other = client.open_ticket("ana@shop.test"), client.open_ticket("ben@shop.test")
    client.webhooks_delivered()
    work()
    client.do("gorgias", verb, id=ticket, **({"into": other} if verb == "ticket_merge" else {}))
    client.webhooks_delivered()
    work()
    told = InboxEvent.objects.filter(object_id=str(ticket)).count()

    work()
    work()

    assert InboxEvent.objects.filter(object_id=str(ticket)).count() == told == 2
    assert client.on_hold_list() == {"ben@shop.test"}


def test_ticket_out_of_the_bin_holds_again(new_client):
    client = new_client()
    ticket = client.open_ticket("ana@shop.test")
    for verb in ("ticket_trash", "ticket_untrash"):
        client.webhooks_delivered()
        work()
        client.do("gorgias", verb, id=ticket)
    client.webhooks_delivered()

    work()

    assert client.on_hold_list() == {"ana@shop.test"}
