from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connectors', '0005_retention'),
        ('orchestrator', '0015_held_campaigns'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='product',
            index=models.Index(fields=['store', 'category'], name='product_of_category'),
        ),
    ]
