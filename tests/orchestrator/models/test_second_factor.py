"""Second factors of an earlier release go on working, and are not readable any more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import CreateModel
from django_otp.oath import totp

from orchestrator.models import SecondFactor

pytestmark = pytest.mark.django_db(transaction=True)
KEY, AT = "31" * 20, datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
sealing: Any = import_module("orchestrator.migrations.0040_second_factors_sealed")


@pytest.fixture
def old() -> Iterator[Any]:
    """The apps of that migration, with the tables that django-otp had made."""
    state = MigrationLoader(connection).project_state(("orchestrator", "0039_second_factor"))
    for operation in sealing.Migration.operations:
        if isinstance(operation, CreateModel):
            operation.state_forwards("orchestrator", state)
    models = [state.apps.get_model("orchestrator", name) for name in ("OldApp", "OldSheet", "OldCode")]
    with connection.schema_editor() as editor:
        for model in models:
            editor.create_model(model)
    yield state.apps
    left = [model for model in models if model._meta.db_table in connection.introspection.table_names()]
    with connection.schema_editor() as editor:
        for model in left:
            editor.delete_model(model)


def migrate(apps: Any) -> None:
    with connection.schema_editor(atomic=True) as editor:
        sealing.move(apps, editor)


def test_the_app_and_the_backup_codes_go_on_working(old: Any) -> None:
    ada = User.objects.create_user("ada")
    old.get_model("orchestrator", "OldApp").objects.create(
        user_id=ada.pk, confirmed=True, key=KEY, last_t=-1, drift=0, created_at=AT
    )
    sheet = old.get_model("orchestrator", "OldSheet").objects.create(user_id=ada.pk, confirmed=True)
    old.get_model("orchestrator", "OldCode").objects.create(device_id=sheet.pk, token="abcd2345")

    migrate(old)

    factor = SecondFactor.objects.get(user=ada)
    assert factor.since == AT
    assert KEY not in factor.sealed
    assert factor.verify_token(f"{totp(bytes.fromhex(KEY)):06d}")
    assert factor.verify_token("abcd2345")
    assert not factor.verify_token("abcd2345")
    assert not {"otp_totp_totpdevice", "otp_static_statictoken"} & set(connection.introspection.table_names())


def test_one_that_was_never_confirmed_does_not_come_along(old: Any) -> None:
    ada = User.objects.create_user("ada")
    old.get_model("orchestrator", "OldApp").objects.create(
        user_id=ada.pk, confirmed=False, key=KEY, last_t=-1, drift=0, created_at=AT
    )

    migrate(old)

    assert not SecondFactor.objects.exists()
