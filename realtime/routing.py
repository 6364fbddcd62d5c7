"""The layer's WebSocket URLs, for the project's `URLRouter`."""

from django.urls import path

from realtime.consumers import EventConsumer, HeartbeatConsumer

websocket_urlpatterns = [
    path("ws/events/", EventConsumer.as_asgi()),
    path("ws/heartbeat/", HeartbeatConsumer.as_asgi()),
]
