"""`manage.py api_token NAME`: a token for the API."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management import BaseCommand, CommandParser

from conversions.accounts import tokens


class Command(BaseCommand):
    """Prints a new token of the user and nothing else, so that a script can read it. Makes the user if missing."""

    help = "Print a new API token of the user NAME, who is made if missing. It is not shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="the user's name")
        parser.add_argument("--label", default="api_token", help="what the admin site calls the token")

    def handle(self, *args: Any, name: str, label: str, **options: Any) -> None:
        user, made = User.objects.get_or_create(username=name)
        if made:
            user.set_unusable_password()
            user.save(update_fields=["password"])
        self.stdout.write(tokens.create(user, label))
