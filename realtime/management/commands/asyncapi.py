"""`manage.py asyncapi`: prints the AsyncAPI document of this site's WebSockets."""

from typing import Any

import msgspec
from django.core.management.base import BaseCommand

from realtime.asyncapi import document
from realtime.topics import topics


class Command(BaseCommand):
    help = "Print the AsyncAPI document (JSON) of the site's WebSockets."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it; without the topics of the layer's own commands."""
        public = [topic for topic in topics if not topic.__module__.startswith("realtime.")]
        self.stdout.write(msgspec.json.format(msgspec.json.encode(document(public)), indent=2).decode())
