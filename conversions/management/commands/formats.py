"""`manage.py formats`: prints docs/formats.md."""

from typing import Any

from django.core.management.base import BaseCommand

from conversions.catalog.document import as_markdown


class Command(BaseCommand):
    help = "Print what converts to what here, as Markdown."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it."""
        self.stdout.write(as_markdown(), ending="")
