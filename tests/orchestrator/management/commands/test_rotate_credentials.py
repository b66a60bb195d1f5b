"""Every stored credential moves under the newest key; what cannot is named."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from connectors import vault
from connectors.models import Connection, Store
from orchestrator.models import SecondFactor
from orchestrator.models.second_factor import Kept

OLD, NEW, LOST = (Fernet.generate_key().decode() for _ in range(3))

pytestmark = pytest.mark.django_db


def connection(slug: str) -> Connection:
    store = Store.objects.create(slug=slug, name=slug, platform="shopify")
    made = Connection(store=store, vendor="klaviyo")
    made.seal({"private_key": f"pk_{slug}"})
    made.save()
    return made


def second_factor(name: str) -> SecondFactor:
    made = SecondFactor(user=User.objects.create_user(name))
    made.keep(Kept("ab" * 20, ["code"]))
    made.save()
    return made


def rotate() -> str:
    out = StringIO()
    call_command("rotate_credentials", stdout=out)
    return out.getvalue()


def test_afterwards_the_old_key_is_not_needed_any_more(settings: Any):
    settings.CREDENTIAL_KEYS = [OLD]
    rows = [connection("north-ridge"), connection("harbor-pine")]
    settings.CREDENTIAL_KEYS = [NEW, OLD]

    said = rotate()

    settings.CREDENTIAL_KEYS = [NEW]
    assert said == "2 stored credentials are now under the newest key.\n"
    for row in rows:
        row.refresh_from_db()
        assert row.credentials() == {"private_key": f"pk_{row.store.slug}"}


def test_what_does_not_open_is_named_and_the_others_are_rotated_all_the_same(settings: Any):
    settings.CREDENTIAL_KEYS = [LOST]
    lost = connection("north-ridge")
    settings.CREDENTIAL_KEYS = [OLD]
    kept = connection("harbor-pine")
    settings.CREDENTIAL_KEYS = [NEW, OLD]

    with pytest.raises(CommandError, match="north-ridge, klaviyo, private_key") as caught:
        rotate()

    before = lost.sealed
    lost.refresh_from_db()
    kept.refresh_from_db()
    settings.CREDENTIAL_KEYS = [NEW]
    assert caught.value.returncode == 1
    assert lost.sealed == before
    assert kept.credentials() == {"private_key": "pk_harbor-pine"}


def test_other_columns_stay_as_they_are(settings: Any):
    settings.CREDENTIAL_KEYS = [OLD]
    row = connection("north-ridge")
    before: dict[str, Any] = dict(Connection.objects.values().get(pk=row.pk))
    settings.CREDENTIAL_KEYS = [NEW, OLD]

    rotate()

    after: dict[str, Any] = dict(Connection.objects.values().get(pk=row.pk))
    assert {name for name in before if before[name] != after[name]} == {"sealed"}


def test_what_credentials_were_exchanged_for_is_written_anew_too(settings: Any):
    settings.CREDENTIAL_KEYS = [OLD]
    row = connection("north-ridge")
    row.renewed = {"access_token": vault.seal("shpat_1", "place")}
    row.save()
    settings.CREDENTIAL_KEYS = [NEW, OLD]

    rotate()

    row.refresh_from_db()
    settings.CREDENTIAL_KEYS = [NEW]
    assert vault.unseal(row.renewed["access_token"], "place") == "shpat_1"


def test_second_factors_move_too_and_one_that_does_not_open_is_named(settings: Any):
    settings.CREDENTIAL_KEYS = [LOST]
    second_factor("ada")
    settings.CREDENTIAL_KEYS = [OLD]
    kept = second_factor("ben")
    settings.CREDENTIAL_KEYS = [NEW, OLD]

    with pytest.raises(CommandError, match=r"1 cannot be opened .* second factor of ada"):
        rotate()

    kept.refresh_from_db()
    settings.CREDENTIAL_KEYS = [NEW]
    assert kept.opened() == Kept("ab" * 20, ["code"])
