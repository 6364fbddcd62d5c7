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

    class Meta:
        verbose_name = "connection"
        ordering: ClassVar = ["-opened_at"]
        indexes: ClassVar = [models.Index(fields=["state", "reported_at"]), models.Index(fields=["-opened_at"])]

    def __str__(self) -> str:
        return self.connection_id
