"""A client's next step is found by an index, however many steps wait."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orchestrator", "0026_roles")]

    operations = [
        migrations.AddIndex(
            model_name="enrolment",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)),
                fields=["store", "due_at"],
                name="enrolment_next",
            ),
        ),
    ]
