"""What staff read about rules of their own is what such rules can do."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from rules import conditions, params, registry, steps
from rules.kinds import KINDS, PHRASES
from rules.vocabulary import FIELDS

DOCS = Path(__file__).parents[3] / "docs" / "recipes.md"
CUSTOM = DOCS.read_text().partition("\n## custom\n")[2].partition("\n## ")[0]


def table(*heads: str) -> list[list[str]]:
    """The cells of the table with these headings."""
    head = "|".join(["", *(f" {each} " if each else " " for each in heads), ""])
    rows = CUSTOM.partition(f"{head}\n")[2].partition("\n\n")[0].splitlines()[1:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_the_operators_of_each_kind_are_told():
    told = {kind: names(ops) for kind, ops, _ in table("kind", "op", "value")}

    assert told == {kind.label: [*kind.tests, "exists"] for kind in KINDS}


def test_the_meaning_of_each_operator_is_told():
    assert {op for ops, _ in table("op", "means") for op in names(ops)} == set(PHRASES)


def test_each_field_is_told_with_its_kind():
    told = {name: kind for fields, kind, _ in table("field", "kind", "") for name in names(fields)}

    assert told == {field.name: field.kind.label for field in FIELDS.values()}


def test_each_action_is_told_with_its_arguments():
    rows = table("action", "`with`", "where")
    told = {slug for slugs, *_ in rows for slug in names(slugs)}
    arguments = {slug: set(names(given)) for slugs, given, _ in rows for slug in names(slugs)}

    assert told == set(registry.all_actions())
    missing = {
        slug: set(kind.Arguments.base_fields) - arguments[slug]
        for slug, kind in registry.all_actions().items()
        if slug != "untag_order" and slug != "tag_order"  # “the same” as for customers
    }
    assert not any(missing.values())


def test_the_parts_of_an_action_are_told():
    assert {name for cell, _ in table("key", "") for name in names(cell)} == set(steps.KEYS)


def test_each_way_to_join_conditions_is_told():
    assert all(f"`{join}`" in CUSTOM for join in conditions.JOINS)


def test_each_example_reads_as_a_sentence():
    found = re.findall(r"^```yaml\n(.*?)^```$", CUSTOM, re.MULTILINE | re.DOTALL)
    rules = [rule for text in found for rule in yaml.safe_load(text)["rules"]]
    custom = registry.recipe("custom")

    said = [custom.sentence(params.clean(custom, rule["params"])) for rule in rules]

    assert len(said) >= 5
    assert all(each.startswith("When ") and each.endswith(".") for each in said)
