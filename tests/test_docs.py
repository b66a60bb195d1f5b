"""The documentation keeps to what there is: commands, settings, alarms, examples, links."""

from __future__ import annotations

import ast
import re
import runpy
import shlex
from collections.abc import Iterator
from io import StringIO
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import requests
from django.core.management import call_command, get_commands
from django.test import override_settings

from connectors.sandbox.server import running
from connectors.types import Transition
from orchestrator.record import causes
from rules import params
from rules.compiled import Recipe
from rules.decision import Decision
from rules.vocabulary import FIELDS
from tests.rules.examples import facts
from tests.test_house import ROOT, SETTING

DOCS = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "CHANGELOG.md"]
OPERATING, RECIPES, SANDBOX = (ROOT / f"docs/{name}.md" for name in ("operating", "recipes", "sandbox"))
CONTROL = "$C"
CLIENT = "store: {slug: example, name: Example, platform: shopify}\n"
IMAGE_BYTES = 200_000


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL)


def first_cells(path: Path, heading: str) -> set[str]:
    """What stands in code marks in the first column of the tables under a heading."""
    section = path.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE))


def alarm_codes() -> Iterator[str]:
    """The first argument of every ``attention.call(…)`` and ``….alarm(…)`` in the product."""
    for path in (ROOT / "orchestrator").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(
                    ast.Attribute(ast.Name("attention"), "call") | ast.Attribute(attr="alarm"),
                    [ast.Constant(str(code)), *_],
                ):
                    yield code


def anchors(path: Path) -> set[str]:
    """The places in a page that a link may name, as GitHub makes them from headings."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(path: Path) -> Iterator[tuple[Path, str]]:
    """Every link inside the repository: the file, and the place in it."""
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        if "://" not in target:
            file, _, anchor = target.partition("#")
            yield (path.parent / file).resolve() if file else path, anchor


def curls() -> Iterator[tuple[str, str, str]]:
    """Method, path and body of each example of the control interface, in the order of the page."""
    lines = "".join(blocks(SANDBOX, "sh"))
    for command in re.split(r"^(?=curl )", lines, flags=re.MULTILINE)[1:]:
        words = shlex.split(command, comments=True)
        options = dict(pairwise(words))
        url = next(word for word in words if word.startswith(CONTROL))
        yield options.get("-X", "GET"), url.removeprefix(CONTROL), options.get("-d", "")


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_command_in_the_documentation_exists(path: Path) -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", path.read_text()))

    assert named - set(get_commands()) == set()


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_make_target_in_the_documentation_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:`|^)(?:[A-Z_]+=\S+ )?make ([a-z-]+)", path.read_text(), re.MULTILINE))

    assert named - targets == set()


def test_the_operating_guide_explains_exactly_the_settings_there_are() -> None:
    settings = set(SETTING.findall((ROOT / ".env.example").read_text()))

    assert first_cells(OPERATING, "Settings") == settings


def test_the_operating_guide_explains_exactly_the_alarms_there_are() -> None:
    codes = set(alarm_codes())

    assert len(codes) > 5
    assert first_cells(OPERATING, "What “Needs attention” means") == codes
    assert set(causes.TITLES) == codes


@pytest.mark.django_db
@pytest.mark.parametrize("rules", blocks(RECIPES, "yaml"))
def test_every_example_of_a_rule_can_be_applied(rules: str, tmp_path: Path) -> None:
    file, out = tmp_path / "client.yaml", StringIO()
    file.write_text(CLIENT + rules)

    call_command("apply_client", str(file), check=True, stdout=out)

    assert "+ recipe:" in out.getvalue()


def test_every_field_and_every_change_is_explained() -> None:
    told = set(re.findall(r"`([a-z]+\.[a-z_]+)`", RECIPES.read_text()))

    assert {*FIELDS, *Transition} - told == set()


@pytest.mark.django_db
@override_settings(ALLOW_LOOPBACK_VENDORS=True)
def test_the_client_for_the_sandbox_can_be_applied(tmp_path: Path) -> None:
    file, out = tmp_path / "client.yaml", StringIO()
    file.write_text(*blocks(SANDBOX, "yaml"))

    call_command("apply_client", str(file), check=True, stdout=out)

    assert "connection klaviyo: new" in out.getvalue()


def test_the_example_of_a_recipe_runs(tmp_path: Path) -> None:
    file = tmp_path / "example.py"
    file.write_text(*blocks(ROOT / "docs/adding.md", "python"))
    recipe = cast(Recipe, SimpleNamespace(**runpy.run_path(str(file))))
    values = params.clean(recipe, {"channels": ["email"]})

    (answer,) = recipe.decide(facts(), values)

    assert recipe.sentence(params.clean(recipe, {})).endswith(".")
    assert isinstance(answer, Decision)


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    missing = [
        f"{file.name}#{anchor}"
        for file, anchor in links(path)
        if not file.exists() or (anchor and anchor not in anchors(file))
    ]

    assert missing == []


def test_pictures_are_small_and_shown() -> None:
    pictures = set((ROOT / "docs/images").iterdir())

    assert {file for path in DOCS for file, _ in links(path) if file.suffix == ".png"} == pictures
    assert {path.name for path in pictures if path.stat().st_size > IMAGE_BYTES} == set()


def test_every_example_of_the_control_interface_works_in_the_order_of_the_page() -> None:
    refused = []

    with running() as sandbox:
        for method, path, body in curls():
            answer = requests.request(method, f"{sandbox.url}/_control{path}", data=body.encode(), timeout=10)
            refused += [] if answer.ok else [(method, path, answer.text)]

    assert refused == []


def test_every_verb_and_every_address_of_the_control_interface_has_an_example() -> None:
    shown = {(method, path.partition("?")[0]) for method, path, _ in curls()}
    with running() as sandbox:
        listing = requests.get(f"{sandbox.url}/_control/", timeout=10).json()

    verbs = {f"/{slug}/accounts/shop/do/{verb}" for slug, all in listing["vendors"].items() for verb in all}
    addresses = [line.split(" ") for line in listing["control"]]
    wanted = [
        (method, re.sub("<[a-z]+>", "[^/]+", path.removeprefix("/_control"))) for method, path in addresses
    ]

    assert verbs - {path for _, path in shown} == set()
    assert [
        (method, path)
        for method, path in wanted
        if not any(method == way and re.fullmatch(path, place) for way, place in shown)
    ] == []


def test_no_page_names_a_place_on_somebodys_machine() -> None:
    places = re.compile(r"/(work|tmp|root|home)/")

    assert [path.name for path in DOCS if places.search(path.read_text())] == []
