"""What a client's account at a vendor has to give although nothing happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

pytestmark = pytest.mark.django_db(transaction=True)


def work(minutes: float = 0) -> None:
    call_command("work", "--until-idle", "--now", (timezone.now() + timedelta(minutes=minutes)).isoformat())


def asked(client: Any, vendor: str, path: str) -> int:
    return sum(each["path"].startswith(path) for each in client.requests(vendor))


def test_a_tool_that_is_only_written_to_is_seldom_asked_whether_its_key_still_works(
    new_client: Callable[..., Any],
) -> None:
    client = new_client()
    work()
    before = {
        vendor: asked(client, vendor, path)
        for vendor, path in (("gorgias", "/api/tickets"), ("klaviyo", "/api/accounts"))
    }

    work(minutes=2)
    assert asked(client, "gorgias", "/api/tickets") > before["gorgias"]
    assert asked(client, "klaviyo", "/api/accounts") == before["klaviyo"]

    work(minutes=6)
    assert asked(client, "klaviyo", "/api/accounts") > before["klaviyo"]
