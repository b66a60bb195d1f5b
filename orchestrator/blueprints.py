"""One client's rules as a template: what it would change at others, doing so, and the way back.

A setting that is each client's own keeps their value. A rule that runs gets a new version; one that does not
has only its form changed. Nothing is written over that somebody changed and did not publish.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction

from connectors.models import Store
from orchestrator.models import Blueprint, BlueprintPush
from rules import publish
from rules.models import Rule

RUNNING = {Rule.Mode.LIVE, Rule.Mode.SHADOW}
Params = dict[str, Any]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of a blueprint; ``own`` are the settings that are each client's own."""

    name: str
    recipe: str
    params: Params
    own: tuple[str, ...] = ()


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one rule of a client. ``before`` is None where there is none yet."""

    part: Part
    before: Params | None
    after: Params
    mode: str = Rule.Mode.DRAFT
    problem: str = ""  # why it is left alone

    @property
    def is_change(self) -> bool:
        return not self.problem and self.before != self.after


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a blueprint would change at one client."""

    store: Store
    steps: Sequence[Step]

    @property
    def changes(self) -> list[Step]:
        return [step for step in self.steps if step.is_change]

    @property
    def problems(self) -> list[Step]:
        return [step for step in self.steps if step.problem]

    @property
    def key(self) -> str:
        """Whether what is about to be done is what somebody looked at."""
        told = [(step.part.name, step.mode, step.before, step.after) for step in self.changes]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


class Checked:
    """``publish.check``, which fills a form, once for each recipe and its settings. Nobody may change what it
    answers."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Any] = {}

    def __call__(self, recipe: str, params: Any) -> Any:
        """Raises ValidationError."""
        key = recipe, json.dumps(params, sort_keys=True)
        if key not in self._found:
            self._found[key] = publish.check(recipe, params)
        return self._found[key]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """As a push remembers it."""

    rule_id: int
    name: str
    before: Params | None
    after: Params
    version_before: int | None = None
    version: int | None = None


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that was changed, with what was done; ``version`` is the number that it published, if any."""

    rule_id: int
    name: str
    told: str
    version: int | None = None


def parts_of(store: Store, known: Sequence[Part] = ()) -> list[Part]:
    """Its rules as they run, else as their forms say; what was said to be each client's own stays so."""
    own = {part.name: part.own for part in known}
    rules = Rule.objects.filter(store=store).select_related("version").order_by("name", "pk")
    return [
        Part(name=rule.name, recipe=rule.recipe, params=_says(rule), own=own.get(rule.name, ()))
        for rule in rules
    ]


def parts(blueprint: Blueprint) -> list[Part]:
    return msgspec.convert(blueprint.rules, list[Part])


def keep(blueprint: Blueprint, found: Iterable[Part]) -> None:
    blueprint.rules = msgspec.to_builtins(list(found))


def plans(blueprint: Blueprint, stores: Iterable[Store]) -> list[Plan]:
    """For each client what would change, in one query. Most say the same, which is checked once."""
    chosen, wanted, known = list(stores), parts(blueprint), Checked()
    rows = Rule.objects.filter(store__in=chosen, name__in=[part.name for part in wanted])
    there = {(rule.store_id, rule.name): rule for rule in rows.select_related("version")}
    return [
        Plan(store=store, steps=[_step(part, there.get((store.pk, part.name)), known) for part in wanted])
        for store in chosen
    ]


def push(blueprint: Blueprint, store: Store, key: str, *, now: datetime, by: User) -> list[Done]:
    """All that ``key`` was looked at for, or nothing. Raises ValidationError with why."""
    with transaction.atomic():
        names = [part.name for part in parts(blueprint)]
        list(Rule.objects.select_for_update().filter(store=store, name__in=names).order_by("pk"))
        [plan] = plans(blueprint, [store])
        if plan.key != key:
            raise ValidationError(
                {"__all__": ["Its rules were changed meanwhile. Look at what differs now."]}
            )
        made = [_apply(step, store, now, by) for step in plan.changes]
        BlueprintPush.objects.create(
            blueprint=blueprint,
            store=store,
            changes=msgspec.to_builtins([change for change, _ in made]),
            pushed_at=now,
            pushed_by=by.get_username(),
        )
    return [done for _, done in made]


