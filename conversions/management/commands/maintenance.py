"""`manage.py maintenance on|off`: the read-only switch."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.core.management import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils import timezone

from conversions.jobs import maintenance
from conversions.models import LONGEST_TEXT

SHELL = "manage.py"
"""In whose name the admin log keeps what nobody is named for; nobody can sign in as this user."""


class Command(BaseCommand):
    """Says how it is, after switching it if that is asked for."""

    help = "Take in nothing new while it is on; what runs or waits goes on and ends. Without a word, say how it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("state", nargs="?", choices=("on", "off"))
        parser.add_argument("--text", default="", help="what people are told: “the site moves to a larger disk”")
        parser.add_argument("--until", default="", help="when it may be over, such as 2026-12-01T06:00, in UTC")
        parser.add_argument("--user", default="", help=f"who switches it, for the admin log (by default {SHELL})")

    def handle(self, *args: Any, state: str | None, text: str, until: str, user: str, **options: Any) -> None:
        try:
            if state:
                self._switch(state == "on", text, self._moment(until), user)
            self.stdout.write(self._told())
        except DatabaseError as error:
            raise CommandError(f"The database cannot be used: {' '.join(str(error).split())}") from error

    def _switch(self, on: bool, text: str, until: datetime | None, user: str) -> None:
        if len(text) > LONGEST_TEXT:
            raise CommandError(f"The text has {len(text)} characters; at most {LONGEST_TEXT} are kept.")
        hand = self._hand(user)
        row = maintenance.switch(on, text, until)
        message = "Switched on." if on else "Switched off."
        LogEntry.objects.log_actions(hand.pk, [row], CHANGE, change_message=message, single_object=True)

    def _hand(self, user: str) -> User:
        if not user:
            return User.objects.get_or_create(username=SHELL, defaults={"is_active": False, "password": "!"})[0]
        try:
            return User.objects.get(username=user)
        except User.DoesNotExist:
            raise CommandError(f"There is no user {user}.") from None

    def _moment(self, until: str) -> datetime | None:
        if not until:
            return None
        try:
            moment = datetime.fromisoformat(until)
        except ValueError:
            raise CommandError(f"“{until}” is no time; write it as in 2026-12-01T06:00.") from None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if moment <= timezone.now():
            raise CommandError(f"{moment:%Y-%m-%d %H:%M %Z} is over.")
        return moment

    def _told(self) -> str:
        if told := maintenance.refusal():
            return f"Maintenance is on. People are told: {told}"
        return "Maintenance is off."
