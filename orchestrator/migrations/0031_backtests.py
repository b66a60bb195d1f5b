"""Backtests: what was asked for, how far each is, and what came out."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connectors', '0008_webhook_topics'),
        ('orchestrator', '0031_phones_of_known_records'),
        ('rules', '0002_limits'),
    ]

    operations = [
        migrations.CreateModel(
            name='Backtest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('label', models.CharField(max_length=60)),
                ('params', models.JSONField()),
                ('other_label', models.CharField(blank=True, max_length=60)),
                ('other_params', models.JSONField(blank=True, null=True)),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('asked_by', models.CharField(max_length=150)),
                ('asked_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('waiting', 'Waiting to begin'), ('running', 'Under way'), ('done', 'Done'), ('cancelled', 'Cancelled'), ('failed', 'Ended early')], default='waiting', max_length=10)),
                ('is_cancelled', models.BooleanField(default=False)),
                ('heard', models.PositiveIntegerField(default=0)),
                ('total', models.PositiveIntegerField(blank=True, null=True)),
                ('reached_at', models.DateTimeField(blank=True, null=True)),
                ('known_since', models.DateTimeField(blank=True, null=True)),
                ('result', models.JSONField(blank=True, default=dict)),
                ('told', models.CharField(blank=True, max_length=500)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('lease_token', models.CharField(blank=True, max_length=32)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('expires_at', models.DateTimeField()),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='backtests', to='rules.rule')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='backtests', to='connectors.store')),
            ],
        ),
        migrations.CreateModel(
            name='BacktestLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('part', models.CharField(choices=[('who', 'Who, and what'), ('collision', 'Met by other rules'), ('only_first', 'Only with the first'), ('only_second', 'Only with the second'), ('differs', 'With both, but otherwise')], max_length=12)),
                ('at', models.DateTimeField()),
                ('subject', models.CharField(blank=True, max_length=254)),
                ('reference', models.CharField(blank=True, max_length=150)),
                ('told', models.CharField(max_length=500)),
                ('branch', models.CharField(blank=True, max_length=300)),
                ('backtest', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='orchestrator.backtest')),
            ],
        ),
        migrations.AddIndex(
            model_name='backtest',
            index=models.Index(condition=models.Q(('finished_at', None)), fields=['id'], name='backtest_unfinished'),
        ),
        migrations.AddIndex(
            model_name='backtest',
            index=models.Index(fields=['expires_at'], name='backtest_over'),
        ),
        migrations.AddIndex(
            model_name='backtestline',
            index=models.Index(fields=['backtest', 'part', 'id'], name='backtestline_of_part'),
        ),
        migrations.AddIndex(
            model_name='backtestline',
            index=models.Index(fields=['subject', 'backtest'], name='backtestline_of_subject'),
        ),
    ]
