from django.db import migrations, models
from django.db.models.functions import Now
from django.utils import timezone


def added_when_created(apps, schema_editor):
    conversion = apps.get_model("conversions", "Conversion")
    conversion.objects.using(schema_editor.connection.alias).update(added_at=models.F("created_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("conversions", "0002_unannounced"),
    ]

    operations = [
        migrations.AlterModelOptions(name="conversion", options={"ordering": ["-added_at", "-id"]}),
        migrations.AddField(
            model_name="conversion",
            name="added_at",
            # Processes of the version before, which know nothing of it, go on for a while.
            field=models.DateTimeField(default=timezone.now, db_default=Now()),
        ),
        migrations.RunPython(added_when_created, migrations.RunPython.noop, elidable=True),
        migrations.RemoveIndex(model_name="conversion", name="conversions_owner_i_e53795_idx"),
        migrations.AddIndex(
            model_name="conversion",
            index=models.Index(fields=["owner", "-added_at"], name="conversions_owner_list"),
        ),
    ]
