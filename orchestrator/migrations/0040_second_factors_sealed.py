"""Second factors that were set up already are sealed; the tables where their keys stood readable go.

Those tables are django-otp's own. They are there where an earlier release was installed.
"""

from __future__ import annotations

import json
from typing import Any

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from connectors import vault


def _old(name: str, table: str, fields: dict[str, models.Field[Any, Any]]) -> migrations.CreateModel:
    """Known to this migration only."""
    return migrations.CreateModel(
        name=name,
        fields=[("id", models.AutoField(primary_key=True)), *fields.items()],
        options={"managed": False, "db_table": table},
    )


def move(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    App, Sheet, Code = (apps.get_model("orchestrator", name) for name in ("OldApp", "OldSheet", "OldCode"))
    SecondFactor = apps.get_model("orchestrator", "SecondFactor")
    there = schema_editor.connection.introspection.table_names()
    if App._meta.db_table not in there:
        return
    for app in App.objects.filter(confirmed=True).order_by("id"):
        sheets = Sheet.objects.filter(user_id=app.user_id, confirmed=True).values("id")
        backups = Code.objects.filter(device_id__in=sheets).order_by("id").values_list("token", flat=True)
        kept = json.dumps({"key": app.key, "backups": list(backups)})
        known = {"last_step": app.last_t, "drift": app.drift}
        if app.created_at:
            known["since"] = app.created_at
        SecondFactor.objects.get_or_create(
            user_id=app.user_id,
            defaults={"sealed": vault.seal(kept, f"second factor of {app.user_id}"), **known},
        )
    for model in (Code, Sheet, App):
        schema_editor.delete_model(model)


class Migration(migrations.Migration):
    dependencies = [("orchestrator", "0039_second_factor")]

    operations = [
        _old(
            "OldApp",
            "otp_totp_totpdevice",
            {
                "user_id": models.BigIntegerField(),
                "confirmed": models.BooleanField(),
                "key": models.CharField(max_length=80),
                "last_t": models.BigIntegerField(),
                "drift": models.SmallIntegerField(),
                "created_at": models.DateTimeField(null=True),
            },
        ),
        _old(
            "OldSheet",
            "otp_static_staticdevice",
            {"user_id": models.BigIntegerField(), "confirmed": models.BooleanField()},
        ),
        _old(
            "OldCode",
            "otp_static_statictoken",
            {"device_id": models.BigIntegerField(), "token": models.CharField(max_length=16)},
        ),
        migrations.RunPython(move, migrations.RunPython.noop),
        migrations.DeleteModel("OldApp"),
        migrations.DeleteModel("OldSheet"),
        migrations.DeleteModel("OldCode"),
    ]
