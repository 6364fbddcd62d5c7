"""A reliable layer over Django Channels: no event is lost, doubled or out of order. These are its public names."""

from realtime.consumers import EventConsumer, HeartbeatConsumer
from realtime.protocol import Event
from realtime.publisher import apublish, flush, publish, send_message_with_retry
from realtime.topics import Topic

__all__ = [
    "Event",
    "EventConsumer",
    "HeartbeatConsumer",
    "Topic",
    "apublish",
    "flush",
    "publish",
    "send_message_with_retry",
]
