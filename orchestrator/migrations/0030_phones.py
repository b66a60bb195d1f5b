"""A telephone number finds its people by an index."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orchestrator", "0029_acknowledged_alarms")]

    operations = [
        migrations.AddField(
            model_name="customerrecord",
            name="phone",
            field=models.CharField(blank=True, default="", max_length=16),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="customerrecord",
            index=models.Index(fields=["phone", "store"], name="record_of_phone"),
        ),
    ]
