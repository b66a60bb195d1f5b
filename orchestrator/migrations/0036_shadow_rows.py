"""Rules in shadow keep holds, sequences and effects of their own, in the same tables, each row marked."""

from django.db import migrations, models

import connectors.shadow


class Migration(migrations.Migration):

    dependencies = [
        ('connectors', '0009_rotated_at'),
        ('orchestrator', '0035_exports_are_counted'),
        ('rules', '0002_limits'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='enrolment',
            name='enrolment_once_per_change',
        ),
        migrations.RemoveConstraint(
            model_name='enrolment',
            name='enrolment_open_once_per_cause',
        ),
        migrations.RemoveConstraint(
            model_name='issuedcode',
            name='issuedcode_once_per_change',
        ),
        migrations.RemoveConstraint(
            model_name='outboxaction',
            name='outboxaction_once_per_key',
        ),
        migrations.RemoveConstraint(
            model_name='reorderdraft',
            name='reorderdraft_open_once_per_fall',
        ),
        migrations.RemoveConstraint(
            model_name='suppression',
            name='suppression_open_once_per_cause',
        ),
        migrations.AddField(
            model_name='enrolment',
            name='is_shadow',
            field=models.BooleanField(default=connectors.shadow.is_on, editable=False),
        ),
        migrations.AddField(
            model_name='issuedcode',
            name='is_shadow',
            field=models.BooleanField(default=connectors.shadow.is_on, editable=False),
        ),
        migrations.AddField(
            model_name='outboxaction',
            name='is_shadow',
            field=models.BooleanField(default=connectors.shadow.is_on, editable=False),
        ),
        migrations.AddField(
            model_name='reorderdraft',
            name='is_shadow',
            field=models.BooleanField(default=connectors.shadow.is_on, editable=False),
        ),
        migrations.AddField(
            model_name='suppression',
            name='is_shadow',
            field=models.BooleanField(default=connectors.shadow.is_on, editable=False),
        ),
        migrations.AddIndex(
            model_name='enrolment',
            index=models.Index(condition=models.Q(('is_shadow', True), ('state', 'waiting')), fields=['due_at'], name='enrolment_shadow_due'),
        ),
        migrations.AddIndex(
            model_name='enrolment',
            index=models.Index(condition=models.Q(('is_shadow', True)), fields=['rule'], name='enrolment_in_shadow'),
        ),
        migrations.AddIndex(
            model_name='outboxaction',
            index=models.Index(condition=models.Q(('is_shadow', True), ('settled_at__isnull', True)), fields=['due_at'], name='outboxaction_shadow_owed'),
        ),
        migrations.AddIndex(
            model_name='outboxaction',
            index=models.Index(condition=models.Q(('is_shadow', True)), fields=['rule'], name='outboxaction_in_shadow'),
        ),
        migrations.AddIndex(
            model_name='suppression',
            index=models.Index(condition=models.Q(('is_shadow', True)), fields=['rule'], name='suppression_in_shadow'),
        ),
        migrations.AddConstraint(
            model_name='enrolment',
            constraint=models.UniqueConstraint(fields=('store', 'key', 'is_shadow'), name='enrolment_once_per_change'),
        ),
        migrations.AddConstraint(
            model_name='enrolment',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('store', 'rule', 'reference', 'is_shadow'), name='enrolment_open_once_per_cause'),
        ),
        migrations.AddConstraint(
            model_name='issuedcode',
            constraint=models.UniqueConstraint(fields=('store', 'key', 'is_shadow'), name='issuedcode_once_per_change'),
        ),
        migrations.AddConstraint(
            model_name='outboxaction',
            constraint=models.UniqueConstraint(fields=('store', 'key', 'is_shadow'), name='outboxaction_once_per_key'),
        ),
        migrations.AddConstraint(
            model_name='reorderdraft',
            constraint=models.UniqueConstraint(condition=models.Q(('recovered_at', None)), fields=('store', 'reference', 'rule', 'is_shadow'), name='reorderdraft_open_once_per_fall'),
        ),
        migrations.AddConstraint(
            model_name='suppression',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('store', 'subject', 'cause', 'reference', 'rule', 'is_shadow'), name='suppression_open_once_per_cause', violation_error_message='This is already held for that cause.'),
        ),
    ]
