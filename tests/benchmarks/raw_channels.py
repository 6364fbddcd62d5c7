"""Plain Channels: each consumer joins its group, and encodes each message for itself.

`python -m tests.benchmarks.raw_channels RATE SECONDS TOPICS` publishes through the channel layer.
"""

import asyncio
import json
import os
import sys
from typing import Any
from urllib.parse import parse_qs

import django
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from channels.routing import URLRouter
from django.conf import settings
from django.urls import path

from tests.benchmarks.pace import fields, paced

LAYER = {
    "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
    "CONFIG": {"hosts": [f"unix://{os.environ['VALKEY_SOCKET']}"]},
}
settings.configure(INSTALLED_APPS=["channels"], CHANNEL_LAYERS={"default": LAYER})
django.setup()


class Consumer(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        self.group = parse_qs(self.scope["query_string"].decode())["topic"][0]
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        pass

    async def progress(self, event: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(event["data"]))


async def publish(rate: float, seconds: float, topics: int) -> None:
    layer = get_channel_layer()
    for number, t in paced(rate, seconds):
        data = {"type": "progress_update", **fields(number, t)}
        await layer.group_send(f"board.{number % topics}", {"type": "progress", "data": data})


application = URLRouter([path("ws/", Consumer.as_asgi())])
if __name__ == "__main__":
    asyncio.run(publish(float(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))
