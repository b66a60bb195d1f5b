"""From rows to running rules: publishes versions, changes modes, compiles what the engine knows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

from connectors import capabilities
from connectors.capabilities import Tool
from connectors.models import Connection
from connectors.types import Transition
from rules import engine, needs, params, registry
from rules.compiled import CompiledRule, Recipe
from rules.models import Rule, RuleVersion
from rules.needs import Weight


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """What a change of mode did. ``version`` is the number of a newly published version, if any."""

    old_mode: str
    mode: str
    version: int | None = None

    @property
    def is_change(self) -> bool:
        return self.version is not None or self.old_mode != self.mode

    def sentence(self) -> str:
        said = [f"version {self.version} was published"] if self.version else []
        if self.old_mode != self.mode:
            said.append(f"the mode is now {self.mode} (it was {self.old_mode})")
        return f"{' and '.join(said) or 'nothing changed'}.".capitalize()


def set_mode(rule: Rule, mode: str, *, now: datetime, by: AbstractBaseUser | None = None) -> Published:
    """Change how a stored rule runs; live and shadow publish its working copy if that changed.

    Raises ValidationError when the parameters do not fit the recipe (or the recipe is gone), and when the
    rule would go live but asks for what its store's tools cannot do: a sentence for each. A tool that is not
    connected refuses nothing.
    """
    with transaction.atomic():
        locked = Rule.objects.select_for_update(of=("self",)).select_related("version").get(pk=rule.pk)
        published = _change(locked, mode, now, by)
    rule.mode, rule.version, rule.pass_due_at = locked.mode, locked.version, locked.pass_due_at
    return published


def compiled_for(store_ids: Iterable[int]) -> dict[int, engine.Rulebook]:
    """Each store's published rules that run in some way, in one query; broken ones are told apart."""
    rules: dict[int, list[CompiledRule]] = {store_id: [] for store_id in store_ids}
    broken: dict[int, list[engine.Broken]] = {store_id: [] for store_id in rules}
    running = RuleVersion.objects.filter(
        rule__store_id__in=rules, rule__mode__in=engine.MODES, rule__version_id=F("id")
    )
    for version in running.select_related("rule").order_by("rule_id"):
        compiled = _of_version(version)
        if isinstance(compiled, CompiledRule):
            rules[version.rule.store_id].append(compiled)
        else:
            broken[version.rule.store_id].append(compiled)
    return {store_id: engine.Rulebook(rules[store_id], broken[store_id]) for store_id in rules}


def compiled_versions(keys: Iterable[tuple[int, int]]) -> dict[tuple[int, int], CompiledRule]:
    """Rule id and version number → that version under the rule's mode of today, in one query.

    For work that stays on the version it was planned with. Broken and missing ones are left out.
    """
    found = {key: _of_version(version) for key, version in _versions(keys).items()}
    return {key: rule for key, rule in found.items() if isinstance(rule, CompiledRule)}


def broken_versions(keys: Iterable[tuple[int, int]]) -> dict[tuple[int, int], engine.Broken]:
    """Those of them that are there and cannot run: what waits on one of them is not to be given up."""
    found = {key: _of_version(version) for key, version in _versions(keys).items()}
    return {key: rule for key, rule in found.items() if isinstance(rule, engine.Broken)}


def _versions(keys: Iterable[tuple[int, int]]) -> dict[tuple[int, int], RuleVersion]:
    wanted = set(keys)
    if not wanted:
        return {}
    candidates = RuleVersion.objects.filter(
        rule_id__in={rule_id for rule_id, _ in wanted}, number__in={number for _, number in wanted}
    )
    found = {(each.rule_id, each.number): each for each in candidates.select_related("rule")}
    return {key: version for key, version in found.items() if key in wanted}


def compiled(rule: Rule, *, mode: str) -> CompiledRule:
    """The working copy as if it were published: for a test run of what is on the form.

    Raises ValidationError when the parameters do not fit.
    """
    recipe, values, hears = _cleaned(rule.recipe, _text(rule.params))
    return CompiledRule(
        rule_id=rule.pk or 0,
        name=rule.name,
        version=0,
        recipe=recipe,
        params=values,
        mode=mode,
        hears=hears,
    )


def tools_of(store_id: int) -> list[Tool]:
    return capabilities.tools(Connection.objects.filter(store_id=store_id, is_enabled=True).order_by("pk"))


