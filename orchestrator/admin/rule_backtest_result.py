"""What came out of a backtest: numbers, days, ways and people, of one form of a rule or of two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.urls import reverse

from orchestrator.admin import chart, display, places
from orchestrator.models import Backtest, BacktestLine
from orchestrator.record import telling
from rules import zones

PAGE = 50
Part = BacktestLine.Part
ROWS: Mapping[str, str] = {
    "messages": "Messages to customers",
    "customers": "Customers who get one",
    "others": "Tags, notes, alerts and properties",
    "parked": "Waiting for a person’s yes",
    "begun": "Sequences begun",
    "holds_opened": "Holds opened",
    "holds_closed": "Holds closed",
    "holds_open": "Holds still open at the end",
}
COUNTED: Mapping[str, str] = {
    "ways": "Which way was taken",
    "skipped": "Planned, and left out at its time",
    "noes": "Why not",
}


def url(row: Backtest, **asked: str | int) -> str:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    return reverse("admin:rules_rule_backtest", args=[row.rule_id, row.pk]) + (f"?{query}" if query else "")


class Tab(msgspec.Struct, frozen=True):
    """One list of people."""

    label: str
    url: str
    count: int
    is_chosen: bool


def result(row: Backtest, request: HttpRequest) -> dict[str, Any]:
    figures: Sequence[Mapping[str, Any]] = row.result["figures"]
    labels = [row.label, row.other_label][: len(figures)]
    counts: Mapping[str, int] = row.result["lines"]
    return {
        "labels": labels,
        "rows": [
            (told, [each[name] for each in figures])
            for name, told in ROWS.items()
            if any(each[name] for each in figures)
        ],
        "charts": [
            (label, _chart(row, each["per_day"]))
            for label, each in zip(labels, figures, strict=True)
            if each["per_day"]
        ],
        "counted": list(_counted(figures, labels)),
        "discounts": [
            f"{label}: {count} discount {'code' if count == 1 else 'codes'}, "
            f"{cost} {currency} off at most".strip()
            for label, each in zip(labels, figures, strict=True)
            for currency, count, cost in each["discounts"]
        ],
        "alarms": list(dict.fromkeys(told for each in figures for told in each["alarms"])),
        "events": row.result["events"],
        "imported": row.result["imported"],
        **_people(row, request, counts),
    }


def _counted(
    figures: Sequence[Mapping[str, Any]], labels: Sequence[str]
) -> Iterator[tuple[str, list[tuple[str, list[int]]]]]:
    """Each heading with its lines, and how often each was so, form by form."""
    for name, heading in COUNTED.items():
        each = [dict(map(tuple, one[name])) for one in figures]
        lines = dict.fromkeys(told for one in each for told in one)
        if lines:
            yield heading, [(told, [one.get(told, 0) for one in each]) for told in lines]


def _people(row: Backtest, request: HttpRequest, counts: Mapping[str, int]) -> dict[str, Any]:
    parts = (
        [Part.ONLY_FIRST, Part.ONLY_SECOND, Part.DIFFERS] if row.other_label else [Part.WHO, Part.COLLISION]
    )
    asked = request.GET.get("part", "")
    chosen = asked if asked in parts else next((each for each in parts if counts.get(each)), parts[0])
    labels = {Part.ONLY_FIRST: f"Only with {row.label}", Part.ONLY_SECOND: f"Only with {row.other_label}"}
    lines = BacktestLine.objects.filter(backtest=row, part=chosen).order_by("pk")
    pages = Paginator(lines, PAGE)
    pages.count = counts.get(chosen, 0)  # known already
    page = pages.get_page(request.GET.get("page"))
    return {
        "tabs": [
            Tab(str(labels.get(each, each.label)), url(row, part=each), counts.get(each, 0), each == chosen)
            for each in parts
        ],
        "part": chosen,
        "page": page,
        "lines": [
            (
                places.person(row.store_id, each.subject),
                display.when(each.at, row.store.timezone),
                each.told,
                each.branch,
                telling.thing(each.reference),
            )
            for each in page
        ],
    }


def _chart(row: Backtest, per_day: Mapping[str, int]) -> chart.Chart:
    zone: ZoneInfo = zones.named(row.store.timezone) or zones.UTC
    first, last = (each.astimezone(zone).date() for each in (row.since, row.until))
    days: list[date] = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return chart.days([(each, per_day.get(each.isoformat(), 0)) for each in days], "message")
