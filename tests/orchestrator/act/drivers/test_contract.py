"""What every way to hold keeps: it is a capability of marketing tools, and asks nothing beyond it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.roles import Marketing
from orchestrator.act import drivers, holdlist
from rules import holding
from rules.recipes import stock_hold

VERBS = {each.name: set(each.verbs) for each in Marketing.offers}
ALL_VERBS = {verb for verbs in VERBS.values() for verb in verbs}
FOLDER = Path(drivers.__file__).parent


def sources(key: str) -> Iterator[Path]:
    package = FOLDER / key
    yield from package.glob("*.py") if package.is_dir() else [FOLDER / f"{key}.py"]
    if key == "hold_list":
        yield Path(holdlist.__file__)


def asked(key: str) -> set[str]:
    """The verbs of marketing tools that the driver names."""
    nodes = (node for path in sources(key) for node in ast.walk(ast.parse(path.read_text())))
    named = {node.attr for node in nodes if isinstance(node, ast.Attribute) and _is_vendor(node.value)}
    return named & ALL_VERBS


def _is_vendor(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "vendor"


@pytest.mark.parametrize("key", drivers.all_drivers())
def test_it_asks_for_its_own_capability_only(key):
    assert asked(key)
    assert asked(key) <= VERBS[key]


def test_every_way_that_a_rule_can_name_is_one():
    assert {*holding.METHODS.values(), stock_hold.CAMPAIGN, stock_hold.CATALOG} == set(drivers.all_drivers())
