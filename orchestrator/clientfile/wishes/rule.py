"""A rule: what the file asks of its row, and whether a version has to be published."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.core.exceptions import ValidationError

from connectors.capabilities import Tool
from connectors.models import Store
from orchestrator.clientfile.diff import Item
from orchestrator.clientfile.parts import Part
from orchestrator.clientfile.problems import Problems
from rules import publish
from rules.limits import Limits
from rules.models import Rule
from rules.needs import Gap, Weight

LIMITS = Limits.__struct_fields__
PUBLISHED = (Rule.Mode.LIVE, Rule.Mode.SHADOW)


class RuleWish(msgspec.Struct):
    """``row`` carries recipe and parameters; ``mode`` is what it shall run in, None = as it does now."""

    row: Rule
    item: Item
    mode: str | None = None
    columns: list[str] = []
    line: int = 0  # where the file names the mode

    @property
    def runs_in(self) -> str:
        return self.mode or self.row.mode

    def save(self, store: Store, now: datetime) -> None:
        if self.item.is_new:
            self.row.store = store
            self.row.save()
        elif self.columns:
            self.row.save(update_fields=[*self.columns, "updated_at"])
        if self.mode is not None:
            publish.set_mode(self.row, self.mode, now=now)


def compare(part: Part, stored: Rule | None, problems: Problems) -> RuleWish | None:
    """None when the file does not say which rule it means."""
    name = part.values.get("name")
    if name is None:
        return None
    row = stored or Rule(name=name, recipe="")
    item = Item(f"rule “{name}”", is_new=stored is None)
    wish = RuleWish(row, item, line=part.line_of("mode"))
    _take_recipe(wish, part, stored, problems)
    _take_limits(wish, part)
    _take_params(wish, part, stored)
    _take_mode(wish, part, stored, problems)
    return wish


def check_needs(wish: RuleWish, tools: Sequence[Tool], problems: Problems) -> None:
    """What goes live has to be possible with the tools that are connected then."""
    if wish.mode == Rule.Mode.LIVE:
        for each in _gaps(wish, tools):
            if each.weight is Weight.REFUSES:
                problems.add(wish.line, f"mode: {each.sentence}")


def notes(wish: RuleWish, tools: Sequence[Tool]) -> Iterator[str]:
    """What keeps a rule that runs, or is tried out, from doing all it is for."""
    if wish.runs_in in PUBLISHED:
        for each in _gaps(wish, tools):
            if each.weight is not Weight.LESS:
                yield f"{wish.item.title}: {each.sentence}"


def _gaps(wish: RuleWish, tools: Sequence[Tool]) -> list[Gap]:
    """None for parameters that do not fit: that was told already."""
    try:
        return publish.gaps(wish.row.recipe, wish.row.params, tools)
    except ValidationError:
        return []


def _take_recipe(wish: RuleWish, part: Part, stored: Rule | None, problems: Problems) -> None:
    recipe = part.values.get("recipe", wish.row.recipe)
    if stored and stored.version_id and recipe != stored.recipe:
        # What the old recipe opened could not be closed by the new one.
        problems.add(
            part.line_of("recipe"),
            f"recipe: This rule was published as {stored.recipe} and keeps its recipe; "
            "give the new rule another name.",
        )
        return
    if wish.item.take(wish.row, "recipe", recipe):
        wish.columns.append("recipe")


def _take_limits(wish: RuleWish, part: Part) -> None:
    """They bind at once, without a new version. What stands in the file as null is taken back."""
    row, item = wish.row, wish.item
    asked = part.values["limits"].values if "limits" in part.values else {}
    for name in LIMITS:
        old = getattr(row, name)
        if name not in asked:
            item.left += [] if old is None else [f"limits.{name}"]
        elif asked[name] == old:
            item.kept += [] if item.is_new else [f"limits.{name}"]
        else:
            setattr(row, name, asked[name])
            item.note(f"limits.{name}", old, asked[name])
            wish.columns.append(name)


def _take_params(wish: RuleWish, part: Part, stored: Rule | None) -> None:
    row, item = wish.row, wish.item
    if "params" not in part.values:
        item.left += ["params"] if stored and row.params else []
        return
    old, new = _values(row.recipe, row.params), _values(row.recipe, part.values["params"])
    if old == new and stored is not None:
        item.kept.append("params")
        return
    row.params = part.values["params"]
    wish.columns.append("params")
    for name in [*new, *(name for name in old if name not in new)]:
        if name in row.params if item.is_new else old.get(name) != new.get(name):
            item.note(f"params.{name}", old.get(name), new.get(name))


def _take_mode(wish: RuleWish, part: Part, stored: Rule | None, problems: Problems) -> None:
    row, item = wish.row, wish.item
    old = row.mode
    mode = part.values.get("mode", old)
    if mode != old or item.is_new:
        item.note("mode", old, mode)
    elif "mode" in part.values:
        item.kept.append("mode")
    else:
        item.left.append("mode")
    is_asked = "mode" in part.values or "params" in part.values
    is_publishing = mode in PUBLISHED and is_asked and _is_unpublished(row, part, problems)
    if is_publishing:
        item.add("version", "a new version is published")
    if is_publishing or mode != old:
        wish.mode = mode


def _is_unpublished(row: Rule, part: Part, problems: Problems) -> bool:
    try:
        values = publish.check(row.recipe, row.params)
    except ValidationError as error:
        if "params" not in part.lines:  # else it was told when the file was read
            problems.add(part.line, f"The stored parameters do not fit any more: {publish.said(error)}")
        return False
    published = row.version
    return published is None or (published.recipe, published.params) != (row.recipe, values)


def _values(recipe: str, params: Any) -> dict[str, Any]:
    """With the defaults, so that only what differs in effect counts as a change."""
    try:
        values = publish.check(recipe, params)
    except ValidationError:
        values = params
    return values if isinstance(values, dict) else {}
