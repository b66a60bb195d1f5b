"""What the console's templates need beyond Django's own tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst

from orchestrator.admin import display

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>',
        static("orchestrator/icons.svg"),
        name,
    )


@register.filter
def when(at: datetime | None, zone: str = "UTC") -> SafeString | str:
    return display.when(at, zone)


@register.filter
def labelled(cells: Iterable[SafeString], headers: Iterable[dict[str, Any]]) -> Iterator[SafeString]:
    """Cells of a list with the name of their column, for phones, where a row becomes a card."""
    for cell, header in zip(cells, headers, strict=False):
        name = escape(capfirst(str(header["text"]).strip())) if "action-checkbox" not in cell else ""
        place = cell.index(" class=")
        yield mark_safe(f'{cell[:place]} data-label="{name}"{cell[place:]}')  # noqa: S308  # escaped above


@register.filter
def tone(value: str) -> str:
    """The colour of a state."""
    return display.TONES.get(value, "muted")
