"""What a client can do wrong, or must wait for: a code for programs, a message and a suggestion for people.

Messages and suggestions are templates that `params` fill in. docs/protocol.md lists the codes; a test compares.
"""

# ruff: noqa: N818 (the names say what is wrong, as the codes do)

from typing import Any, ClassVar

import msgspec
from msgspec import UNSET

from realtime.protocol import ErrorMessage, as_reply

GOING_AWAY = 4012
PROTOCOL_ERROR = 4400
NOT_AUTHENTICATED = 4401
ORIGIN_REFUSED = 4403
HEARTBEAT_LOST = 4408
TOO_SLOW = 4409
CLOSED_BY_OPERATOR = 4410
TOO_MANY_CONNECTIONS = 4412
TOO_FAST = 4429
INTERNAL_ERROR = 4500  # not 1011, which autobahn refuses to send
REASONS = {
    PROTOCOL_ERROR: "protocol error",
    NOT_AUTHENTICATED: "session ended",
    HEARTBEAT_LOST: "heartbeat lost",
    TOO_SLOW: "too slow",
    CLOSED_BY_OPERATOR: "closed by operator",
    TOO_FAST: "too fast",
    INTERNAL_ERROR: "internal error",
}
"""Of the closes that somebody who runs the site may want to know about."""
WANTED = frozenset({1000, 1001, 1005, GOING_AWAY, NOT_AUTHENTICATED, CLOSED_BY_OPERATOR})
"""Close codes of ends that somebody meant: a page that is left, a stop, the end of a session."""


class RealtimeError(Exception):
    """The root. With a `close_code` the connection is closed after the error was told; over HTTP the answer has
    `status`."""

    code: ClassVar[str]
    message: ClassVar[str]
    suggestion: ClassVar[str]
    retry_after_ms: ClassVar[int | None] = None
    close_code: ClassVar[int | None] = None
    status: ClassVar[int] = 400

    def __init__(self, *, in_reply_to: str | None = None, **params: Any) -> None:
        self.in_reply_to = in_reply_to
        self.params = params
        super().__init__(self.message.format(**params))

    def as_message(self) -> ErrorMessage:
        """The error as the client sees it."""
        return ErrorMessage(
            code=self.code,
            message=self.message.format(**self.params),
            params=self.params,
            suggestion=self.suggestion.format(**self.params),
            retryable=self.retry_after_ms is not None,
            retry_after_ms=UNSET if self.retry_after_ms is None else self.retry_after_ms,
            in_reply_to=as_reply(self.in_reply_to),
        )

    def as_json(self) -> dict[str, Any]:
        """The error for an answer over HTTP."""
        return {name: value for name, value in msgspec.to_builtins(self.as_message()).items() if name != "type"}


class NotJson(RealtimeError):
    code = "not_json"
    message = "The frame is not JSON."
    suggestion = "Send one JSON object, or an array of them, as text."
    close_code = PROTOCOL_ERROR


class BinaryFrame(RealtimeError):
    code = "binary_frame"
    message = "Binary frames are not understood."
    suggestion = "Send JSON as a text frame."
    close_code = PROTOCOL_ERROR


class FrameTooLarge(RealtimeError):
    code = "frame_too_large"
    message = "The frame has {size} bytes, and {limit} are allowed."
    suggestion = "Send fewer topics in one message."
    close_code = PROTOCOL_ERROR


class UnknownType(RealtimeError):
    code = "unknown_type"
    message = "There is no message of type {type!r}."
    suggestion = "Send one of: {known}."


class InvalidMessage(RealtimeError):
    code = "invalid_message"
    message = "The message is not as expected: {problem}."
    suggestion = "Correct the field that the message names."


class TopicNotFound(RealtimeError):
    """One answer for topics that do not exist and topics of others."""

    code = "topic_not_found"
    status = 404
    message = "There is no topic {topic!r} for you."
    suggestion = "Use a topic that the server gave you, and sign in if it belongs to your account."


class TooManyTopics(RealtimeError):
    code = "too_many_topics"
    message = "A connection may follow {limit} topics; {topic!r} would be one more."
    suggestion = "Unsubscribe from a topic first."


class TooFast(RealtimeError):
    code = "too_fast"
    message = "More than {limit} messages a second."
    suggestion = "Wait, reconnect, and send less often."
    retry_after_ms = 5_000
    close_code = TOO_FAST


class TooManyConnections(RealtimeError):
    code = "too_many_connections"
    message = "There are {limit} open connections {from_where} already."
    suggestion = "Close another tab, or wait."
    retry_after_ms = 7_000  # by then sockets are closed of which nothing is heard, and event streams have given way
    close_code = TOO_MANY_CONNECTIONS
    status = 429


class TooManySubscriptions(RealtimeError):
    code = "too_many_subscriptions"
    message = "More than {limit} topics were subscribed to in a short time."
    suggestion = "Wait, reconnect, and subscribe to what is shown only."
    retry_after_ms = 5_000
    close_code = TOO_FAST


class TooManyAttempts(RealtimeError):
    code = "too_many_attempts"
    message = "More than {limit} connections a second from your network address, or some that were closed for abuse."
    suggestion = "Wait before you connect again, and keep a connection open."
    retry_after_ms = 10_000
    close_code = TOO_MANY_CONNECTIONS
    status = 429


class TooSlow(RealtimeError):
    code = "too_slow"
    message = "More than {limit} events wait for this connection."
    suggestion = "Reconnect and subscribe with your position; acknowledge frames as they arrive."
    retry_after_ms = 1_000
    close_code = TOO_SLOW


class FirstMessageLate(RealtimeError):
    code = "first_message_late"
    message = "Nothing that can be understood came in the first {limit} seconds."
    suggestion = "Subscribe to a topic, or answer the server's ping, as soon as the connection is open."
    retry_after_ms = 1_000
    close_code = HEARTBEAT_LOST


class OriginRefused(RealtimeError):
    code = "origin_refused"
    message = "Pages of {origin!r} may not connect here."
    suggestion = "Open the site by its own address; its operator can allow more in CSRF_TRUSTED_ORIGINS."
    close_code = ORIGIN_REFUSED
    status = 403


class SessionEnded(RealtimeError):
    code = "session_ended"
    message = "The session or token with which this connection was opened is no longer valid."
    suggestion = "Sign in again, or use another token, and reconnect."
    close_code = NOT_AUTHENTICATED
