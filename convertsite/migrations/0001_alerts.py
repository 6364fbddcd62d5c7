import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies: list[tuple[str, str]] = []

    operations = [
        migrations.CreateModel(
            name="Alert",
            fields=[
                ("name", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("summary", models.TextField(blank=True, help_text="What is wrong, or was last.")),
                (
                    "since",
                    models.DateTimeField(
                        blank=True, help_text="When it was first seen; empty: all is well.", null=True
                    ),
                ),
                ("told", models.BooleanField(default=False, help_text="Whether operators were told of it.")),
                ("telling_until", models.DateTimeField(blank=True, editable=False, null=True)),
            ],
            options={"default_permissions": ("view",), "ordering": ["name"]},
        ),
        migrations.CreateModel(
            name="Look",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("looked_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "counted",
                    models.JSONField(default=dict, help_text="By machine, what it had counted at the last looks."),
                ),
            ],
            options={"default_permissions": ()},
        ),
    ]
