"""A client's rules as a template, and each push of it to another client."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connectors', '0009_rotated_at'),
        ('orchestrator', '0033_saved_filters'),
    ]

    operations = [
        migrations.CreateModel(
            name='Blueprint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='Such as the kind of client that it is for.', max_length=120)),
                ('rules', models.JSONField(default=list, editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='blueprints', to='connectors.store', verbose_name='made from')),
            ],
        ),
        migrations.CreateModel(
            name='BlueprintPush',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('changes', models.JSONField()),
                ('pushed_at', models.DateTimeField()),
                ('pushed_by', models.CharField(max_length=150)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('blueprint', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pushes', to='orchestrator.blueprint')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='blueprint_pushes', to='connectors.store')),
            ],
            options={
                'verbose_name_plural': 'blueprint pushes',
            },
        ),
        migrations.AddConstraint(
            model_name='blueprint',
            constraint=models.UniqueConstraint(fields=('source', 'name'), name='blueprint_name_once_per_client', violation_error_message='This client already has a blueprint of that name.'),
        ),
        migrations.AddIndex(
            model_name='blueprintpush',
            index=models.Index(fields=['blueprint', 'pushed_at'], name='push_of_blueprint'),
        ),
    ]
