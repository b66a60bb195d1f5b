"""Walks the public pages as a person does, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.test import Client

from assessment.models import Assessment
from assessment.sets import CURRENT

PROFILE = {
    "platform": "shopify",
    "store_name": "North Ridge Outfitters",
    "revenue": "2,000,000",
    "revenue_kind": "started",
    "currency": "usd",
    "country": "United States",
    "team_size": "3-5",
    "tools": ["klaviyo", "gorgias"],
    "other_tools": "",
}
SLUGS = [each.slug for each in CURRENT.questions]
GROUPS = [each.slug for each in CURRENT.groups]


def answers(*yes: str, unsure: tuple[str, ...] = ()) -> dict[str, str]:
    return {slug: "yes" if slug in yes else "unsure" if slug in unsure else "no" for slug in SLUGS}


def body(answer: Any) -> str:
    return str(answer.content.decode())


class Visit:
    """One person with one browser."""

    def __init__(self, client: Client, start: str = "/assessment/") -> None:
        self.client = client
        self.start = start
        self.home = ""  # the private link

    @property
    def row(self) -> Assessment:
        return Assessment.objects.latest("pk")

    def begin(self) -> None:
        answer = self.client.post(self.start)
        assert answer.status_code == 302, answer.status_code
        self.home = answer["Location"].removesuffix("profile/")

    def get(self, page: str = "", **query: Any) -> Any:
        return self.client.get(self.home + page, query)

    def post(self, page: str, **fields: Any) -> Any:
        return self.client.post(self.home + page, fields)

    def profile(self, **changed: Any) -> Any:
        return self.post("profile/", **{**PROFILE, **changed})

    def group(self, slug: str, given: Mapping[str, str]) -> Any:
        mine = {each.slug: given[each.slug] for each in CURRENT.of(slug) if each.slug in given}
        return self.post(f"questions/{slug}/", **mine)

    def finish(self, given: Mapping[str, str] | None = None, **profile: Any) -> HttpResponse:
        """All the way; answers with the result page."""
        self.begin()
        self.profile(**profile)
        for slug in GROUPS:
            answer = self.group(slug, answers("ticket_hold", "cross_tool") if given is None else given)
        assert urlsplit(answer["Location"]).path == self.home + "result/", answer["Location"]
        page: HttpResponse = self.get("result/")
        return page
