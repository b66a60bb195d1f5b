"""The tables of docs/capabilities.md say what the code declares. Their rows are made here, to be copied."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pytest

from connectors import capabilities, registry
from connectors.types import Transition
from rules import needs, params
from rules import registry as rules
from tests.test_house import ROOT

VENDORS = registry.all_vendors()
PAGE = ROOT / "docs/capabilities.md"


def section(heading: str) -> list[str]:
    """The rows of the table under a heading."""
    text = PAGE.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| .*\|$", text, re.MULTILINE)[1:]


def levels(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        found = [capabilities.level(kind, name) for kind in VENDORS.values()]
        cells = ["–" if level.is_refused else level.value for level in found]
        yield f"| `{name}` | {needs.does([name])} | {' | '.join(cells)} |"


def needed() -> Iterator[str]:
    for slug, recipe in rules.all_recipes().items():
        names = sorted(map(str, recipe.needs(params.clean(recipe, {}))))
        heard = sorted(map(str, recipe.hears(params.clean(recipe, {}))))
        cells = [", ".join(f"`{each}`" for each in found) or "–" for found in (heard, names)]
        yield f"| `{slug}` | {' | '.join(cells)} |"


def test_the_columns_are_the_vendors() -> None:
    heads = re.findall(r"^\| name \|.*\|$", PAGE.read_text(), re.MULTILINE)

    assert heads == [f"| name | can | {' | '.join(kind.label for kind in VENDORS.values())} |"] * 2


def test_what_each_tool_tells_stands_in_the_table() -> None:
    assert section("What tools tell") == list(levels([*Transition]))


def test_what_each_tool_can_do_stands_in_the_table() -> None:
    roles = {kind.role: kind for kind in VENDORS.values()}
    names = [each.name for role in sorted(roles) for each in roles[role].offers]

    assert section("What tools can do") == list(levels(names))


def test_what_each_recipe_needs_stands_in_the_table() -> None:
    assert section("What recipes need") == list(needed())


@pytest.mark.parametrize("level", capabilities.Level)
def test_every_word_is_explained(level: capabilities.Level) -> None:
    assert f"| **{level.value}** |" in PAGE.read_text()
