from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("conversions", "0003_added_at"),
    ]

    operations = [
        migrations.AddField(
            model_name="conversion",
            name="idempotency_key",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=64),
        ),
        migrations.AddConstraint(
            model_name="conversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("idempotency_key", ""), _negated=True),
                fields=("owner", "idempotency_key"),
                name="conversions_idempotency_key",
            ),
        ),
    ]
