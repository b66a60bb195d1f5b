"""Questions to a person: a rule would reach more customers than it may. Asked, counted, answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count

from connectors.models import Store
from orchestrator import wake
from orchestrator.models import Approval
from orchestrator.models.approval import ApprovalQuerySet
from orchestrator.record import attention, runlog, telling
from rules.models import Rule

EXPIRES = timedelta(hours=24)

About, Answer = Approval.About, Approval.Answer


def open_for(
    store: Store, limits: Mapping[int, str], now: datetime, about: Approval.About = About.MESSAGES
) -> dict[int, Approval]:
    """The open question of each rule, new where there is none. ``limits`` names the limit by rule id.

    The caller holds the store's lease, so nobody asks the same at the same time.
    """
    rows = Approval.objects.open().filter(rule__in=limits, about=about).select_related("rule")
    known = {row.rule_id: row for row in rows}
    for rule in Rule.objects.filter(pk__in=set(limits) - set(known)):
        known[rule.pk] = Approval.objects.create(
            store=store,
            rule=rule,
            about=about,
            limit=limits[rule.pk],
            asked_at=now,
            expires_at=now + EXPIRES,
        )
        _note("approval_asked", known[rule.pk], why=_why(known[rule.pk]))
    return known


def ask_to_go_live(store: Store, rule: Rule, limit: str, customers: int, now: datetime) -> None:
    """So many customers would be changed. What is so already waits; what happens from now on does not."""
    row = open_for(store, {rule.pk: limit}, now, About.GOING_LIVE)[rule.pk]
    row.customers, row.limit = customers, limit
    row.save(update_fields=["customers", "limit"])
    tell(row, now)


def count(approvals: Iterable[Approval], now: datetime) -> None:
    """After rows were parked: how many customers wait, and with what."""
    for row in approvals:
        parked = row.rows.order_by().values_list("subject")
        steps = row.enrolments.order_by().values_list("subject")
        row.customers = parked.union(steps).count()
        row.actions = parked.count() + steps.count()
        row.save(update_fields=["customers", "actions"])
        tell(row, now)


def tell(row: Approval, now: datetime) -> None:
    """Under "needs attention", with the numbers of today."""
    attention.call("approval_waiting", sentence(row), now=now, store=row.store_id, reference=reference(row))


def answer(row: Approval, said: Approval.Answer, *, by: str, now: datetime, because: str = "") -> bool:
    """Write the answer down; the work carries it out. False when it is answered already.

    ``by`` is a name, "" when nobody answered in time or the rule was taken back.
    """
    with transaction.atomic():
        # Whatever clock the work is driven with: it was asked before it was answered.
        values = {"answer": said, "decided_at": max(now, row.asked_at), "decided_by": by, "because": because}
        if not Approval.objects.open().filter(pk=row.pk).update(**values):
            return False
        if said == Answer.APPROVED and row.about == About.GOING_LIVE:
            Rule.objects.filter(pk=row.rule_id, mode=Rule.Mode.LIVE).update(pass_due_at=now)
        attention.clear("approval_waiting", now=now, store_id=row.store_id, reference=reference(row))
        _note(f"approval_{said}", row, by=by, because=because or "no reason given", asked=_asked(row))
    wake.after_commit("drain")
    return True


def withdraw(rule: Rule, now: datetime) -> None:
    """The rule was taken out of service: nobody has to answer any more."""
    for row in Approval.objects.open().filter(rule=rule).select_related("rule"):
        answer(row, Answer.WITHDRAWN, by="", now=now)
    _gone_live(rule).update(done_at=now)


def may_go_live(rule: Rule, now: datetime) -> bool:
    """Whether a person said yes, not long ago, to what the pass of this rule changes."""
    return _gone_live(rule).filter(answer=Answer.APPROVED, decided_at__gt=now - EXPIRES).exists()


def has_gone_live(rule: Rule, now: datetime) -> None:
    """The yes was for this pass, and a question that is still open is none any more."""
    for row in Approval.objects.open().filter(rule=rule, about=About.GOING_LIVE).select_related("rule"):
        answer(row, Answer.WITHDRAWN, by="", now=now)
    _gone_live(rule).update(done_at=now)


def _gone_live(rule: Rule) -> ApprovalQuerySet:
    return Approval.objects.unfinished().filter(rule=rule, about=About.GOING_LIVE)


def finish(row: Approval, now: datetime) -> None:
    """The answer was carried out."""
    Approval.objects.filter(pk=row.pk).update(done_at=now)


def reference(row: Approval) -> str:
    return f"approval:{row.pk}"


def sentence(row: Approval) -> str:
    """What is asked, in words. ``rule`` and ``store`` have to be loaded."""
    until = f"Approve or reject it by {telling.moment(row.expires_at)}"
    rest = "what is so already stays as it is" if row.about == About.GOING_LIVE else "it is left out"
    return f"{row.store}: “{row.rule}” wants to {_asked(row)}. {_why(row)}. {until}; after that {rest}."


def _asked(row: Approval) -> str:
    people = f"{row.customers:,} customer{'' if row.customers == 1 else 's'}"
    if row.about == About.GOING_LIVE:
        return f"change {people}, as it goes live"
    return f"reach {people} with {row.actions:,} message{'' if row.actions == 1 else 's'}"


def _why(row: Approval) -> str:
    limits = row.rule.limits.sentence()
    return f"{row.get_limit_display()}. {limits}".rstrip(" .")


def _note(code: str, row: Approval, **told: str) -> None:
    runlog.note(
        code,
        store_id=row.store_id,
        rule=row.rule.name,
        rule_told=row.rule.name,
        reference=reference(row),
        customers=row.customers,
        actions=row.actions,
        limit=row.limit,
        **told,
    )


def waiting() -> Mapping[str, int]:
    """Open questions by what they are about."""
    rows = Approval.objects.open().order_by().values_list("about")
    return dict.fromkeys(About.values, 0) | dict(rows.annotate(Count("pk")))
