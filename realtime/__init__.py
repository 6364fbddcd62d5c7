"""A reliable layer over Django Channels: no event is lost, doubled or out of order. These are its public names."""

from realtime.acknowledgements import Acknowledgement, acknowledged_by
from realtime.consumers import EventConsumer, HeartbeatConsumer
from realtime.errors import RealtimeError
from realtime.kept import Kept, kept_events
from realtime.protocol import Event
from realtime.publisher import apublish, flush, publish, send_message_with_retry
from realtime.sse import event_stream
from realtime.topics import Topic
from realtime.version import client_version

__all__ = [
    "Acknowledgement",
    "Event",
    "EventConsumer",
    "HeartbeatConsumer",
    "Kept",
    "RealtimeError",
    "Topic",
    "acknowledged_by",
    "apublish",
    "client_version",
    "event_stream",
    "flush",
    "kept_events",
    "publish",
    "selftest",  # a module, imported where it is used: it needs `websockets`
    "send_message_with_retry",
]
