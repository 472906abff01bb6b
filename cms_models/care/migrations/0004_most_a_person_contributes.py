from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0003_review_and_own_fields'),
    ]

    operations = [
        migrations.AddField(
            model_name='carepackage',
            name='contribution_most_pence',
            field=models.PositiveIntegerField(blank=True, help_text='From the financial assessment; empty where none is known: the actual cost.', null=True, verbose_name='most a person contributes a week, in pence'),
        ),
    ]
