"""The kill switches. While a stop is in force nothing is sent for its scope; hearing and deciding go on.

Three places keep to it. Claims leave stopped rows out, so they wait untouched. The brake is asked at the one
way out, before each call that changes something at a vendor. The fence asks before each call of a batch
whether one of its rules was stopped. All read the table each time, so a stop works in every process at once
and the call that is under way is the last.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q

from connectors.errors import NotYet
from connectors.models import Connection, Store
from orchestrator import wake
from orchestrator.models import Stop, Suppression, VendorState
from orchestrator.models.stop import StopQuerySet
from orchestrator.record import attention, runlog
from rules.engine import Rulebook
from rules.models import Rule

AGAIN = 5.0  # seconds until what met a stop on its way is tried again
STAGES = ("drain", "dispatch", "reconcile", "post_alerts")


class InForce(msgspec.Struct, frozen=True):
    """What is stopped at this moment."""

    everything: bool = False
    stores: frozenset[int] = frozenset()
    rules: frozenset[int] = frozenset()

    def free(self, store: str, rule: str = "") -> Q:
        """The rows that may go on; ``store`` and ``rule`` are the fields that lead from them."""
        if self.everything:
            return Q(pk__in=())
        free = ~Q(**{f"{store}__in": self.stores}) if self.stores else Q()
        return free & ~Q(**{f"{rule}__in": self.rules}) if rule and self.rules else free


def in_force() -> InForce:
    rows = Stop.objects.in_force().values_list("store_id", "rule_id")
    scopes: list[tuple[int | None, int | None]] = list(rows)
    return InForce(
        everything=(None, None) in scopes,
        stores=frozenset(store for store, rule in scopes if store and not rule),
        rules=frozenset(rule for _, rule in scopes if rule),
    )


def check(connection: Connection) -> None:
    """Raises NotYet while nothing may be changed through this connection, whatever rule wants it."""
    if _over(connection.store_id).exists():
        raise NotYet("Stopped: nothing is sent until the stop is lifted.", code="stopped", after=AGAIN)


def is_halted(rule_ids: Collection[int]) -> bool:
    """Whether one of these rules may not send now: stopped, or no longer live."""
    stopped = Exists(Stop.objects.in_force().filter(rule=OuterRef("pk")))
    return Rule.objects.filter(~Q(mode=Rule.Mode.LIVE) | stopped, pk__in=rule_ids).exists()


def applied(book: Rulebook) -> Rulebook:
    """The rules as they may decide now: one that is stopped opens nothing, and its messages wait."""
    halted = in_force().rules
    if not halted:
        return book
    rules = [
        msgspec.structs.replace(each, mode="stopped")
        if each.rule_id in halted and each.mode == Rule.Mode.LIVE
        else each
        for each in book.rules
    ]
    return Rulebook(rules, book.broken)


def withheld(connection: Connection) -> Q | None:
    """Holds that only stopped rules want. Their way back is open: who is not wanted any more is let go."""
    stopped = list(
        Stop.objects.in_force().filter(rule__store=connection.store_id).values_list("rule", flat=True)
    )
    if not stopped:
        return None
    causes = Suppression.objects.open().filter(
        store=connection.store_id, subject=OuterRef("subject"), method=OuterRef("key")
    )
    return Q(~Exists(causes.exclude(rule__in=stopped)), wanted=True)


def check_holds(connection: Connection, rows: Sequence[VendorState]) -> None:
    """Raises NotYet when somebody among these is wanted by stopped rules only."""
    without = withheld(connection)
    if without and VendorState.objects.filter(without, pk__in=[row.pk for row in rows]).exists():
        raise NotYet("The rule is stopped: nobody new is held for it.", code="stopped", after=AGAIN)


def stop(
    *, because: str, by: str, now: datetime, store: Store | None = None, rule: Rule | None = None
) -> Stop | None:
    """Stop one rule, one client, or everything when neither is given. None when it is stopped already."""
    row = Stop(store=rule.store if rule else store, rule=rule, because=because, by=by, since=now)
    try:
        with transaction.atomic():
            row.save()
            _tell("stopped", row, by)
            attention.call(
                "stop_in_force",
                f"{_capital(row.scope)}: stopped by {by}. Nothing is sent. {because}",
                now=now,
                store=row.store,
                reference=f"stop:{row.pk}",
            )
    except IntegrityError:
        return None
    return row


def lift(row: Stop, *, by: str, now: datetime) -> bool:
    """Work goes on at once, with what a stopped rule would have held meanwhile. False when it was lifted."""
    with transaction.atomic():
        end = {"lifted_at": max(now, row.since), "lifted_by": by}
        if not Stop.objects.in_force().filter(pk=row.pk).update(**end):
            return False
        if row.rule_id:
            Rule.objects.filter(pk=row.rule_id, mode=Rule.Mode.LIVE).update(pass_due_at=now)
        attention.clear("stop_in_force", now=now, store_id=row.store_id, reference=f"stop:{row.pk}")
        _tell("stop_lifted", row, by)
    for stage in STAGES:
        wake.after_commit(stage)
    return True


def _over(store_id: int | None) -> StopQuerySet:
    """Stops of the client as a whole, or of everything."""
    scope = Q(store=None) if store_id is None else Q(store=None) | Q(store=store_id)
    return Stop.objects.in_force().filter(scope, rule=None)


def _tell(code: str, row: Stop, by: str) -> None:
    runlog.note(
        code,
        store_id=row.store_id,
        rule=row.rule.name if row.rule else "",
        reference=f"stop:{row.pk}",
        by=by,
        scope=row.scope,
        because=row.because,
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
