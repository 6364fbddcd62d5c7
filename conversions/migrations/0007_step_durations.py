from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversions", "0006_lost_and_waiting")]

    operations = [
        migrations.CreateModel(
            name="StepDuration",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("engine", models.CharField(max_length=32)),
                ("source", models.CharField(max_length=32)),
                ("target", models.CharField(max_length=32)),
                ("magnitude", models.PositiveSmallIntegerField()),
                ("seconds", models.FloatField()),
                ("runs", models.PositiveIntegerField(default=1)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("engine", "source", "target", "magnitude"), name="conversions_step_size"
                    )
                ],
            },
        ),
    ]
