"""A visitor's browser without pixels, and attempts at every stage."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.assessment.visits import Visit


@pytest.fixture
def visit(db: None) -> Visit:
    return Visit(Client())
