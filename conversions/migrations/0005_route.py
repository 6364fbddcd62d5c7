from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("conversions", "0004_idempotency_key"),
    ]

    operations = [
        migrations.AddField(
            model_name="conversion", name="route", field=models.JSONField(blank=True, default=list)
        ),
    ]
