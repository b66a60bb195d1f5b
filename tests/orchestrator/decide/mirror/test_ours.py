"""What shows of our own actions is no news; whatever else changed with it is."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.types import AnySnapshot, TicketSnapshot, Transition
from orchestrator.decide import mirror
from orchestrator.decide.mirror import ours
from rules.actions.assign_team import AssignTeam
from rules.actions.base import AnyAction
from rules.actions.internal_note import InternalNote
from rules.actions.set_priority import SetPriority
from rules.actions.tag_ticket import TagTicket
from tests.scene import at, ticket

VIP = TagTicket(ticket_id="555", tag="vip")
HIGH = SetPriority(ticket_id="555", priority="high")
LOW = SetPriority(ticket_id="555", priority="low")
RETURNS = AssignTeam(ticket_id="555", team="returns")


def told(old: AnySnapshot, new: AnySnapshot, *actions: AnyAction) -> tuple[str, list[str]]:
    applied = mirror.apply(old, new, vendor="gorgias", actions=actions)
    return applied.verdict.value, [each.transition.value for each in applied.changes]


@pytest.mark.parametrize(
    ("fields", "actions"),
    [
        ({"tags": ("vip",)}, [VIP]),
        ({"priority": "high"}, [HIGH]),
        ({"team": "Returns"}, [RETURNS]),
        ({"tags": ("vip",), "priority": "high", "team": "Returns"}, [VIP, HIGH, RETURNS]),
        ({"priority": "low"}, [HIGH, LOW]),
        ({"priority": "low"}, [LOW, HIGH]),
        ({"tags": ("vip",)}, [HIGH, VIP]),  # the other one has not arrived yet
    ],
)
def test_what_we_did_is_an_echo_and_tells_nothing(fields, actions):
    assert told(ticket(), ticket(minutes=1, **fields), *actions) == ("event_echo", [])


@pytest.mark.parametrize(
    ("fields", "actions"),
    [
        ({"tags": ("vip",)}, []),
        ({"tags": ("vip", "wholesale")}, [VIP]),
        ({"priority": "critical"}, [HIGH]),
        ({"tags": ("vip",), "subject": "Another one"}, [VIP]),
        ({"tags": (), "priority": "high"}, [VIP]),
        ({"team": "Returns"}, [AssignTeam(ticket_id="555", team="7")]),
    ],
)
def test_what_somebody_else_did_is_told_with_it(fields, actions):
    assert told(ticket(), ticket(minutes=1, **fields), *actions) == ("event_heard", ["ticket.changed"])


def test_a_ticket_that_was_closed_in_the_same_moment_is_told_as_closed():
    closed = ticket(minutes=1, is_open=False, tags=("vip",))

    assert told(ticket(), closed, VIP) == ("event_heard", ["ticket.closed"])


def test_an_echo_is_what_is_so_from_now_on():
    tagged = ticket(minutes=1, tags=("vip",))

    applied = mirror.apply(ticket(), tagged, vendor="gorgias", actions=[VIP])

    assert applied.snapshot == tagged
    assert applied.is_news


def test_a_note_leaves_a_stamp_and_nothing_else():
    note = InternalNote(ticket_id="555", text="Seen.")

    assert told(ticket(), ticket(minutes=1), note) == ("event_heard", [])


ACTIONS = st.lists(
    st.one_of(
        st.sampled_from("abc").map(lambda tag: TagTicket(ticket_id="555", tag=tag)),
        st.sampled_from(["low", "normal", "high"]).map(
            lambda name: SetPriority(ticket_id="555", priority=name)
        ),
        st.sampled_from(["Returns", "Sales"]).map(lambda team: AssignTeam(ticket_id="555", team=team)),
    ),
    min_size=1,
    max_size=8,
)


class Heard:
    """What the pipeline does with the snapshots of one ticket."""

    def __init__(self, known: TicketSnapshot, actions: list[AnyAction]) -> None:
        self.known: Any = known
        self.waiting = list(actions)
        self.told: list[Transition] = []

    def hear(self, snapshot: TicketSnapshot) -> None:
        applied = mirror.apply(self.known, snapshot, vendor="gorgias", actions=self.waiting)
        self.told += [each.transition for each in applied.changes]
        if applied.is_news:
            for action in {each: None for each in self.waiting if ours.explains(each, self.known, snapshot)}:
                self.waiting.remove(action)
        self.known = applied.snapshot


def after(actions: list[AnyAction]) -> list[TicketSnapshot]:
    """The ticket after each action, as the vendor would tell it."""
    found, now = [], ticket()
    for minutes, action in enumerate(actions, 1):
        done = action.imprint(now, now)
        assert isinstance(done, TicketSnapshot)
        now = msgspec.structs.replace(done, source_at=at(minutes))
        found.append(now)
    return found


@given(ACTIONS, st.data())
def test_whatever_comes_back_in_any_order_starts_nothing(actions, data):
    snapshots = after(actions)
    some = data.draw(st.lists(st.sampled_from(snapshots), max_size=12))
    heard = Heard(ticket(), actions)

    for each in data.draw(st.permutations([*some, snapshots[-1]])):
        heard.hear(each)

    assert heard.told == []
    assert heard.known == snapshots[-1]


@given(ACTIONS, st.data())
def test_one_change_by_somebody_else_is_never_swallowed(actions, data):
    """Whenever it is made, and whichever snapshots are missed: it is told exactly once."""
    snapshots = after(actions)
    since = data.draw(st.integers(0, len(snapshots) - 1))
    snapshots = [
        msgspec.structs.replace(each, subject="Another one") if index >= since else each
        for index, each in enumerate(snapshots)
    ]
    some = data.draw(st.lists(st.sampled_from(snapshots), max_size=12))
    heard = Heard(ticket(), actions)

    for each in data.draw(st.permutations([*some, snapshots[-1]])):
        heard.hear(each)

    assert heard.told == [Transition.TICKET_CHANGED]
