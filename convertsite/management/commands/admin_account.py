"""`manage.py admin_account NAME`: makes or resets the account of an administrator."""

import secrets
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from convertsite.prepare import migrate
from convertsite.startup import database_trouble


class Command(BaseCommand):
    help = "Makes an administrator's account, or gives it back its rights and a new password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument(
            "--password-stdin",
            action="store_true",
            help="read the password from the first line of standard input; else one is made and printed",
        )

    def handle(self, *args: Any, username: str, password_stdin: bool, **options: Any) -> None:
        given = sys.stdin.readline().rstrip("\n") if password_stdin else ""
        try:
            self._reset(username, given)
        except DatabaseError as error:
            raise CommandError(database_trouble(error)) from error

    def _reset(self, username: str, given: str) -> None:
        password = given or secrets.token_urlsafe(15)
        migrate()
        user = User.objects.filter(username=username).first()
        new = user is None
        user = user or User(username=username)
        user.is_active = user.is_staff = user.is_superuser = True
        user.set_password(password)
        try:
            user.full_clean()
        except ValidationError as error:
            raise CommandError(f"The account cannot be made: {' '.join(error.messages)}") from None
        user.save()
        self.stdout.write(f"The administrator {username} {'was made' if new else 'has a new password'}.")
        if given:
            self._judge(given, user)
        else:
            self.stdout.write(f"Password: {password}")

    def _judge(self, password: str, user: User) -> None:
        try:
            validate_password(password, user)
        except ValidationError as error:
            self.stderr.write(
                f"A weak password, change it before others can reach the site. {' '.join(error.messages)}"
            )
