"""Exports of the run log that are written in the background, and their parts."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connectors', '0009_rotated_at'),
        ('orchestrator', '0031_backtests'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ExportJob',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked_at', models.DateTimeField()),
                ('told', models.CharField(max_length=300)),
                ('conditions', models.JSONField()),
                ('stores', models.JSONField(null=True)),
                ('since', models.DateTimeField(blank=True, null=True)),
                ('until', models.DateTimeField()),
                ('begins_at', models.DateTimeField(blank=True, null=True)),
                ('last_at', models.DateTimeField(blank=True, null=True)),
                ('last_id', models.BigIntegerField(default=0)),
                ('parts_count', models.PositiveIntegerField(default=0)),
                ('lines', models.PositiveBigIntegerField(default=0)),
                ('size', models.PositiveBigIntegerField(default=0)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='exports', to=settings.AUTH_USER_MODEL)),
                ('store', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='exports', to='connectors.store')),
            ],
            options={
                'verbose_name': 'export',
            },
        ),
        migrations.CreateModel(
            name='ExportPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('packed', models.BinaryField()),
                ('job', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='orchestrator.exportjob')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('job', 'number'), name='exportpart_once_per_number')],
            },
        ),
    ]
