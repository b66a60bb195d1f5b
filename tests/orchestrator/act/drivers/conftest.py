"""Jobs are through at once and nothing is throttled, unless a test says otherwise."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.orchestrator.act.conftest import Shop


@pytest.fixture
def quick(shop: Shop) -> Iterator[None]:
    shop.control("POST", "limits", {"job_seconds": 0, "on": False})
    yield
    shop.control("POST", "limits", {"job_seconds": 2, "on": True})


@pytest.fixture
def sale(shop: Shop) -> str:
    """A draft for everybody on the list “News”."""
    lists = [{"name": "News", "members": ["ana@shop.test"]}]
    draft = {"name": "Sale", "subject": "Sale", "audiences": {"included": ["News"]}, "tags": ["product:7"]}
    seed = {"lists": lists, "campaigns": [draft]}
    answer = shop.control("PUT", f"klaviyo/accounts/{shop.slug}", {"seed": seed})
    return str(answer["seeded"]["campaigns"][0])
