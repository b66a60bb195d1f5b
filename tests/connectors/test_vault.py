"""Credentials at rest open only where they belong, and only with our keys."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from connectors import vault

PLACE = "1:klaviyo:private_key"
OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


def test_what_is_sealed_opens_at_its_place_and_shows_nothing():
    token = vault.seal("pk_s3cret", PLACE)

    assert vault.unseal(token, PLACE) == "pk_s3cret"
    assert "s3cret" not in token


def test_it_does_not_open_anywhere_else():
    token = vault.seal("pk_s3cret", PLACE)

    with pytest.raises(vault.Unreadable, match="another connection"):
        vault.unseal(token, "2:klaviyo:private_key")


@pytest.mark.parametrize("token", ["", "nonsense", "gAAAAA", "κλειδί"])
def test_what_was_never_sealed_does_not_open(token):
    with pytest.raises(vault.Unreadable):
        vault.unseal(token, PLACE)
    with pytest.raises(vault.Unreadable):
        vault.rotate(token)


def test_an_older_key_still_opens_and_rotating_needs_it_once_more(settings):
    settings.CREDENTIAL_KEYS = [OLD]
    token = vault.seal("pk_s3cret", PLACE)
    settings.CREDENTIAL_KEYS = [NEW, OLD]
    assert vault.unseal(token, PLACE) == "pk_s3cret"

    rotated = vault.rotate(token)

    settings.CREDENTIAL_KEYS = [NEW]
    assert vault.unseal(rotated, PLACE) == "pk_s3cret"
    with pytest.raises(vault.Unreadable):
        vault.unseal(token, PLACE)
