"""What the site itself keeps in the database: what is wrong with it, and who has been told."""

from typing import ClassVar

from django.db import models
from django.utils import timezone


class Alert(models.Model):
    """What one check found; alerts.py knows the checks."""

    name = models.CharField(max_length=32, primary_key=True)
    summary = models.TextField(blank=True, help_text="What is wrong, or was last.")
    since = models.DateTimeField(null=True, blank=True, help_text="When it was first seen; empty: all is well.")
    told = models.BooleanField(default=False, help_text="Whether operators were told of it.")
    # While somebody tells of it, or of its end: past this, who began to has died.
    telling_until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        default_permissions = ("view",)
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Look(models.Model):
    """The last look at everything: one row."""

    looked_at = models.DateTimeField(default=timezone.now)
    counted = models.JSONField(default=dict, help_text="By machine, what it had counted at the last looks.")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.looked_at:%Y-%m-%d %H:%M:%S}"


class SettingInForce(Look):
    """No row of its own: it gives the page of settings its place among the others, and its permission."""

    class Meta:
        proxy = True
        default_permissions = ("view",)
        verbose_name = "setting in force"
        verbose_name_plural = "settings in force"
