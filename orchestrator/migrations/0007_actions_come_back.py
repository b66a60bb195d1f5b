"""Actions remember that what they did came back from the vendor."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("orchestrator", "0006_vendorstate_jobs")]

    operations = [
        migrations.AddField("outboxaction", "came_back_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddIndex(
            "outboxaction",
            models.Index(
                condition=Q(came_back_at=None), fields=["store", "reference"], name="outboxaction_to_come_back"
            ),
        ),
    ]
