
import django.db.models.deletion
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connectors', '0005_retention'),
        ('orchestrator', '0025_rollout'),
        ('rules', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='IssuedCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200)),
                ('action_key', models.CharField(max_length=200)),
                ('reference', models.CharField(max_length=150)),
                ('code', models.CharField(max_length=100)),
                ('worth', models.CharField(max_length=60)),
                ('currency', models.CharField(blank=True, max_length=3)),
                ('cost', models.DecimalField(decimal_places=4, default=Decimal('0'), max_digits=16)),
                ('issued_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
            ],
        ),
        migrations.RemoveIndex(
            model_name='enrolment',
            name='enrolment_of_subject',
        ),
        migrations.AddIndex(
            model_name='enrolment',
            index=models.Index(fields=['subject', 'store', 'id'], name='enrolment_of_subject'),
        ),
        migrations.AddIndex(
            model_name='enrolment',
            index=models.Index(fields=['reference', 'id'], name='enrolment_of_reference'),
        ),
        migrations.AddIndex(
            model_name='enrolment',
            index=models.Index(fields=['store', 'id'], name='enrolment_by_store'),
        ),
        migrations.AddIndex(
            model_name='enrolment',
            index=models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['id'], name='enrolment_running'),
        ),
        migrations.AddField(
            model_name='issuedcode',
            name='rule',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='issued_codes', to='rules.rule'),
        ),
        migrations.AddField(
            model_name='issuedcode',
            name='store',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='issued_codes', to='connectors.store'),
        ),
        migrations.AddIndex(
            model_name='issuedcode',
            index=models.Index(fields=['rule', 'issued_at'], name='issuedcode_of_rule'),
        ),
        migrations.AddConstraint(
            model_name='issuedcode',
            constraint=models.UniqueConstraint(fields=('store', 'key'), name='issuedcode_once_per_change'),
        ),
    ]
