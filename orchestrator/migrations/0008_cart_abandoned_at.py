"""Carts remember that they were told to be abandoned."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orchestrator", "0007_actions_come_back")]

    operations = [
        migrations.AddField("cart", "abandoned_at", models.DateTimeField(blank=True, null=True)),
    ]
