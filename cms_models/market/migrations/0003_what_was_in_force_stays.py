from django.db import migrations


def publish(apps, schema_editor):
    """Rows from before reviews were in force without one."""
    apps.get_model("market", "Framework").objects.update(state="published")


class Migration(migrations.Migration):
    dependencies = [("market", "0002_review_and_own_fields")]

    operations = [migrations.RunPython(publish, migrations.RunPython.noop)]
