"""What the rules of one client reached of late, read for a whole batch at once: limits count with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db.models import Count, Max, Q

from orchestrator.models import Approval, Customer, Enrolment, OutboxAction
from rules.limits import DAY, HOUR, Limits, Place, Queue, Reached, Tally

Since = Mapping[int, datetime]


def tallies(
    store_id: int, limits: Mapping[int, Limits], subjects: Collection[str], now: datetime
) -> dict[int, Tally]:
    """By rule id, in a constant number of queries. ``subjects`` are the customers that are asked about.

    What a person approved does not count, and the next ones are counted from there.
    """
    said_yes = _said_yes(limits)
    hour = {rule: max(now - HOUR, said_yes.get(rule, now - HOUR)) for rule in limits}
    day = {rule: max(now - DAY, said_yes.get(rule, now - DAY)) for rule in limits}
    customers = known_customers(store_id) if any(each.share_of_customers for each in limits.values()) else 0
    counts, last, places = _counts(hour, day), _last(limits, subjects, now), _places(limits, now)
    return {
        rule: Tally(
            each,
            _reached(counts[rule][0], last[rule], hour[rule]),
            _reached(counts[rule][1], last[rule], day[rule]),
            most_a_day=each.most_of(customers),
            queue=Queue(each.customers_per_hour, places[rule]),
        )
        for rule, each in limits.items()
    }


def queue(rule_id: int, limits: Limits, now: datetime) -> Queue:
    """When customers hear of this rule."""
    return Queue(limits.customers_per_hour, _places({rule_id: limits}, now)[rule_id])


def known_customers(store_id: int) -> int:
    return Customer.objects.filter(store_id=store_id).count()


def _reached(count: int, last: Mapping[str, datetime], since: datetime) -> Reached:
    return Reached(count, (subject for subject, at in last.items() if at > since))


def _said_yes(rule_ids: Iterable[int]) -> dict[int, datetime]:
    """When a person last approved what a rule wanted to send."""
    rows = Approval.objects.filter(
        rule__in=rule_ids, about=Approval.About.MESSAGES, answer=Approval.Answer.APPROVED
    )
    return dict(rows.values_list("rule").annotate(Max("decided_at")))


def _counts(hour: Since, day: Since) -> defaultdict[int, tuple[int, int]]:
    """How many customers each rule reached since these moments."""
    rows = OutboxAction.objects.reaching(list(day)).filter(_since(day), approval=None).order_by()
    counted = rows.values_list("rule").annotate(
        in_hour=Count("subject", distinct=True, filter=_since(hour)),
        in_day=Count("subject", distinct=True),
    )
    return defaultdict(lambda: (0, 0), {rule: (few, all_) for rule, few, all_ in counted})


def _since(moments: Since) -> Q:
    alike: defaultdict[datetime, list[int]] = defaultdict(list)
    for rule, at in moments.items():
        alike[at].append(rule)
    since = Q(pk__in=())
    for at, rules in alike.items():
        since |= Q(rule__in=rules, created_at__gt=at)
    return since


def _last(
    rule_ids: Collection[int], subjects: Collection[str], now: datetime
) -> defaultdict[int, dict[str, datetime]]:
    """When each rule last decided something for these customers."""
    rows = OutboxAction.objects.reaching(rule_ids).filter(
        subject__in=subjects, created_at__gt=now - DAY, approval=None
    )
    found: defaultdict[int, dict[str, datetime]] = defaultdict(dict)
    for rule, subject, at in rows.order_by().values_list("rule", "subject").annotate(Max("created_at")):
        found[rule][subject] = at
    return found


def _places(limits: Mapping[int, Limits], now: datetime) -> defaultdict[int, set[Place]]:
    """When customers hear, or are going to hear, of the rules that have an hourly limit."""
    capped = [rule for rule, each in limits.items() if each.customers_per_hour is not None]
    found: defaultdict[int, set[Place]] = defaultdict(set)
    if not capped:
        return found
    rows = OutboxAction.objects.reaching(capped).filter(planned_for__gt=now - HOUR)
    steps = Enrolment.objects.filter(
        rule__in=capped, state=Enrolment.State.WAITING, approval=None, planned_for__gt=now
    )
    for each in (rows, steps):
        for rule, at, subject in each.order_by().values_list("rule", "planned_for", "subject"):
            found[rule].add((at, subject))
    return found
