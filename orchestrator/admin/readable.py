"""Facts as people read them: tables and words instead of JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from orchestrator.record import telling
from rules import reasons

DEEPEST = 6
LABELS = {"noes": "Rules that said no", "seen": "Values seen"}
CODE = re.compile(r"[a-z]+(_[a-z]+)+")  # stable codes are read as words
LONGEST = 20_000  # characters of a text


def facts(value: Any, depth: int = 0) -> SafeString | str:
    """Mappings become tables, lists of mappings tables with columns, everything else words."""
    if isinstance(value, Mapping | list | tuple) and depth == DEEPEST:
        return "…"
    if isinstance(value, Mapping) and value:
        lines = [(label(name), facts(each, depth + 1)) for name, each in value.items()]
        rows = format_html_join("", '<tr><th scope="row">{}</th><td>{}</td></tr>', lines)
        return format_html('<table class="facts">{}</table>', rows)
    if isinstance(value, list | tuple) and value:
        if all(isinstance(each, Mapping) and "passed" in each for each in value):
            return format_html_join(mark_safe("<br>"), "{}", [(telling.condition(each),) for each in value])
        if all(isinstance(each, Mapping) for each in value):
            return _columns(value, depth)
        return format_html_join(", ", "{}", [(facts(each, depth + 1),) for each in value])
    return words(value)


def body(raw: bytes) -> SafeString:
    """What came, readable first, as it came on a second click."""
    try:
        shown = facts(json.loads(raw))
    except (ValueError, RecursionError):
        shown = "This is not JSON."
    text = raw.decode("utf-8", "replace")[:LONGEST]
    return format_html("{}<details><summary>As it came</summary><pre>{}</pre></details>", shown, text)


def words(value: Any) -> str:
    if value is None or value in ("", [], {}, ()):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)[:LONGEST]
    if telling.MOMENT.fullmatch(text):
        return f"{text[:10]} {text[11:19]} UTC"
    return reasons.told(text) if CODE.fullmatch(text) else text


def label(name: object) -> str:
    text = LABELS.get(str(name)) or str(name).replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def _columns(rows: list[Any] | tuple[Any, ...], depth: int) -> SafeString:
    names = list(dict.fromkeys(name for row in rows for name in row))
    head = format_html_join("", '<th scope="col">{}</th>', [(label(name),) for name in names])
    body = format_html_join(
        "",
        "<tr>{}</tr>",
        [
            (format_html_join("", "<td>{}</td>", [(facts(row.get(name), depth + 1),) for name in names]),)
            for row in rows
        ],
    )
    return format_html('<table class="facts"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>', head, body)
