"""How many lines an export will have: its progress is told by them."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orchestrator', '0034_blueprints'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='exportjob',
            name='begins_at',
        ),
        migrations.AddField(
            model_name='exportjob',
            name='total',
            field=models.PositiveBigIntegerField(blank=True, null=True),
        ),
    ]
