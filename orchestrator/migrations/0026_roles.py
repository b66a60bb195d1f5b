"""The four roles. Their permissions follow after ``migrate`` (``orchestrator.roles``): they exist only then."""

from django.db import migrations

NAMES = ("Administrator", "Operator", "Reviewer", "Client viewer")


def make(apps, schema_editor):
    """Whoever is in a group of such a name already was not given the role by that: it gets out of the way."""
    using = schema_editor.connection.alias
    if apps.get_model("auth", "Permission").objects.using(using).filter(codename="administer_store").exists():
        return  # migrated back and forth: those that are there are ours
    groups = apps.get_model("auth", "Group").objects.using(using)
    for name in NAMES:
        for group in groups.filter(name=name):
            group.name = f"{name} (own group {group.pk})"
            group.save(update_fields=["name"])
        groups.create(name=name)


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("orchestrator", "0019_approvals"),
    ]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
