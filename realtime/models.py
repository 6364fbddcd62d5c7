"""What the database keeps of connections, for people: the layer itself never reads it back."""

from typing import ClassVar

from django.db import models


class ConnectionState(models.TextChoices):
    """What is known of a connection."""

    OPEN = "open"
    """Its process reports it."""
    STALE = "stale"
    """Its process has not reported it for longer than an interval: the process is busy, stopped or dead."""
    CLOSED = "closed"
    """It was closed with `close_code`."""


class Transport(models.TextChoices):
    """What a connection goes over."""

    WEBSOCKET = "websocket", "WebSocket"
    """It speaks and hears."""
    SSE = "sse", "server-sent events"
    """A stream of events, which ends after minutes and is resumed as another connection."""


class ConnectionRecord(models.Model):
    """One WebSocket, or one stream of events."""

    connection_id = models.CharField(max_length=32, primary_key=True)
    owner = models.CharField(max_length=64, blank=True, db_index=True)
    address = models.CharField(max_length=64, blank=True, db_index=True)
    user_agent = models.CharField(max_length=200, blank=True)
    process = models.CharField("host and process", max_length=128)
    transport = models.CharField(max_length=16, choices=Transport, default=Transport.WEBSOCKET)
    state = models.CharField(max_length=16, choices=ConnectionState, default=ConnectionState.OPEN)
    opened_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(help_text="When the client last sent something.")
    reported_at = models.DateTimeField(help_text="When the process last wrote this record.")
    latency_ms = models.FloatField(null=True, blank=True)
    quality = models.CharField(max_length=16, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    close_code = models.PositiveIntegerField(null=True, blank=True)
    recovery_attempts = models.PositiveIntegerField(default=0, help_text="Reconnects that the client says it tried.")
    recovery_successes = models.PositiveIntegerField(default=0, help_text="Reconnects that it says succeeded.")
    recovery_failures = models.PositiveIntegerField(default=0, help_text="Reconnects that it says failed.")
    frames_sent = models.PositiveBigIntegerField(default=0, db_default=0)
    frames_acknowledged = models.PositiveBigIntegerField(default=0, db_default=0)
    waiting = models.PositiveIntegerField(default=0, db_default=0, help_text="What it was owed and not sent.")
    close_reason = models.CharField(max_length=128, blank=True, default="", db_default="")
    # `topics`: names and positions; `round_trips`: [Unix ms, ms]; `life`: [Unix ms, what, more]. Null: not known.
    details = models.JSONField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "connection"
        ordering: ClassVar = ["-opened_at"]
        indexes: ClassVar = [
            models.Index(fields=["state", "reported_at"]),
            models.Index(fields=["-opened_at"]),
            models.Index(fields=["closed_at", "close_code"], name="realtime_closed"),
        ]

    def __str__(self) -> str:
        return self.connection_id


class HealthSample(models.Model):
    """How all connections were at `taken_at`, and, in counts, what they had lived through since the sample before. One
    that was made of several has the sums of their counts and the means of the others, but of the slowest round trips
    and of what waited the greatest."""

    taken_at = models.DateTimeField(unique=True)
    span = models.PositiveIntegerField(help_text="Seconds.")
    open = models.PositiveIntegerField(default=0)
    stale = models.PositiveIntegerField(default=0)
    poor = models.PositiveIntegerField(default=0, help_text="Open connections of poor quality.")
    processes = models.PositiveIntegerField(default=0, help_text="Web processes that reported.")
    latency_p50_ms = models.FloatField(null=True, blank=True)
    latency_p95_ms = models.FloatField(null=True, blank=True)
    waiting = models.PositiveIntegerField(default=0, help_text="What connections were owed and not sent.")
    opened = models.PositiveBigIntegerField(default=0)
    closed = models.PositiveBigIntegerField(default=0)
    failed = models.PositiveBigIntegerField(default=0, help_text="Closed by neither side's wish.")
    sent = models.PositiveBigIntegerField(default=0, help_text="Frames that left.")
    acknowledged = models.PositiveBigIntegerField(default=0, help_text="Frames that clients said they have.")
    cut_off = models.PositiveBigIntegerField(default=0, help_text="Frames of failed connections without that.")
    delivered = models.PositiveBigIntegerField(default=0, help_text="Events in the frames that left.")
    replays = models.PositiveBigIntegerField(default=0, help_text="Topics that a client went on with.")
    snapshots = models.PositiveBigIntegerField(default=0, help_text="Topics that a client began with.")
    gaps = models.PositiveBigIntegerField(default=0, help_text="Times that a history had more than had come.")
    recovery_attempts = models.PositiveBigIntegerField(default=0)
    recovery_successes = models.PositiveBigIntegerField(default=0)
    recovery_failures = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = "health sample"
        verbose_name_plural = "real-time health"
        ordering: ClassVar = ["-taken_at"]

    def __str__(self) -> str:
        return f"{self.taken_at:%Y-%m-%d %H:%M}, {self.span} s"
