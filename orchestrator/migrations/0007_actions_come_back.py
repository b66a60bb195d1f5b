"""Actions remember that what they did came back from the vendor."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("orchestrator", "0006_vendorstate_jobs")]

    operations = [
        migrations.AddField(
            "outboxaction",
            "target",
            models.CharField(blank=True, default="", max_length=150),
            preserve_default=False,
        ),
        migrations.AddField("outboxaction", "came_back_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddIndex(
            "outboxaction",
            models.Index(
                condition=Q(came_back_at=None) & ~Q(target=""),
                fields=["store", "target"],
                name="outboxaction_to_come_back",
            ),
        ),
    ]
