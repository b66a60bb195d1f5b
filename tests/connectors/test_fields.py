"""What people paste into the field of a secret."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from connectors import registry
from connectors.fields import SecretField


@pytest.mark.parametrize(
    "pasted", ["  pk_1a2b ", "pk_1a2b\n", "pk_\r\n1a2b", "\tpk_1a2b", "\ufeffpk_1a\u200b2b"]
)
def test_what_slips_in_beside_a_secret_is_dropped(pasted: str) -> None:
    assert SecretField().clean(pasted) == "pk_1a2b"


@pytest.mark.parametrize("pasted", ["pk 1a2b", "Key: pk_1a2b", "pk_1ä2b"])
def test_what_may_be_something_else_is_told(pasted: str) -> None:
    with pytest.raises(ValidationError, match="copy the value alone"):
        SecretField().clean(pasted)


def test_every_vendor_says_where_its_keys_are() -> None:
    places = {slug: kind.keys_at for slug, kind in registry.all_vendors().items()}

    assert [slug for slug, place in places.items() if not place.startswith("https://")] == []
