"""Who knows of an alarm, since when, and for how long it is quiet."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orchestrator", "0027_enrolment_next")]

    operations = [
        migrations.AddField(
            model_name="attention",
            name="acknowledged_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="attention",
            name="acknowledged_by",
            field=models.CharField(blank=True, max_length=150),
        ),
        migrations.AddField(
            model_name="attention",
            name="snoozed_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="attention",
            constraint=models.CheckConstraint(
                condition=models.Q(("snoozed_until", None), ("acknowledged_at__isnull", False), _connector="OR"),
                name="attention_is_snoozed_by_somebody",
            ),
        ),
    ]
