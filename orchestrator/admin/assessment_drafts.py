"""Drafts of the rules that close an assessment's gaps, as far as their recipes exist."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from assessment.models import Assessment
from connectors.models import Store
from rules import publish, registry
from rules.models import Rule


class Closing(msgspec.Struct, frozen=True, kw_only=True):
    """How a gap is closed here."""

    recipe: str
    label: str = ""
    rule: Rule | None = None  # the client's rule of that recipe, whatever its mode
    is_available: bool = False


def closings(row: Assessment, recipes: Iterable[str]) -> dict[str, Closing]:
    """Recipe → what there is of it. A client that has the rule already is offered no second one."""
    wanted = [slug for slug in recipes if slug]
    known = registry.all_recipes()
    rules = (
        Rule.objects.filter(store=row.store_id, recipe__in=wanted) if row.store_id else Rule.objects.none()
    )
    have = {rule.recipe: rule for rule in rules.order_by("-pk")}
    return {
        slug: Closing(
            recipe=slug,
            label=known[slug].label if slug in known else "",
            rule=have.get(slug),
            is_available=slug in known,
        )
        for slug in wanted
    }


def create(row: Assessment, wanted: Iterable[str], request: HttpRequest) -> list[Rule]:
    """Only for gaps of this result, only what does not exist yet, and only by who may add rules."""
    if row.store is None or not row.result or not request.user.has_perm("rules.add_rule"):
        return []
    gaps = {row.questions.question(gap["question"]).recipe for gap in row.result["gaps"]}
    offered = closings(row, sorted(gaps & set(wanted)))
    made = []
    for slug, closing in offered.items():
        if closing.is_available and closing.rule is None:
            rule = _draft(row.store, slug, closing.label)
            if rule is not None:
                made.append(rule)
    return made


def _draft(store: Store, slug: str, name: str) -> Rule | None:
    """None when a rule of that name was there first: a double click makes one."""
    try:
        with transaction.atomic():
            return Rule.objects.create(
                store=store, name=name[:120], recipe=slug, params=publish.check(slug, {})
            )
    except IntegrityError:
        return None
