"""What the database keeps of owners, conversions and tokens. Only jobs/lifecycle.py moves a `Conversion`."""

import secrets
import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from conversions.jobs.states import State

LEASE = timedelta(seconds=40)
LONGEST_TEXT = 200


def random_key() -> str:
    """A key of 22 characters that nobody can guess; fit for topics and for file names."""
    return secrets.token_urlsafe(16)


class Owner(models.Model):
    """Whose files: a user, or an anonymous visitor whose key stands in the session."""

    key = models.CharField(max_length=32, unique=True, default=random_key, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="owner")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.user.get_username() if self.user else f"visitor {self.key[:6]}"

    @property
    def topic(self) -> str:
        """The topic that carries all events of this owner."""
        return f"owner.{self.key}"


class Lane(models.TextChoices):
    """Where a conversion waits for a worker."""

    SHORT = "short", "Short"
    LONG = "long", "Long"


class Conversion(models.Model):
    """One conversion, from upload to result. `attempt` grows by one at each retry."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(Owner, models.CASCADE, related_name="conversions")
    to = models.CharField("target format", max_length=32)
    options = models.JSONField(default=dict, blank=True)
    # The steps, each an engine's: what is queued keeps its way when the catalogue changes.
    route = models.JSONField(default=list, blank=True)
    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=1)
    # How often it was taken up again by itself since somebody last asked for it.
    recoveries = models.PositiveSmallIntegerField(default=0, db_default=0)
    percent = models.FloatField(null=True, blank=True)
    progress = models.CharField(max_length=16, default="phased")
    stage = models.CharField(max_length=32, blank=True)
    lane = models.CharField(max_length=8, choices=Lane, default=Lane.SHORT, db_default=Lane.SHORT)
    lease_until = models.DateTimeField(null=True, blank=True)  # while it runs: past this, its worker is lost
    dispatched_at = models.DateTimeField(null=True, blank=True)  # while it is queued: when the broker last took it
    worker = models.CharField(max_length=128, blank=True, default="", db_default="")  # last

    error_code = models.CharField(max_length=64, blank=True)
    error_message = models.TextField(blank=True)
    error_suggestion = models.TextField(blank=True)
    error_params = models.JSONField(default=dict, blank=True)
    error_retryable = models.BooleanField(default=False)

    output = models.FileField(max_length=200, blank=True)
    output_name = models.CharField(max_length=255, blank=True)
    output_size = models.BigIntegerField(null=True, blank=True)
    output_media_type = models.CharField(max_length=127, blank=True)

    created_at = models.DateTimeField(auto_now_add=True)
    # When its owner chose the file: the order of lists, which sending files side by side must not change.
    added_at = models.DateTimeField(default=timezone.now, db_default=Now())
    # As who sent the file named the request: sent again, because the answer was lost, it makes no second conversion.
    idempotency_key = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    queued_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)
    # The id of the newest event that the history is not yet known to have; jobs/pending.py clears it.
    unannounced = models.CharField(max_length=64, blank=True, default="", db_default="")

    class Meta:
        ordering: ClassVar = ["-added_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["owner", "idempotency_key"],
                condition=~models.Q(idempotency_key=""),
                name="conversions_idempotency_key",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["owner", "-added_at"], name="conversions_owner_list"),
            models.Index(fields=["state", "lease_until"]),
            models.Index(fields=["lane", "queued_at"], condition=models.Q(state="queued"), name="conversions_waiting"),
            models.Index(fields=["expires_at"]),
            models.Index(fields=["unannounced"], condition=~models.Q(unannounced=""), name="conversions_unannounced"),
        ]

    def __str__(self) -> str:
        return f"{self.id} to {self.to}, {self.state}"

    @property
    def heard_at(self) -> datetime | None:
        """When the worker that runs it last renewed its lease, which it does every 5 s."""
        return self.lease_until - LEASE if self.lease_until else None


class Source(models.Model):
    """One input of a conversion. `name` is the user's, text only; the file has a random name."""

    conversion = models.ForeignKey(Conversion, models.CASCADE, related_name="sources")
    position = models.PositiveSmallIntegerField(default=0)
    file = models.FileField(max_length=200)
    name = models.CharField(max_length=255)
    size = models.BigIntegerField()
    format = models.CharField(max_length=32)

    class Meta:
        ordering: ClassVar = ["position"]

    def __str__(self) -> str:
        return self.name


class StepDuration(models.Model):
    """How long a step of a route takes here, by the size of what goes in, in powers of two: the mean over its runs, of
    which the newest count most."""

    engine = models.CharField(max_length=32)
    source = models.CharField(max_length=32)
    target = models.CharField(max_length=32)
    magnitude = models.PositiveSmallIntegerField()
    seconds = models.FloatField()
    runs = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["engine", "source", "target", "magnitude"], name="conversions_step_size")
        ]

    def __str__(self) -> str:
        return f"{self.engine}: {self.source} to {self.target}, 2^{self.magnitude} bytes in {self.seconds:.1f} s"


class ApiToken(models.Model):
    """A bearer token of the API, of which only the hash is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Maintenance(models.Model):
    """Whether the site takes in nothing new for now: one row, which jobs/maintenance.py knows."""

    is_on = models.BooleanField(
        "nothing new is taken in", default=False, help_text="What runs or waits is converted all the same."
    )
    text = models.CharField(
        max_length=LONGEST_TEXT, blank=True, help_text="What people are told, as “the site moves to a larger disk”."
    )
    until = models.DateTimeField(
        "expected end",
        null=True,
        blank=True,
        help_text="In UTC. People are told to try again then; it switches nothing off.",
    )

    class Meta:
        verbose_name = verbose_name_plural = "maintenance"
        default_permissions = ("view", "change")

    def __str__(self) -> str:
        return f"maintenance, {'on' if self.is_on else 'off'}"


class SwitchedOffPair(models.Model):
    """A way of an engine, from one format to another, that nothing goes by; jobs/switches.py knows them."""

    engine = models.CharField(max_length=32)
    source = models.CharField(max_length=32)
    target = models.CharField(max_length=32)

    class Meta:
        verbose_name = "pair of an engine"
        verbose_name_plural = "pairs of engines"
        default_permissions = ("change",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["engine", "source", "target"], name="conversions_switched_off")
        ]

    def __str__(self) -> str:
        return f"{self.engine}: {self.source} to {self.target}"