def gaps(recipe: str, values: Any, tools: Sequence[Tool]) -> list[needs.Gap]:
    """What a rule of these parameters asks for and these tools do not give. Raises ValidationError."""
    found, cleaned, _ = _cleaned(recipe, _text(values))
    return needs.gaps(found, cleaned, tools)


def refusals(recipe: str, values: Any, tools: Sequence[Tool]) -> list[str]:
    """Why such a rule cannot go live. Raises ValidationError when the parameters do not fit."""
    return needs.sentences(gaps(recipe, values, tools), Weight.REFUSES)


def check(recipe: str, values: Any) -> Any:
    """Parameters as they are stored. Raises ValidationError: parameter → sentences.

    What a recipe refuses only here (its ``complaints``) keeps rules running that were stored before.
    """
    found = _recipe(recipe)
    cleaned = params.clean(found, values)
    if problems := found.complaints(cleaned) if hasattr(found, "complaints") else {}:
        raise ValidationError(problems)
    return params.to_json(cleaned)


def sentence(recipe: str, values: Any) -> tuple[str, str]:
    """A rule of these parameters in words, and ""; or "" and what keeps it from being read."""
    try:
        found, cleaned, _ = _cleaned(recipe, _text(values))
    except ValidationError as error:
        return "", said(error)
    return found.sentence(cleaned), ""


def _change(rule: Rule, mode: str, now: datetime, by: AbstractBaseUser | None) -> Published:
    if mode not in Rule.Mode.values:
        raise ValidationError({"mode": f"“{mode}” is no mode. Use {', '.join(Rule.Mode.values)}."})
    old_mode, number = rule.mode, None
    if mode in {"live", "shadow"}:
        number = _publish(rule, now, by)
    rule.mode = mode
    if mode == "live" and rule.version and rule.version.live_at is None:
        rule.version.live_at = now
        rule.version.save(update_fields=["live_at"])
    began = mode == "live" and (old_mode != "live" or number)
    if began:
        _refuse_the_impossible(rule)
    ended = mode in {"draft", "shadow"} and old_mode in {"live", "paused"}
    left_shadow = old_mode == "shadow" and mode != "shadow"
    if began or ended or left_shadow:
        rule.pass_due_at = now
    rule.save(update_fields=["mode", "version", "pass_due_at", "updated_at"])
    return Published(old_mode=old_mode, mode=mode, version=number)


def _refuse_the_impossible(rule: Rule) -> None:
    if impossible := refusals(rule.recipe, rule.params, tools_of(rule.store_id)):
        raise ValidationError({"mode": impossible})


def _publish(rule: Rule, now: datetime, by: AbstractBaseUser | None) -> int | None:
    """A version holds the defaults too, so that it stays what it is when a default changes."""
    values = check(rule.recipe, rule.params)
    current = rule.version
    if current and (current.recipe, current.params) == (rule.recipe, values):
        return None
    latest = rule.versions.order_by("-number").values_list("number", flat=True).first() or 0
    rule.version = RuleVersion.objects.create(
        rule=rule,
        number=latest + 1,
        recipe=rule.recipe,
        params=values,
        published_at=now,
        published_by_id=by.pk if by else None,
    )
    return latest + 1


def _of_version(version: RuleVersion) -> CompiledRule | engine.Broken:
    rule = version.rule
    try:
        recipe, values, hears = _cleaned(version.recipe, _text(version.params))
    except ValidationError as error:
        return engine.Broken(rule_id=rule.pk, name=rule.name, sentence=said(error))
    return CompiledRule(
        rule_id=rule.pk,
        name=rule.name,
        version=version.number,
        recipe=recipe,
        params=values,
        mode=rule.mode,
        live_at=version.live_at,
        hears=hears,
        limits=rule.limits,
    )


def said(error: ValidationError) -> str:
    """All that is wrong with parameters, in one line."""
    return " ".join(
        f"{name}: {' '.join(sentences)}" if name != "__all__" else " ".join(sentences)
        for name, sentences in error.message_dict.items()
    )


def _text(values: Any) -> str:
    return json.dumps(values, sort_keys=True)


def _recipe(slug: str) -> Recipe:
    try:
        return registry.recipe(slug)
    except LookupError as error:
        raise ValidationError({"recipe": [str(error)]}) from error


@lru_cache(maxsize=4096)  # versions never change, so the same text means the same values
def _cleaned(slug: str, text: str) -> tuple[Recipe, dict[str, Any], frozenset[Transition]]:
    recipe = _recipe(slug)
    values = params.clean(recipe, json.loads(text))
    return recipe, values, recipe.hears(values)
