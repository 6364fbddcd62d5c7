"""What a line of the log looks like, and what is kept out of it.

All code logs through the standard library, so that `realtime` needs nothing of this; structlog renders what comes.
"""

import json
import logging
import traceback
from collections.abc import Iterator
from typing import Any

import structlog
from django.db import OperationalError
from redis import RedisError
from structlog.typing import EventDict, Processor

from convertsite.privacy import scrubbed

FORMATS = ("LINE", "JSON")
PRIVATE = frozenset({"address", "client", "file", "server_time", "token", "user_agent", "words"})
"""Fields that only a private log has; `server_time` is a socket's of Django's own server, of no use."""
REPEATS = {"asyncio", "celery.app.trace", "daphne.server"}
"""Loggers whose sentences repeat what an exception says, which is told beside them."""
OURS = ("timestamp", "level", "logger", "event", "exception")


class Formatter(structlog.stdlib.ProcessorFormatter):
    """One record as a line of `key=value` pairs after its sentence, or as one of JSON.

    Without `private` no name of a file, network address, token, nor what an exception says of its data is in it.
    """

    def __init__(self, form: str, private: bool) -> None:
        keep: list[Processor] = (
            [structlog.processors.format_exc_info]
            if private
            else [exceptions_without_data, sentences_without_data, scrub]
        )
        super().__init__(
            foreign_pre_chain=[
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(),
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                without_request,
                *keep,
                as_line if form == "LINE" else structlog.processors.JSONRenderer(default=str, ensure_ascii=False),
            ],
        )


class NoTraceback(logging.Filter):
    """Takes the traceback off a client's mistake (4xx): where in our code it was noticed helps nobody."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        if 400 <= getattr(record, "status_code", 500) < 500:
            record.exc_info = None
        return True


def without_request(_: Any, __: str, fields: EventDict) -> EventDict:
    """Django hangs whole requests and sockets on its records, Celery the arguments of tasks."""
    fields.pop("request", None)
    fields.pop("data", None)
    return fields


def sentences_without_data(_: Any, __: str, fields: EventDict) -> EventDict:
    """Of who repeats an exception in its sentence, the part before it."""
    if fields.get("logger") in REPEATS:
        fields["event"] = str(fields["event"]).partition("\n")[0].partition(": ")[0]
    return fields


def scrub(_: Any, __: str, fields: EventDict) -> EventDict:
    """Take private fields out, and addresses and secrets out of what the others say."""
    kept = {name: value for name, value in fields.items() if name not in PRIVATE}
    return {name: scrubbed(value) if isinstance(value, str) else value for name, value in kept.items()}


def exceptions_without_data(_: Any, __: str, fields: EventDict) -> EventDict:
    """Where an exception came from, its class and those of its causes."""
    given = fields.pop("exc_info", None)
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        fields["exception"] = "\n".join(_told(error, set()))
    return fields


def _told(error: BaseException, seen: set[int]) -> Iterator[str]:
    if id(error) in seen:
        return
    seen.add(id(error))
    if cause := error.__cause__ or (None if error.__suppress_context__ else error.__context__):
        yield from _told(cause, seen)
        yield "which led to"
    yield "Traceback (most recent call last):"
    yield "".join(traceback.format_tb(error.__traceback__)).rstrip("\n")
    yield f"{type(error).__module__}.{type(error).__qualname__}{_says(error)}"
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _told(each, seen)


def _says(error: BaseException) -> str:
    """What it says, of kinds that speak of the machine and not of anybody's data."""
    if isinstance(error, OperationalError | RedisError):
        return f": {error}"
    return f": {error.strerror}" if isinstance(error, OSError) and error.strerror else ""


def as_line(_: Any, __: str, fields: EventDict) -> str:
    """For people: time, level, logger and sentence, the other fields, and below them the traceback."""
    when, level, logger, event, exception = (fields.pop(name, "") for name in OURS)
    pairs = "".join(f" {name}={_value(value)}" for name, value in fields.items())
    below = f"\n{exception}" if exception else ""
    return f"{when} {str(level).upper()} {logger}: {event}{pairs}{below}"


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if text and text.isprintable() and not set(text) & set(' "=') else json.dumps(text, ensure_ascii=False)
