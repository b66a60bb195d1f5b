"""Webhooks are registered by command, looked after every hour, and brought back when switched off."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

pytestmark = pytest.mark.django_db(transaction=True)


def integrations(client):
    return client.control("GET", f"gorgias/accounts/{client.slug}")["integrations"]


def test_registering_twice_makes_each_webhook_once(new_client, capsys):
    client = new_client()

    call_command("set_up_webhooks", "--store", client.slug)
    call_command("set_up_webhooks", "--store", client.slug)

    addresses = [each["http"]["url"] for each in integrations(client)]
    assert addresses == [f"{client.web}/hooks/hook-{client.slug}/"] * len(addresses)
    assert len(addresses) == capsys.readouterr().out.count(" in place") > 0


def test_switched_off_webhook_is_brought_back_within_the_hour(new_client):
    client = new_client()
    call_command("set_up_webhooks", "--store", client.slug)
    client.do("gorgias", "integration_deactivate", id=integrations(client)[0]["id"])

    later = timezone.now() + timedelta(minutes=61)
    call_command("work", "--until-idle", "--now", later.isoformat())

    assert all(each["deactivated_datetime"] is None for each in integrations(client))


def test_unknown_client_is_told_in_one_line():
    with pytest.raises(CommandError, match="No client “nobody”"):
        call_command("set_up_webhooks", "--store", "nobody")
