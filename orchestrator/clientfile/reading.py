"""Reads YAML strictly: every value knows its line and how it was written, nothing is guessed."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import msgspec
import yaml

from orchestrator.clientfile.problems import ClientFileError, Problem, Problems, clipped

LARGEST = 200_000  # bytes; a client file has a few thousand
DEEPEST = 30
_TAG = "tag:yaml.org,2002:"
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")


class Unclear(msgspec.Struct, frozen=True):
    """Written without quotes, YAML makes something else of it: ``meaning``."""

    meaning: str


class Told(msgspec.Struct, frozen=True):
    """What stood here is already among the problems."""


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A value of the file. Inside a mapping ``line`` is that of the key."""

    line: int
    value: Any  # None, bool, int, float, str, Unclear, Told, list[Node] or dict[str, Node]
    written: str = ""


def read(data: bytes, problems: Problems) -> Node:
    """Raises ClientFileError when the file cannot be read at all; smaller faults go to ``problems``."""
    text = _text(data)
    loader = _Loader(text, problems)
    try:
        found = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        raise _fatal(*_syntax(error)) from None
    except (ValueError, OverflowError):
        raise _fatal(loader.line + 1, "This line holds an escape that is no character.") from None
    finally:
        loader.dispose()
    if found is None:
        raise _fatal(None, "The file is empty; it needs at least “store: {slug: …}”.")
    return _node(found, found.start_mark.line + 1, problems)


def plain(node: Node, problems: Problems) -> Any:
    """The value as JSON knows it; what is not clear goes to ``problems``."""
    value = node.value
    if isinstance(value, dict):
        return {key: plain(each, problems) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each, problems) for each in value]
    if isinstance(value, Unclear):
        problems.add(node.line, quotes_needed(node))
    return None if isinstance(value, Unclear | Told) else value


def quotes_needed(node: Node) -> str:
    shown = clipped(node.written)
    return f'YAML reads {shown} as {kind(node)}; if you mean the text, put it in quotes: "{shown}".'


def kind(node: Node) -> str:
    """What a value is, in words."""
    value = node.value
    if isinstance(value, Unclear):
        return value.meaning
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    names = {int: "a number", float: "a number", str: "a text", list: "a list", dict: "names and values"}
    return names[type(value)]


class _Loader(yaml.SafeLoader):
    """Composes nodes only. Aliases are refused, so a small file cannot grow into a huge one."""

    def __init__(self, text: str, problems: Problems) -> None:
        super().__init__(text)
        self.problems = problems
        self.depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        events: Any = self  # the parser half of this class, which has no types
        if events.check_event(yaml.AliasEvent):
            event = events.get_event()
            line = event.start_mark.line + 1
            self.problems.add(line, "References (*name) are not supported; write the value out.")
            return yaml.ScalarNode("!told", "", event.start_mark, event.end_mark)
        if self.depth >= DEEPEST:
            line = events.peek_event().start_mark.line + 1
            raise _fatal(line, f"The values are nested deeper than {DEEPEST} levels.")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _text(data: bytes) -> str:
    if len(data) > LARGEST:
        raise _fatal(None, f"The file is larger than {LARGEST:,} bytes; a client file is a few thousand.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _fatal(line, "This line is not UTF-8 text; save the file as UTF-8.") from None
    if found := yaml.reader.Reader.NON_PRINTABLE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise _fatal(line, "This line holds a control character; remove it.")
    return text


def _fatal(line: int | None, sentence: str) -> ClientFileError:
    return ClientFileError([Problem(line, sentence)])


def _syntax(error: yaml.MarkedYAMLError) -> tuple[int | None, str]:
    mark = error.problem_mark or error.context_mark
    told = [part for part in (error.context, error.problem) if part]
    if error.context_mark and mark and error.context_mark.line != mark.line:
        told[0] += f" (which begins at line {error.context_mark.line + 1})"
    return mark.line + 1 if mark else None, f"This is not YAML: {clipped(', '.join(told), 200)}."


def _node(found: yaml.Node, line: int, problems: Problems) -> Node:
    if isinstance(found, yaml.MappingNode) and found.tag == f"{_TAG}map":
        return Node(line=line, value=_mapping(found, problems))
    if isinstance(found, yaml.SequenceNode) and found.tag == f"{_TAG}seq":
        items = [_node(each, each.start_mark.line + 1, problems) for each in found.value]
        return Node(line=line, value=items)
    if isinstance(found, yaml.ScalarNode):
        return _scalar(found, line, problems)
    problems.add(line, f"The tag {clipped(found.tag)} is not supported; leave it out.")
    return Node(line=line, value=Told())


def _mapping(found: yaml.MappingNode, problems: Problems) -> dict[str, Node]:
    values: dict[str, Node] = {}
    for key, value in found.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            problems.add(line, "A key has to be a plain word, not a list or a mapping.")
            continue
        node = _node(value, line, problems)
        if key.tag == "!told":
            continue
        if _unstorable(key.value):
            problems.add(line, "This key holds a character that cannot be stored.")
        elif key.value in values:
            first = values[key.value].line
            problems.add(line, f"“{clipped(key.value)}” stands here twice; the first is at line {first}.")
        else:
            values[key.value] = node
    return values


def _scalar(found: yaml.ScalarNode, line: int, problems: Problems) -> Node:
    written = str(found.value)
    if found.tag == "!told":
        return Node(line=line, value=Told())
    if _unstorable(written):
        problems.add(line, "This value holds a character that cannot be stored (NUL or half a character).")
        return Node(line=line, value=Told())
    read_as = _KINDS.get(found.tag.removeprefix(_TAG))
    if read_as is None:
        problems.add(line, f"The tag {clipped(found.tag)} is not supported; leave it out.")
        return Node(line=line, value=Told())
    return Node(line=line, value=read_as(written), written=written)


def _unstorable(text: str) -> bool:
    return "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text)


def _bool(written: str) -> bool | Unclear:
    """YAML also takes yes, no, on and off; people mean those as often as words."""
    if written.lower() in {"true", "false"}:
        return written.lower() == "true"
    return Unclear("true" if written.lower() in {"yes", "on"} else "false")


def _int(written: str) -> int | str | Unclear:
    if _WHOLE.fullmatch(written):
        return int(written)
    return written if ":" in written else Unclear("a number")


def _float(written: str) -> float | str | Unclear:
    if _DECIMAL.fullmatch(written) and math.isfinite(float(written)):
        return float(written)
    return written if ":" in written else Unclear("a number")


# Dates and times of day stay the texts they were written as: that is what forms take.
_KINDS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "timestamp": str,
    "null": lambda _: None,
    "bool": _bool,
    "int": _int,
    "float": _float,
    "value": str,  # a lone "="
    "merge": str,  # a lone "<<"
}
