from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversions", "0008_maintenance")]

    operations = [
        migrations.AddField(
            model_name="conversion",
            name="worker",
            field=models.CharField(blank=True, db_default="", default="", max_length=128),
        ),
    ]
