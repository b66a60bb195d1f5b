"""A client with accounts at the fake vendors; what it owes them is planned by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import requests
from django.utils import timezone

from connectors.models import Connection
from connectors.sandbox.server import Sandbox
from orchestrator.act import order, outbox, vendor_wishes
from orchestrator.models import OutboxAction, VendorState
from rules import registry
from rules.actions.base import AnyAction
from tests import scene
from tests.journeys.conftest import Client


class Shop(Client):
    """Talks to the vendors' control interface, and plans effects and wishes."""

    def __init__(self, url: str, people: list[str]) -> None:
        super().__init__(url, web="")
        helpdesk = {"subdomain": self.slug, "email": "ops@agency.test", "api_key": f"key-{self.slug}"}
        tickets = [{"id": number, "email": "ana@shop.test"} for number in (1, 2, 3)]
        self._furnish("gorgias", helpdesk, {"tickets": tickets})
        profiles = [{"email": email} for email in people]
        self._furnish("klaviyo", {"private_key": f"pk_{self.slug}"}, {"profiles": profiles})
        self.store = scene.client(self.slug, vendors=())
        self.gorgias = self._connect("gorgias", helpdesk)
        self.klaviyo = self._connect("klaviyo", {"private_key": f"pk_{self.slug}"})

    def _furnish(self, vendor: str, credentials: dict[str, str], seed: dict[str, Any]) -> None:
        body = {"credentials": credentials, "seed": seed}
        self.control("PUT", f"{vendor}/accounts/{self.slug}", body)

    def _connect(self, vendor: str, credentials: dict[str, str]) -> Connection:
        connection = Connection(store=self.store, vendor=vendor, api_root=f"{self.url}/{vendor}")
        connection.seal(credentials)
        connection.save()
        return connection

    def owe(self, connection: Connection, action: AnyAction, key: str, **fields: Any) -> OutboxAction:
        """One effect that is due now."""
        slug, arguments = registry.store_action(action)
        now = timezone.now()
        times = {"planned_for": now, "due_at": now, "created_at": now}
        row = OutboxAction(
            store=self.store,
            connection=connection,
            key=key,
            action=slug,
            arguments=arguments,
            **{"trace": "t", "setting": order.setting_of(action), **times, **fields},
        )
        outbox.plan([row])
        return OutboxAction.objects.get(store=self.store, key=key)

    def want(self, wanted: bool, *emails: str, now: datetime | None = None, key: str = "hold_list") -> None:
        """The ledger changes its mind about these people."""
        moment = now or timezone.now()
        known = {row.subject: row for row in VendorState.objects.filter(connection=self.klaviyo, key=key)}
        fresh = {"connection": self.klaviyo, "key": key, "wanted": False, "version": 0}
        rows = [known.get(email) or VendorState(subject=email, **fresh) for email in emails]
        for row in rows:
            vendor_wishes.wish(row, wanted, "t", moment)
        vendor_wishes.save_wishes(rows, moment)

    def state(self, vendor: str) -> dict[str, Any]:
        return dict(self.control("GET", f"{vendor}/accounts/{self.slug}"))

    def calls(self, vendor: str = "klaviyo") -> list[str]:
        """What was asked of the vendor so far, as METHOD path."""
        return [f"{each['method']} {each['path'].partition('?')[0]}" for each in self.requests(vendor)]


@pytest.fixture
def new_shop(sandbox: Sandbox, settings: Any) -> Iterator[Callable[..., Shop]]:
    settings.ALLOW_LOOPBACK_VENDORS = True

    def make(people: list[str] | None = None) -> Shop:
        return Shop(
            sandbox.url, ["ana@shop.test", "ben@shop.test", "cleo@shop.test"] if people is None else people
        )

    yield make
    requests.delete(f"{sandbox.url}/_control/faults", timeout=10)


@pytest.fixture
def shop(new_shop: Callable[..., Shop]) -> Shop:
    return new_shop()
