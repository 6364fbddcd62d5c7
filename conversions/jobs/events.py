"""The events that a conversion's owner gets. Finals are told once and never lost; `ProgressUpdate` is state."""

from typing import Any

from realtime import Event


class ConversionQueued(Event, tag="conversion_queued"):
    """A conversion is new, or is to be run again. `conversion` is all of it, as the API shows it."""

    conversion_id: str
    conversion: dict[str, Any]


class ConversionRestored(Event, tag="conversion_restored"):
    """A deletion was undone. `conversion` is all of it, as the API shows it."""

    conversion_id: str
    conversion: dict[str, Any]


class ConversionStarted(Event, tag="conversion_started"):
    """A worker has begun."""

    conversion_id: str
    attempt: int
    started_at: int


class QueuePosition(Event, tag="queue_position"):
    """Its place among those that wait, 1 being the next; None: it waits behind the first 200. Told at most every two
    seconds."""

    conversion_id: str
    position: int | None
    attempt: int


class ProgressUpdate(Event, tag="progress_update"):
    """How far it is: `percent` never falls within an attempt. Also told every 3 s when there is nothing new."""

    conversion_id: str
    percent: float | None
    progress: str
    stage: str
    eta_seconds: float | None
    attempt: int


class _End(Event):
    conversion_id: str
    attempt: int
    finished_at: int
    expires_at: int


class ConversionCompleted(_End, tag="conversion_completed"):
    """The result can be downloaded."""

    output: dict[str, Any]
    seconds: float


class ConversionFailed(_End, tag="conversion_failed"):
    """It did not work, and `error` says why."""

    error: dict[str, Any]


class ConversionCancelled(_End, tag="conversion_cancelled"):
    """Somebody stopped it."""


class _Recovery(Event):
    conversion_id: str
    attempt: int
    max_attempts: int
    reason: str


class RecoveryAttempt(_Recovery, tag="recovery_attempt"):
    """It is queued again by itself, since its worker was lost. No attempt after `max_attempts` is."""


class RecoverySuccess(_Recovery, tag="recovery_success"):
    """It was taken up again, and is completed."""


class RecoveryFailure(_Recovery, tag="recovery_failure"):
    """It was taken up again, and failed; `reason` is the error's code."""


class ConversionDeleted(Event, tag="conversion_deleted"):
    """It is gone from all lists."""

    conversion_id: str


ALL = (
    ConversionQueued,
    ConversionRestored,
    ConversionStarted,
    QueuePosition,
    ProgressUpdate,
    ConversionCompleted,
    ConversionFailed,
    ConversionCancelled,
    RecoveryAttempt,
    RecoverySuccess,
    RecoveryFailure,
    ConversionDeleted,
)
