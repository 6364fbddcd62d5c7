"""One id from the request to the converter process: what a request makes has ids that begin with the request's.

So the id is where the conversion is: in its row, in the message of each attempt, and on the screen of whoever asks.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import structlog

from conversions.models import Conversion

DIGITS = 12
"""Of 32 in hexadecimal: the first two groups as a UUID is written. What is left is too much to guess (74 bits)."""


def new_request_id() -> str:
    """A random id of `DIGITS` hexadecimal digits."""
    return uuid.uuid4().hex[:DIGITS]


def new_id() -> UUID:
    """A random id for a conversion, which begins with that of the request under way, if there is one."""
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    made = uuid.uuid4()
    return UUID(f"{request_id}{made.hex[DIGITS:]}") if request_id else made


def request_id_of(conversion: Conversion) -> str:
    """The id of the request that made the conversion."""
    return conversion.pk.hex[:DIGITS]


@contextmanager
def traced(conversion: Conversion) -> Iterator[None]:
    """The log's lines inside carry the conversion, its attempt, and the request that made it."""
    ids = {"request_id": request_id_of(conversion), "conversion": str(conversion.pk), "attempt": conversion.attempt}
    with structlog.contextvars.bound_contextvars(**ids):
        yield
