"""When a connection's secret was last replaced, so that an old one can be told of."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("connectors", "0008_webhook_topics")]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="rotated_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
