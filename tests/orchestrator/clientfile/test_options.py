"""What things are called in an account, in a client file: taken, changed, taken back, written out again."""

from __future__ import annotations

import pytest

from connectors.models import Connection, Store
from orchestrator.clientfile import export
from tests.orchestrator.clientfile.files import FULL, KLAVIYO, applied, problems

pytestmark = pytest.mark.django_db


def with_options(options: str) -> str:
    return FULL.replace(KLAVIYO, f"{KLAVIYO}    options: {options}\n")


def options() -> dict[str, str]:
    return dict(Connection.objects.get(vendor="klaviyo").options)


def test_they_are_taken_changed_and_taken_back():
    applied(with_options("{viewed_product_metric: Seen}"))
    first = options()
    again = applied(with_options("{viewed_product_metric: Seen}"))
    told = applied(with_options("{viewed_product_metric: Looked (API)}")).told()
    left = applied(FULL)
    kept = options()
    applied(with_options('{viewed_product_metric: ""}'))

    assert (first, kept, options()) == (
        {"viewed_product_metric": "Seen"},
        {"viewed_product_metric": "Looked (API)"},
        {},
    )
    assert not again.is_change
    assert not left.is_change
    assert "~ viewed_product_metric: Seen → Looked (API)" in told


def test_an_export_makes_the_same_again():
    applied(with_options("{viewed_product_metric: Seen}"))

    text = export.text(Store.objects.get())

    assert "    options:\n      viewed_product_metric: Seen\n" in text
    assert not applied(text).is_change


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("{viewed: Seen}", "There is no key “viewed” in the options of klaviyo"),
        ("{viewed_product_metric: 7}", "viewed_product_metric: YAML reads 7 as a number"),
        ("Seen", "The options of klaviyo has to be names and values, not a text."),
    ],
)
def test_what_is_wrong_is_told_at_its_line(given, sentence):
    (told,) = problems(with_options(given))

    assert sentence in told
    assert told.startswith("7: ")


def test_a_tool_without_options_takes_none():
    text = FULL.replace(KLAVIYO, "    options: {viewed_product_metric: Seen}\n" + KLAVIYO)

    assert "in the options of gorgias" in problems(text)[0]
