"""What is to be reordered is found by its state, however many falls of the stock are long over."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orchestrator", "0036_shadow_rows")]

    operations = [
        migrations.AddIndex(
            model_name="reorderdraft",
            index=models.Index(fields=["state", "opened_at", "id"], name="reorderdraft_by_state"),
        ),
    ]
