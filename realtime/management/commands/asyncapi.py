"""`manage.py asyncapi`: prints the AsyncAPI document of this site's WebSockets."""

from typing import Any

import msgspec
from django.core.management.base import BaseCommand

from realtime.asyncapi import document
from realtime.topics import topics


class Command(BaseCommand):
    help = "Print the AsyncAPI document (JSON) of the site's WebSockets."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it."""
        self.stdout.write(msgspec.json.format(msgspec.json.encode(document(topics)), indent=2).decode())
