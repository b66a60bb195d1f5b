"""A worker that reads a shop's history is killed again and again: nothing lost, doubled or sent.

CHAOS_SEED repeats the moments of a run.
"""

from __future__ import annotations

import os
import random
import secrets
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import requests

from connectors.sandbox.server import running
from tests.chaos import truth
from tests.chaos.crew import Crew
from tests.chaos.sizes import Loops
from tests.processes import until

SLUG, METRIC, ORDERS = "history", "Order placed", 2_000
CLIENT = """
store: {{slug: {slug}, name: History, platform: shopify, currency: USD, timezone: UTC}}
connections:
  - {{vendor: shopify, credentials: {shopify}, api_root: {url}/shopify, poll_every: 5}}
  - {{vendor: klaviyo, credentials: {klaviyo}, api_root: {url}/klaviyo}}
rules:
  - recipe: custom
    name: Tell
    mode: live
    params:
      when: order.placed
      then: [{{action: send_event, with: {{metric: {metric}, properties: {{}}}}}}]
"""
READ = "SELECT coalesce(sum(read), 0) FROM orchestrator_import WHERE kind = 'order'"
LEFT = """
SELECT (SELECT count(*) FROM orchestrator_import WHERE state != 'done')
     + (SELECT count(*) FROM orchestrator_inboxevent WHERE state IN ('new', 'reread'))
"""

pytestmark = pytest.mark.chaos


@pytest.fixture
def crew(tmp_path: Path) -> Iterator[Crew]:
    crew = Loops(tmp_path)
    yield crew
    crew.stop()


def test_a_killed_import_goes_on_and_steers_nothing_in_the_past(crew: Crew, tmp_path: Path) -> None:
    with running() as sandbox:
        names = begin(crew, sandbox.url, tmp_path)
        dice = random.Random(seed := int(os.environ.get("CHAOS_SEED") or secrets.randbelow(10**6)))  # noqa: S311
        killed_at = [kill_in_the_middle(crew, after, dice) for after in (0, ORDERS // 3, ORDERS // 2)]
        until(lambda: crew.ask(READ) == [(ORDERS,)], 120)
        until(lambda: crew.ask(LEFT) == [(0,)], 120)
        crew.dismiss()
        events = requests.get(f"{sandbox.url}/_control/klaviyo/accounts/{SLUG}", timeout=20).json()["events"]

    kept = crew.ask(
        "SELECT object_id, count(*), max(origin) FROM orchestrator_inboxevent "
        "WHERE kind = 'order' GROUP BY object_id"
    )
    sys.stdout.write(f"seed {seed}: killed after {killed_at} orders\n")
    assert killed_at == sorted(killed_at)
    assert killed_at[0] < ORDERS
    assert {row[0] for row in kept} == names
    assert {row[1:] for row in kept} == {(1, "import")}
    assert crew.ask("SELECT count(*) FROM orchestrator_outboxaction") == [(0,)]
    assert events == []


def begin(crew: Crew, url: str, directory: Path) -> set[str]:
    """Both accounts at the vendors and the client; answers the ids of the orders there are."""
    shop = {"shop": f"{SLUG}.myshopify.com", "access_token": "shpat_1", "client_secret": "shpss_1"}
    key = {"private_key": "pk_history"}
    tell(url, "PUT", f"klaviyo/accounts/{SLUG}", {"credentials": key})
    orders = [order(number) for number in range(ORDERS)]
    seed = {"credentials": shop, "seed": {"orders": orders}}
    made = tell(url, "PUT", f"shopify/accounts/{SLUG}", seed)["seeded"]["orders"]
    tell(url, "POST", "limits", {"on": False, "job_seconds": 0.05})
    file = directory / "client.yaml"
    file.write_text(CLIENT.format(slug=SLUG, url=url, metric=METRIC, shopify=shop, klaviyo=key))
    crew.start()
    assert crew.manage("apply_client", str(file)) == 0
    return {str(each) for each in made}


def order(number: int) -> truth.Json:
    at = datetime.now(UTC) - timedelta(days=400, minutes=number)
    return {"email": f"buyer{number}@shop.test", "created_at": at.isoformat()}


def kill_in_the_middle(crew: Crew, after: int, dice: random.Random) -> int:
    """SIGKILL some moment after more than ``after`` orders were read; how many there were then."""
    until(lambda: crew.ask(READ)[0][0] > after, 60)
    Event().wait(dice.random() / 4)
    crew.kill("worker")
    return int(crew.ask(READ)[0][0])


def tell(url: str, method: str, path: str, body: Any) -> truth.Json:
    answer = requests.request(method, f"{url}/_control/{path}", json=body, timeout=120)
    assert answer.ok, answer.text[:500]
    return dict(answer.json())
