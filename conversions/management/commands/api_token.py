"""`manage.py api_token NAME`: a token for the API."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from conversions.accounts import tokens


class Command(BaseCommand):
    """Prints a new token of the user and nothing else, so that a script can read it. Makes the user if missing."""

    help = "Print a new API token of the user NAME, who is made if missing. It is not shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="the user's name")
        parser.add_argument("--label", default="api_token", help="what the admin site calls the token")

    def handle(self, *args: Any, name: str, label: str, **options: Any) -> None:
        try:
            self.stdout.write(self._token(name, label))
        except DatabaseError as error:
            raise CommandError(
                f"The database cannot be used ({' '.join(str(error).split())}): start the site once with `make run`."
            ) from error

    def _token(self, name: str, label: str) -> str:
        user, made = User.objects.get_or_create(username=name)
        if made:
            user.set_unusable_password()
            user.save(update_fields=["password"])
        return tokens.create(user, label)
