from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversions", "0009_worker")]

    operations = [
        migrations.CreateModel(
            name="SwitchedOffPair",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("engine", models.CharField(max_length=32)),
                ("source", models.CharField(max_length=32)),
                ("target", models.CharField(max_length=32)),
            ],
            options={
                "verbose_name": "pair of an engine",
                "verbose_name_plural": "pairs of engines",
                "default_permissions": ("change",),
                "constraints": [
                    models.UniqueConstraint(fields=("engine", "source", "target"), name="conversions_switched_off")
                ],
            },
        ),
    ]
