"""Whether a hold was ever confirmed is found without a walk through the log."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orchestrator", "0037_reorders_by_state")]

    operations = [
        migrations.AddIndex(
            model_name="runlogentry",
            index=models.Index(
                fields=["store", "trace"],
                condition=models.Q(code__in=("hold_applied", "campaign_reverted")),
                name="runlog_of_confirmed",
            ),
        ),
    ]
