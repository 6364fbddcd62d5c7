"""Topics of a load test. Only who knows the site's secret key can make one that the site lets anybody follow."""

import hmac
import secrets
import time
from collections.abc import Mapping
from typing import Any

from django.utils.crypto import salted_hmac

from realtime.protocol import Event
from realtime.topics import Topic

LONGEST = 24 * 3600  # seconds


class Tick(Event, tag="tick"):
    """One event of a load test. `sent_at` is Unix seconds, by the clock of who publishes."""

    number: int
    sent_at: float


class TrialTopic(Topic):
    """Anybody may follow it who was told its name, until it ends."""

    pattern = "trial.{ends_at}.{nonce}.{signature}"
    events = (Tick,)

    async def authorize(self, scope: Mapping[str, Any]) -> bool:
        """Whether the name was made with this site's key, and has not run out."""
        ends_at, nonce = self.params["ends_at"], self.params["nonce"]
        is_signed = hmac.compare_digest(self.params["signature"], _signature(ends_at, nonce))
        return is_signed and ends_at.isdecimal() and time.time() < int(ends_at) <= time.time() + LONGEST


def new_topic(seconds: float) -> str:
    """The name of a topic that may be followed for so long."""
    ends_at, nonce = f"{int(time.time() + seconds)}", secrets.token_hex(8)
    return f"trial.{ends_at}.{nonce}.{_signature(ends_at, nonce)}"


def _signature(ends_at: str, nonce: str) -> str:
    return salted_hmac("realtime.trial", f"{ends_at}.{nonce}", algorithm="sha256").hexdigest()[:32]
