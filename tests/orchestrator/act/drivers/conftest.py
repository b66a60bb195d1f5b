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
