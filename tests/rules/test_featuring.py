"""By which clue a campaign is taken to feature a product, the surest first."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.types import Campaign, ProductSnapshot, Variant
from rules.featuring import Match, Surety, match, told
from tests.rules.examples import NOW

SHIRT = ProductSnapshot(
    id="8123456",
    source_at=NOW,
    title="Linen shirt",
    handle="linen-shirt",
    variants=(Variant(id="1", sku="LS-RED"),),
)


def campaign(**fields: Any) -> Campaign:
    given = {"id": "01J0A", "name": "July", "channel": "email", "status": "Scheduled", "stage": "waiting"}
    return Campaign(**{**given, **fields})


@pytest.mark.parametrize(
    ("fields", "mapping", "copy", "expected"),
    [
        ({"tags": ("product:ls-red",)}, {}, "", Surety.TAG),
        ({"tags": ("Product: linen-shirt",)}, {}, "", Surety.TAG),
        ({"tags": ("product:8123456",)}, {"LS-RED": ["July"]}, "", Surety.TAG),
        ({"tags": ("product:OTHER",)}, {}, "", None),
        ({}, {"ls-red": ["Other", "july"]}, "", Surety.MAPPING),
        ({}, {"8123456": ["01J0A"]}, "", Surety.MAPPING),
        ({"tags": ("summer",)}, {"linen-shirt": ["Summer"]}, "", Surety.MAPPING),
        ({}, {"OTHER": ["July"]}, "", None),
        ({"texts": ("Our linen shirt is back",)}, {}, "", Surety.TEXT),
        ({"texts": ("Our linen shirts are back",)}, {}, "", None),
        ({}, {}, '<a href="https://shop.test/products/linen-shirt?utm=x">', Surety.TEXT),
        ({}, {}, '<a href="https://shop.test/products/linen-shirt-dress">', None),
        ({}, {}, "<img src='/p/8123456.jpg'>", Surety.TEXT),
        ({}, {}, "LS-RED-XL", None),
        ({"name": "Linen Shirt weekend"}, {}, "", Surety.NAME),
        ({}, {}, "", None),
    ],
)
def test_the_surest_clue_counts(fields, mapping, copy, expected):
    found = match(SHIRT, campaign(**fields), mapping, copy)

    assert (found and found.surety) == expected


def test_the_clue_is_told_with_the_words_that_were_found():
    found = match(SHIRT, campaign(), {}, "see /products/linen-shirt")

    assert found is not None
    assert told(campaign(), found) == "“July” (email): its template says “/linen-shirt”"


def test_short_names_and_missing_ones_are_no_clue():
    sock = ProductSnapshot(id="7", source_at=NOW, title="Sox", variants=(Variant(id="1", sku="S"),))

    assert match(sock, campaign(texts=("Sox S 7",)), {}) is None
    assert match(sock, campaign(tags=("product:7",)), {}) == Match(Surety.TAG, "tagged “product:7”")
