"""A running sandbox, hands for its control interface, and clients of the two vendors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests

from connectors.sandbox.server import Sandbox, running
from tests.connectors.sandbox.receiver import Receiver, receiving

REVISION = "2026-07-15"
GORGIAS = {"subdomain": "north", "email": "ops@agency.test", "api_key": "key-north", "webhook_secret": "s3"}


class Control:
    """The control interface of one sandbox."""

    def __init__(self, url: str) -> None:
        self.url = url

    def call(self, method: str, path: str, body: Any = None) -> requests.Response:
        return requests.request(method, f"{self.url}/_control{path}", json=body, timeout=10)

    def account(self, vendor: str, name: str, /, **body: Any) -> dict[str, list[Any]]:
        """Put an account; the ids of what was seeded."""
        answer = self.call("PUT", f"/{vendor}/accounts/{name}", body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["seeded"])

    def do(self, vendor: str, name: str, verb: str, /, **body: Any) -> Any:
        answer = self.call("POST", f"/{vendor}/accounts/{name}/do/{verb}", body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def state(self, vendor: str, name: str) -> dict[str, Any]:
        return dict(self.call("GET", f"/{vendor}/accounts/{name}").json())

    def fault(self, **body: Any) -> None:
        answer = self.call("POST", "/faults", body)
        assert answer.status_code == 201, answer.text

    def set_clock(self, now: str | None) -> None:
        assert self.call("POST", "/clock", {"now": now}).status_code == 200

    def wait_for_webhooks(self) -> dict[str, Any]:
        return dict(self.call("GET", "/webhooks?wait=10").json())


class Vendor:
    """A client of one fake vendor account."""

    def __init__(self, root: str, session: requests.Session) -> None:
        self.root = root
        self.session = session

    def call(self, method: str, path: str, body: Any = None, **params: Any) -> requests.Response:
        return self.session.request(method, f"{self.root}{path}", params=params, json=body, timeout=10)

    def get(self, path: str, **params: Any) -> Any:
        answer = self.call("GET", path, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running() as sandbox:
        yield sandbox


@pytest.fixture
def control(sandbox: Sandbox) -> Control:
    return Control(sandbox.url)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def gorgias(sandbox: Sandbox, control: Control) -> Iterator[Vendor]:
    """The account "north" with the tag vip."""
    control.account("gorgias", "north", credentials=GORGIAS, seed={"tags": [{"name": "vip"}]})
    with requests.Session() as session:
        session.auth = (GORGIAS["email"], GORGIAS["api_key"])
        yield Vendor(f"{sandbox.url}/gorgias", session)


@pytest.fixture
def klaviyo(sandbox: Sandbox, control: Control) -> Iterator[Vendor]:
    """The account "north", whose jobs are done at once."""
    control.account("klaviyo", "north", credentials={"private_key": "pk_north"})
    control.call("POST", "/limits", {"job_seconds": 0})
    with requests.Session() as session:
        session.headers.update({"Authorization": "Klaviyo-API-Key pk_north", "revision": REVISION})
        yield Vendor(f"{sandbox.url}/klaviyo", session)


@pytest.fixture
def pass_time(control: Control) -> Callable[[float], None]:
    """Moves the vendors' clock on by some seconds."""

    def move(seconds: float) -> None:
        now = control.call("POST", "/clock", {"now": None}).json()["now"]
        later = datetime.fromisoformat(now) + timedelta(seconds=seconds)
        control.call("POST", "/clock", {"now": later.isoformat()})

    return move
