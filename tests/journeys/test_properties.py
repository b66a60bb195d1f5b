"""Whatever happens in a helpdesk, and however its webhooks arrive: the vendors end up as the tickets say.

The oracle is the fake vendors' own state. HYPOTHESIS_PROFILE=more or =thorough tries more stories.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import requests
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.models import Connection
from connectors.sandbox.server import Sandbox, running
from orchestrator.models import OutboxAction, Suppression
from tests.chaos import truth
from tests.journeys.conftest import HOLD, Client
from tests.stories import tried

pytestmark = pytest.mark.django_db(transaction=True)

stories = settings(
    max_examples=tried(4, 40, 200),
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

KNOWN = ["ana@shop.test", "ben@shop.test", "cleo@shop.test"]
UNKNOWN = "dan@shop.test"  # has no profile at Klaviyo
LISTED_BEFORE, SUPPRESSED_BEFORE = "ben@shop.test", "cleo@shop.test"
METRIC = "Ticket opened"
TELL = {
    "recipe": "custom",
    "name": "Tell",
    "mode": "live",
    "params": {
        "when": "ticket.opened",
        "if": {"all": [{"field": "ticket.channel", "op": "eq", "value": "email"}]},
        "then": [
            {"action": "send_event", "with": {"metric": METRIC, "properties": {"about": "{ticket.subject}"}}},
            {"action": "internal_note", "with": {"text": "{ticket.subject}"}},
            {"action": "tag_ticket", "with": {"tag": "told"}},
        ],
    },
}

who = st.sampled_from([*KNOWN, UNKNOWN])
which = st.integers(0, 5)
begin = st.tuples(st.just("begin"), who, st.sampled_from(["email", "email", "chat"]), st.booleans())
work = st.tuples(st.just("work"), st.booleans())
SIMPLE = ("close", "close", "close", "reopen", "reopen", "reply", "trash", "untrash")
steps = st.one_of(
    begin,
    *(st.tuples(st.just(name), which) for name in SIMPLE),
    st.tuples(st.just("spam"), which, st.booleans()),
    st.tuples(st.just("snooze"), which, st.sampled_from(["open", "closed"])),
    st.tuples(st.just("hand_over"), which, st.sampled_from(KNOWN)),
    st.tuples(st.just("merge"), which, which),
    st.tuples(st.just("webhooks"), st.sampled_from(["normal", "paused", "shuffle", "double"])),
    work,
    work,
    work,
)
told_stories = st.tuples(
    st.lists(begin, min_size=2, max_size=5), st.lists(steps, min_size=8, max_size=40)
).map(lambda parts: [*parts[0], *parts[1]])
Step = tuple[Any, ...]


class Story:
    """One client's helpdesk, told step by step."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.openings = truth.Openings()
        self.subjects = count()
        self.owed: set[str] = set()  # subjects that must have been told of at least once
        self.minutes = 0

    def tell(self, step: Step) -> None:
        name, *arguments = step
        if name in ("begin", "webhooks", "work"):
            getattr(self, name)(*arguments)
        elif self.openings.is_open and name == "merge":
            self.merge(*map(self.pick, arguments))
        elif self.openings.is_open:
            self.change(name, self.pick(arguments[0]), *arguments[1:])

    def begin(self, email: str, channel: str, by_agent: bool) -> None:
        subject = f"Question {next(self.subjects)}"
        self.owed |= {subject} if channel == "email" else set()
        fields = {"customer": {"email": email}, "subject": subject, "channel": channel}
        self.openings.note(self.client.do("gorgias", "ticket_open", from_agent=by_agent, **fields))

    def change(self, name: str, ticket: int, value: Any = None) -> None:
        fields: dict[str, dict[str, Any]] = {
            "spam": {"spam": value},
            "snooze": {"until": (datetime.now(UTC) + timedelta(days=3)).isoformat(), "status": value},
            "hand_over": {"customer": {"email": value}},
        }
        verb = "ticket_update" if name == "hand_over" else f"ticket_{name}"
        shown = self.client.do("gorgias", verb, id=ticket, **fields.get(name, {}))
        self.openings.note(shown)
        if name == "trash":  # perhaps before we heard of it
            self.owed.discard(shown["subject"])

    def merge(self, ticket: int, into: int) -> None:
        if ticket == into:
            return
        shown = next(each for each in self.state()["tickets"] if each["id"] == ticket)
        self.owed.discard(shown["subject"])
        del self.openings.is_open[ticket]
        self.client.do("gorgias", "ticket_merge", id=ticket, into=into)

    def pick(self, which: int) -> int:
        return list(self.openings.is_open)[which % len(self.openings.is_open)]

    def state(self, vendor: str = "gorgias") -> dict[str, Any]:
        return dict(self.client.control("GET", f"{vendor}/accounts/{self.client.slug}"))

    def webhooks(self, mode: str) -> None:
        self.client.control("POST", "webhooks", {"delivery": mode})

    def work(self, polls: bool) -> None:
        """A ticket that was merged away cannot be told of any more; that is said, and is no failure here."""
        now = timezone.now() + timedelta(minutes=self.minutes)
        try:
            call_command("work", "--until-idle", *(["--poll-now"] if polls else []), "--now", now.isoformat())
        except CommandError:
            failed = OutboxAction.objects.filter(state="failed").values_list("reference", flat=True)
            assert not {int(each.rpartition(":")[2]) for each in failed} & self.openings.is_open.keys()

    def end(self) -> None:
        """Everything arrives, and all that waits for a time gets its time."""
        self.webhooks("double")
        for self.minutes in (0, 15, 30):
            self.client.webhooks_delivered()
            self.work(polls=True)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Its own, because its limits are off and webhooks of all its accounts are paused together."""
    with running() as server:
        requests.post(f"{server.url}/_control/limits", json={"on": False, "job_seconds": 0}, timeout=5)
        yield server


def begun(new_client: Callable[..., Client]) -> Story:
    """A client who has a member on the hold list and a suppression from before us."""
    Connection.objects.update(is_enabled=False)  # of the clients of earlier stories
    client = new_client(people=KNOWN, rules=[*HOLD, TELL])
    hold_list = {"name": f"Orchestrator hold: {client.slug}", "members": [LISTED_BEFORE]}
    client.control("PUT", f"klaviyo/accounts/{client.slug}", {"seed": {"lists": [hold_list]}})
    client.do("klaviyo", "profile_suppress", email=SUPPRESSED_BEFORE)
    return Story(client)


@stories
@given(told_stories)
def test_vendors_end_up_as_the_tickets_say(new_client: Callable[..., Client], told: list[Step]) -> None:
    story = begun(new_client)
    before = truth.suppressed(story.state("klaviyo"))

    for step in told:
        story.tell(step)
    story.end()

    gorgias, klaviyo = story.state(), story.state("klaviyo")
    ledger = Suppression.objects.open().filter(store__slug=story.client.slug)
    on_list = truth.members(klaviyo, f"Orchestrator hold: {story.client.slug}")
    assert sorted(ledger.values_list("subject", "reference")) == sorted(truth.causes(gorgias))
    assert on_list == (truth.who_waits(gorgias) & truth.profiles(klaviyo)) | {LISTED_BEFORE}
    assert truth.suppressed(klaviyo) == before
    events = Counter(each["properties"]["about"] for each in truth.events(klaviyo, METRIC))
    for said in (truth.notes_by_text(gorgias), events):
        assert story.owed <= said.keys()
        assert all(said[subject] <= story.openings.count[subject] for subject in said)
    assert set(truth.notes(gorgias).values()) <= {1}


@settings(stories, max_examples=tried(2, 15, 60))
@given(told_stories)
def test_with_the_strict_method_whoever_waits_is_suppressed(
    new_client: Callable[..., Client], told: list[Step]
) -> None:
    Connection.objects.update(is_enabled=False)  # of the clients of earlier stories
    client = new_client(people=KNOWN, rules=[{**HOLD[0], "params": {"method": "global"}}])
    client.do("klaviyo", "profile_suppress", email=SUPPRESSED_BEFORE)
    story = Story(client)
    before = truth.suppressed(story.state("klaviyo"))

    for step in told:
        story.tell(step)
    story.end()

    after = truth.suppressed(story.state("klaviyo"))
    waiting = truth.who_waits(story.state()) & truth.profiles(story.state("klaviyo"))
    assert after.keys() == waiting | {SUPPRESSED_BEFORE}
    assert after[SUPPRESSED_BEFORE] == before[SUPPRESSED_BEFORE]