def roll_back(row: BlueprintPush, *, now: datetime, by: User) -> tuple[list[Done], list[str]]:
    """Publish again what stood there before; a rule that was changed since stays, with a sentence why."""
    done: list[Done] = []
    left: list[str] = []
    with transaction.atomic():
        if not BlueprintPush.objects.filter(pk=row.pk, undone_at=None).update(undone_at=now):
            return [], ["It was rolled back already."]
        changes = msgspec.convert(row.changes, list[Change])
        rules = Rule.objects.select_for_update(of=("self",)).select_related("version").order_by("pk")
        there = rules.in_bulk([change.rule_id for change in changes])
        for change in changes:
            rule = there.get(change.rule_id)
            if problem := _cannot_go_back(change, rule):
                left.append(f"“{change.name}” stays as it is: {problem}")
            elif rule is not None:
                done.append(_back(change, rule, now, by))
    return done, left


def _step(part: Part, rule: Rule | None, check: Checked) -> Step:
    if rule is None:
        return _checked(part, None, part.params, Rule.Mode.DRAFT, check)
    before = _form(rule, check)
    if rule.recipe != part.recipe:
        problem = f"its rule of that name follows the recipe {rule.recipe}."
        return Step(part=part, before=before, after=before, mode=rule.mode, problem=problem)
    if rule.mode in RUNNING and rule.version and before != rule.version.params:
        problem = "its form has changes that are not published yet. Publish them, or restore the version."
        return Step(part=part, before=before, after=before, mode=rule.mode, problem=problem)
    kept = {name: before[name] for name in part.own if name in before}
    return _checked(part, before, {**part.params, **kept}, rule.mode, check)


def _checked(part: Part, before: Params | None, after: Params, mode: str, check: Checked) -> Step:
    try:
        fits = check(part.recipe, after)
    except ValidationError as error:
        problem = f"the settings do not fit the recipe. {publish.said(error)}"
        return Step(part=part, before=before, after=before or {}, mode=mode, problem=problem)
    return Step(part=part, before=before, after=fits, mode=mode)


def _apply(step: Step, store: Store, now: datetime, by: User) -> tuple[Change, Done]:
    rule, is_new = Rule.objects.select_related("version").get_or_create(
        store=store, name=step.part.name, defaults={"recipe": step.part.recipe, "params": step.after}
    )
    number = rule.version.number if rule.version else None
    told = "a draft was made" if is_new else _set(rule, step.after, now, by)
    change = Change(
        rule_id=rule.pk,
        name=rule.name,
        before=step.before,
        after=step.after,
        version_before=number,
        version=rule.version.number if rule.version else None,
    )
    return change, _done(rule, told, number)


def _set(rule: Rule, params: Params, now: datetime, by: User) -> str:
    """What runs changes with the form."""
    rule.params = params
    rule.save(update_fields=["params", "updated_at"])
    if rule.mode not in RUNNING:
        return "its form was changed"
    published = publish.set_mode(rule, rule.mode, now=now, by=by)
    return published.sentence().rstrip(".").lower()


def _cannot_go_back(change: Change, rule: Rule | None) -> str:
    if rule is None:
        return "it is gone."
    if _form(rule) != change.after:
        return "it was changed since."
    if change.before is None and rule.version_id:
        return "it was made by the push and has run since. Switch it to draft if it shall not run."
    return ""


def _back(change: Change, rule: Rule, now: datetime, by: User) -> Done:
    if change.before is None:
        rule.delete()
        return Done(rule_id=change.rule_id, name=change.name, told="the draft that the push made was deleted")
    number = rule.version.number if rule.version else None
    return _done(rule, _set(rule, change.before, now, by), number)


def _done(rule: Rule, told: str, number_before: int | None) -> Done:
    number = rule.version.number if rule.version else None
    return Done(
        rule_id=rule.pk, name=rule.name, told=told, version=None if number == number_before else number
    )


def _form(rule: Rule, check: Callable[[str, Any], Any] = publish.check) -> Params:
    """With the defaults filled in, so that leaving one out is no difference."""
    try:
        return dict(check(rule.recipe, rule.params))
    except ValidationError:
        return dict(rule.params) if isinstance(rule.params, Mapping) else {}


def _says(rule: Rule) -> Params:
    return dict(rule.version.params) if rule.version and rule.mode in RUNNING else _form(rule)
