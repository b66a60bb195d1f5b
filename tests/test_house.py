"""The rules of the house: sizes, names, twins, and settings that are all explained."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from hypothesis import settings as stories

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("orchestrator", "rules", "connectors", "assessment")
LONGEST_FILE, LONGEST_FUNCTION = 300, 40
BANNED = {"utils", "helpers", "misc", "common", "manager", "services"}
PROMISES_FOR_LATER = re.compile(r"\b(TO" + "DO|FIX" + "ME|XX" + r"X)\b")
FREE_FOLDERS = {"browser", "chaos", "journeys"}  # tests that follow a story, not a module
SETTING = re.compile(r"^#? ?([A-Z][A-Z_]+)=", re.MULTILINE)
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


def sources() -> Iterator[Path]:
    """Every Python file that people write."""
    for folder in (*PACKAGES, "tests", "bench", ".ci"):
        yield from (path for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts)
    yield from ROOT.glob("*.py")


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def functions() -> list[tuple[Path, FunctionNode]]:
    return [
        (path, node)
        for path in sources()
        for node in statements(parsed(path))
        if isinstance(node, FunctionNode)
    ]


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """All below it; what an expression holds is none."""
    for inner in ast.iter_child_nodes(node):
        if not isinstance(inner, ast.expr):
            yield inner
            yield from statements(inner)


def told(path: Path, line: int | None = None) -> str:
    return f"{path.relative_to(ROOT)}:{line}" if line else str(path.relative_to(ROOT))


def test_files_can_be_read_in_one_sitting() -> None:
    lengths = {told(path): len(path.read_text().splitlines()) for path in sources()}

    assert len(lengths) > 100
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_functions_are_short() -> None:
    lengths = {
        told(path, node.lineno): (node.end_lineno or 0) - node.lineno + 1 for path, node in functions()
    }

    assert {where: lines for where, lines in lengths.items() if lines > LONGEST_FUNCTION} == {}


def test_names_say_what_is_inside() -> None:
    assert [told(path) for path in sources() if path.stem in BANNED] == []


def test_modules_begin_with_a_sentence_that_says_what_they_are() -> None:
    trees = [(path, parsed(path)) for path in sources()]

    assert [told(path) for path, tree in trees if tree.body and not ast.get_docstring(tree)] == []


def test_imports_stand_at_the_top() -> None:
    """AppConfig.ready is the one place where Django leaves no other way."""
    late = [
        told(path, inner.lineno)
        for path, node in functions()
        if (path.name, node.name) != ("apps.py", "ready")
        for inner in statements(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]

    assert late == []


def test_nothing_is_promised_for_later() -> None:
    assert [told(path) for path in sources() if PROMISES_FOR_LATER.search(path.read_text())] == []


def test_tests_stand_where_what_they_test_stands() -> None:
    folders = {path.parent.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py")}
    mirrors = {place for place in folders if not FREE_FOLDERS & set(place.parts)}

    assert [
        place
        for place in mirrors
        if not ((ROOT / place).is_dir() or (ROOT / place).with_suffix(".py").exists())
    ] == []


def test_no_story_fails_because_the_machine_is_busy() -> None:
    assert stories.default is not None
    assert stories.default.deadline is None


def test_every_vendor_has_its_fake() -> None:
    vendors, fakes = names(ROOT / "connectors/vendors"), names(ROOT / "connectors/sandbox")

    assert vendors
    assert vendors <= fakes


def test_every_setting_is_explained_and_every_explained_one_is_read() -> None:
    explained = set(SETTING.findall((ROOT / ".env.example").read_text()))

    assert explained == set(settings_read())


def settings_read() -> Iterator[str]:
    """What settings.py asks of the environment: ``env.flag("NAME", …)``."""
    for node in ast.walk(ast.parse((ROOT / "orchestrator/settings.py").read_text())):
        match node:
            case ast.Call(ast.Attribute(ast.Name("env")), [ast.Constant(str(name)), *_]):
                yield name


def names(folder: Path) -> set[str]:
    """Modules and packages in ``folder``."""
    return {path.stem for path in folder.iterdir() if path.suffix == ".py" or path.is_dir()} - {
        "__init__",
        "__pycache__",
    }
