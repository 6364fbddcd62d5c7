from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversions", "0007_step_durations")]

    operations = [
        migrations.CreateModel(
            name="Maintenance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "is_on",
                    models.BooleanField(
                        default=False,
                        help_text="What runs or waits is converted all the same.",
                        verbose_name="nothing new is taken in",
                    ),
                ),
                (
                    "text",
                    models.CharField(
                        blank=True,
                        help_text="What people are told, as “the site moves to a larger disk”.",
                        max_length=200,
                    ),
                ),
                (
                    "until",
                    models.DateTimeField(
                        blank=True,
                        help_text="In UTC. People are told to try again then; it switches nothing off.",
                        null=True,
                        verbose_name="expected end",
                    ),
                ),
            ],
            options={
                "verbose_name": "maintenance",
                "verbose_name_plural": "maintenance",
                "default_permissions": ("view", "change"),
            },
        ),
    ]
