"""What a client's tools can tell and do, which rules use it, and what a rule misses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString

from connectors import capabilities, registry
from connectors.capabilities import Level, Standing, Tool
from connectors.models import Store
from connectors.types import Transition
from orchestrator.admin import display
from rules import needs, params, publish
from rules import registry as rules
from rules.models import Rule
from rules.needs import NOUNS, Gap, Weight
from rules.sentences import listed

MEANING = (
    (Level.NATIVE, "Told by webhook at once, or done when a rule asks for it."),
    (Level.POLLED, "Found when we look, a minute or so later."),
    (Level.IMPOSSIBLE, "Not with the tools of this client. A rule that needs it cannot go live."),
    (Level.FORBIDDEN, "Its key may not. A rule that needs it cannot go live."),
    (Level.UNCONNECTED, "A tool for it can still be connected, or its webhooks set up."),
)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table. ``note`` names the tool, or what is in the way."""

    does: str
    chip: SafeString
    note: str
    rules: Sequence[Rule]


def gaps(rule: Rule) -> dict[str, list[str]]:
    """What the rule on the form asks for in vain: weight → sentences."""
    try:
        found: Sequence[Gap] = publish.gaps(rule.recipe, rule.params, publish.tools_of(rule.store_id))
    except ValidationError:  # told beside its fields
        found = ()
    return {str(weight): needs.sentences(found, weight) for weight in Weight}


def page(store: Store) -> dict[str, Any]:
    """Everything for one client, in two queries."""
    tools, users = publish.tools_of(store.pk), _users(store)
    return {
        "meaning": [(level_chip(level), told) for level, told in MEANING],
        "tables": [(title, list(_rows(names, tools, users))) for title, names in _tables()],
    }


def level_chip(level: Level) -> SafeString:
    return display.chip(level.value.capitalize(), level.value)


def _tables() -> Iterator[tuple[str, list[str]]]:
    yield "What they tell", [*Transition]
    roles = {vendor.role: vendor for vendor in registry.all_vendors().values()}
    for role in sorted(roles):
        noun = NOUNS.get(role, role)
        yield f"What a {noun} can do", [each.name for each in roles[role].offers]


def _rows(names: Sequence[str], tools: Sequence[Tool], users: Mapping[str, list[Rule]]) -> Iterator[Row]:
    for name in names:
        standing = capabilities.standing(name, tools)
        does = needs.does([name])
        yield Row(
            does=does[:1].upper() + does[1:],
            chip=level_chip(standing.level),
            note=_note(standing),
            rules=users.get(name, ()),
        )


def _note(standing: Standing) -> str:
    tool = standing.tool
    if standing.level.is_there:
        return tool
    if standing.level is Level.FORBIDDEN:
        return f"{tool}: the key lacks {listed(standing.scopes)}."
    if standing.level is Level.UNCONNECTED:
        nouns = listed([NOUNS.get(each, each) for each in standing.roles], "or")
        return f"{tool}: its webhooks are not set up." if tool else f"A {nouns} would."
    return f"{tool} cannot. {standing.why}".strip() if tool else "No tool there is can."


def _users(store: Store) -> Mapping[str, list[Rule]]:
    """Capability → the rules that ask for it, as they run or else as they stand on their form."""
    found: defaultdict[str, list[Rule]] = defaultdict(list)
    for rule in Rule.objects.filter(store=store).select_related("version").order_by("name", "id"):
        for name in _asked(rule):
            found[name].append(rule)
    return found


def _asked(rule: Rule) -> frozenset[str]:
    values = rule.version.params if rule.version and rule.mode != Rule.Mode.DRAFT else rule.params
    try:
        recipe = rules.recipe(rule.recipe)
        return needs.asked(recipe, params.clean(recipe, values))
    except (LookupError, ValidationError):
        return frozenset()
