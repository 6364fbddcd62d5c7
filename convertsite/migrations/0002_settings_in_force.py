from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("convertsite", "0001_alerts")]

    operations = [
        migrations.CreateModel(
            name="SettingInForce",
            fields=[],
            options={
                "verbose_name": "setting in force",
                "verbose_name_plural": "settings in force",
                "proxy": True,
                "default_permissions": ("view",),
                "indexes": [],
                "constraints": [],
            },
            bases=("convertsite.look",),
        ),
    ]
