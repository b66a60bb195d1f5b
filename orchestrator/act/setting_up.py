"""Makes what a rule needs in the marketing tool, when staff ask for it, and looks at it ever after.

Everything is looked for before it is made and nothing of it writes to anybody, so each step may be repeated.
It takes some calls, and the tool may show late what was made; so it goes on in the background, on due rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
from django.conf import settings

from connectors import connect
from connectors.errors import NeedsAttention, TryLater, VendorError
from connectors.limits import Use
from connectors.models import Connection
from connectors.roles import Marketing
from connectors.types import Finding, Mailing, SetUp
from orchestrator.act import holdlist, stops, suppressions
from orchestrator.models import SetUpItem
from orchestrator.record import attention, health, runlog
from rules import setting_up
from rules.models import Rule

State = SetUpItem.State
LEASE = timedelta(minutes=5)  # longer than the calls of one item take
AGAIN = timedelta(seconds=10)
OWN_TROUBLE = frozenset({"scope_missing", "hold_list_missing"})  # everything else at the tool goes on


def things(rule: Rule) -> dict[str, SetUp]:
    """What the rule that runs needs; of one that does not, what it will need."""
    runs = rule.mode != Rule.Mode.DRAFT and rule.version is not None
    values = rule.version.params if runs and rule.version else rule.params
    return setting_up.things(rule.recipe, values)


def ask(rule: Rule, now: datetime, *, make: bool) -> list[SetUpItem]:
    """Have it looked at soon and, with ``make``, what is missing made. Nothing where no tool is connected."""
    connection = suppressions.account_of(rule.store)
    items = _keep(rule, connection) if connection else []
    for item in items:
        item.due_at = now
        if make:
            item.is_asked, item.state, item.trouble = True, State.MAKING, ""
    SetUpItem.objects.bulk_update(items, ["due_at", "is_asked", "state", "trouble"])
    return items


def look_over(connection: Connection, now: datetime) -> None:
    """The hourly look: all that rules need which run in some way."""
    rules = Rule.objects.filter(store_id=connection.store_id).exclude(mode=Rule.Mode.DRAFT)
    for rule in rules.select_related("store", "version").order_by("pk"):
        if things(rule):
            ask(rule, now, make=False)
    running = SetUpItem.objects.filter(connection=connection, rule__mode=Rule.Mode.LIVE)
    keep = frozenset(_reference(item) for item in running)
    attention.clear("mailing_not_ready", now=now, store_id=connection.store_id, keep=keep)


def connections_due(now: datetime) -> list[int]:
    due = SetUpItem.objects.filter(stops.in_force().free("connection__store"), due_at__lte=now)
    return sorted(set(due.values_list("connection_id", flat=True)))


def go_on(connection: Connection, now: datetime) -> int:
    """Everything that is due at one tool; answers how many things were looked at."""
    count = 0
    for item in _due(connection, now):
        thing = things(item.rule).get(item.key)
        if thing is None:
            item.delete()
        elif _take(item, now):
            _work(connection, item, thing, now)
            count += 1
    return count


def _keep(rule: Rule, connection: Connection) -> list[SetUpItem]:
    """A row for each thing that the rule needs now, and no others."""
    wanted = things(rule)
    SetUpItem.objects.filter(rule=rule).exclude(connection=connection, key__in=wanted).delete()
    rows = [SetUpItem(rule=rule, connection=connection, key=each) for each in wanted]
    SetUpItem.objects.bulk_create(rows, ignore_conflicts=True)
    return list(SetUpItem.objects.filter(rule=rule, connection=connection).order_by("pk"))


def _due(connection: Connection, now: datetime) -> list[SetUpItem]:
    rows = SetUpItem.objects.filter(connection=connection, due_at__lte=now).order_by("due_at", "pk")
    return list(rows.select_related("rule__store", "rule__version"))


def _take(item: SetUpItem, now: datetime) -> bool:
    """For a while nobody else does it: what two make at once would be there twice."""
    mine = SetUpItem.objects.filter(pk=item.pk, due_at=item.due_at)
    return bool(mine.update(due_at=now + LEASE))


def _work(connection: Connection, item: SetUpItem, thing: SetUp, now: datetime) -> None:
    """Made if staff asked, and looked at in any case."""
    before, item.trouble = item.state, ""
    try:
        vendor = connect.open(connection, use=Use.ASKED if item.is_asked else Use.READING)
        if isinstance(vendor, Marketing):
            if item.is_asked:
                _make(connection, vendor, item, thing, now)
            _look(connection, vendor, item, thing, now)
    except TryLater as error:
        _wait(connection, item, error, now)
        return
    except VendorError as error:
        _fail(connection, item, error, now)
    else:
        health.works(connection, now)
    item.is_asked, item.due_at = False, None
    item.save(update_fields=["state", "findings", "trouble", "is_asked", "due_at", "checked_at"])
    _tell(item, thing, before, now)


def _make(connection: Connection, vendor: Marketing, item: SetUpItem, thing: SetUp, now: datetime) -> None:
    """Each step is written down as it is done: what comes after it may fail."""
    hold_list = holdlist.ensure(connection, vendor, now) if isinstance(thing, Mailing) else ""
    known: dict[str, str] = {}
    for step in vendor.set_up_steps(thing):
        item.trouble = f"At the {step}"  # where it stops if it does
        piece = vendor.set_up(step, thing, known, hold_list)
        known[step] = piece.id
        if piece.is_new:
            _note("set_up_made", item, step=step, name=piece.name)


def _look(connection: Connection, vendor: Marketing, item: SetUpItem, thing: SetUp, now: datetime) -> None:
    item.trouble = ""
    hold_list = str(connection.resources.get(holdlist.RESOURCE, ""))
    found = vendor.set_up_findings(thing, hold_list)
    item.findings, item.checked_at = msgspec.to_builtins(found), now
    item.state = _state(found)


def _state(found: list[Finding]) -> State:
    undone = [each for each in found if not each.is_done]
    if not undone:
        return State.DONE
    return State.MISSING if any(each.ours for each in undone) else State.TO_DO


def _wait(connection: Connection, item: SetUpItem, error: TryLater, now: datetime) -> None:
    """A call that may have landed is left in peace for a while; then all is looked for again."""
    if error.code != "not_seen_yet":
        health.fails(connection, error, now)
    settle = settings.SETTLE_SECONDS if error.in_doubt else 0.0
    item.trouble = error.sentence[:500]
    item.due_at = now + max(AGAIN, timedelta(seconds=max(error.after or 0.0, settle)))
    item.save(update_fields=["trouble", "due_at"])


def _fail(connection: Connection, item: SetUpItem, error: VendorError, now: datetime) -> None:
    if isinstance(error, NeedsAttention) and error.code not in OWN_TROUBLE:
        health.fails(connection, error, now)
    item.state = State.FAILED if item.is_asked else State.UNKNOWN
    where = f"{item.trouble}: " if item.trouble else ""
    item.trouble = f"{where}{error.sentence}"[:500]
    if item.is_asked:
        _note("set_up_failed", item, told=item.trouble)


def _tell(item: SetUpItem, thing: SetUp, before: str, now: datetime) -> None:
    """A live rule that reaches nobody is no secret; the run log has one line for each change."""
    if item.state != before and item.state == State.DONE:
        _note("set_up_ready", item)
    reference, rule = _reference(item), item.rule
    if not list(_open(item)) or rule.mode != Rule.Mode.LIVE or not thing.is_needed:
        attention.clear("mailing_not_ready", now=now, store_id=rule.store_id, reference=reference)
        return
    told = (
        f"{rule.store}: “{rule.name}” is live, but {_named(item)} reaches nobody yet. {' '.join(_open(item))}"
    )
    if attention.call("mailing_not_ready", told, now=now, connection=item.connection, reference=reference):
        _note("set_up_open", item, told=" ".join(_open(item)))


def _open(item: SetUpItem) -> Iterator[str]:
    """What keeps it from reaching anybody, each as a sentence."""
    if item.trouble:
        yield item.trouble
        return
    for each in item.findings:
        if each["is_vital"] and not each["is_done"]:
            yield f"{each['told']}. {each['to_do'] or 'Set it up on the rule’s page.'}"


def _named(item: SetUpItem) -> str:
    kind, _, name = item.key.partition(":")
    return f"the {kind} “{name}”"


def _reference(item: SetUpItem) -> str:
    return f"rule:{item.rule_id}:set-up:{item.pk}"


def _note(code: str, item: SetUpItem, **details: object) -> None:
    connection = item.connection
    runlog.note(
        code,
        store_id=item.rule.store_id,
        rule=item.rule.name,
        vendor=connection.vendor,
        reference=f"rule:{item.rule_id}",
        vendor_label=connection.label,
        thing=_named(item),
        **details,
    )
