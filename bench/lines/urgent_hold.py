"""A ticket opens while thousands of changes of the same client wait: how soon is the person held?"""

from __future__ import annotations

import time
from datetime import datetime

from bench import house, load, orders, processes, tickets
from bench.size import Size
from bench.table import Row, Scale

SLUG, PERSON = orders.SLUG, 900_000
HELPDESK = f"""  - vendor: gorgias
    credentials:
      {{subdomain: {SLUG}, email: ops@agency.test, api_key: key-{SLUG}, webhook_secret: secret-{SLUG}}}
    api_root: {{sandbox}}/gorgias
    token: hook-{SLUG}
rules:"""
WAITING = (
    "SELECT (SELECT count(*) FROM orchestrator_delivery WHERE state = 'new')"
    " + (SELECT count(*) FROM orchestrator_inboxevent WHERE state = 'new')"
)


def measure(size: Size, scale: Scale) -> list[Row]:
    count = scale.pick(10_000, 400)
    with house.opened(size) as home:
        orders.at_vendors(home.sandbox)
        tickets.furnish_helpdesk(home, SLUG)
        profiles = {"seed": {"profiles": [{"email": tickets.email(SLUG, PERSON)}]}}
        home.sandbox.control("PUT", f"klaviyo/accounts/{SLUG}", profiles)
        home.apply(orders.CLIENT.replace("rules:", HELPDESK, 1).rstrip() + "\n" + tickets.HOLD + "\n")
        with home.running(
            "runserver", "--noreload", str(home.port), WAKE="false"
        ):  # the door without a worker
            processes.until(lambda: processes.answers(home.port), 60)
            load.post(home.hook(orders.TOKEN), 0, count)
        with home.serving():
            processes.until(lambda: home.count(WAITING) < count, 60, 0.02)
            opened = time.time()
            tickets.open_one(home, SLUG, PERSON)
            processes.until(lambda: _held_at(home), 300, 0.1)
            waited, left = _held_at(home) - opened, home.count(WAITING)
    note = f"{count:,} waited when the ticket opened, {left:,} still when the person was held"
    return [Row("an urgent hold in a backlog of its own client", waited, "s", 5, 1.5, note)]


def _held_at(home: house.House) -> float:
    """When somebody was first put on a list, in seconds since 1970; 0 = not yet."""
    calls = tickets.calls(home, "klaviyo", SLUG)
    adds = [each for each in calls if each["method"] == "POST" and "/relationships/profiles" in each["path"]]
    return datetime.fromisoformat(adds[0]["at"]).timestamp() if adds else 0.0
