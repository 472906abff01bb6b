from django.db import migrations

from cms_models.audit.append_only import protect, unprotect


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_brokerage"), ("audit", "0002_append_only")]

    operations = [migrations.RunPython(protect, unprotect)]
