"""Accounts at the fake vendors."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import override_settings

from connectors.sandbox.server import Sandbox
from tests.connectors.accounts import FakeAccount


@pytest.fixture
def accounts(sandbox: Sandbox, db: None) -> Iterator[dict[str, FakeAccount]]:
    found = {slug: FakeAccount(sandbox.url, slug) for slug in ("klaviyo", "gorgias")}
    with override_settings(ALLOW_LOOPBACK_VENDORS=True):
        yield found
    for account in found.values():
        account.close()
