"""`manage.py admin_account` on the command line, with a database of its own."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from tests.processes import ROOT, environment


@pytest.mark.django_db(transaction=True)
def test_an_account_is_made_with_all_rights_and_a_password_that_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("admin_account", "ada")
    told, password = capsys.readouterr().out.splitlines()
    assert told == "The administrator ada was made."
    user = authenticate(username="ada", password=password.removeprefix("Password: "))
    assert isinstance(user, User)
    assert user.is_staff
    assert user.is_superuser


@pytest.mark.django_db(transaction=True)
def test_an_account_gets_its_rights_back_and_a_new_password(capsys: pytest.CaptureFixture[str]) -> None:
    User.objects.create_user("ada", password="forgotten", is_active=False)
    call_command("admin_account", "ada")
    told, password = capsys.readouterr().out.splitlines()
    assert told == "The administrator ada has a new password."
    assert authenticate(username="ada", password=password.removeprefix("Password: ")) is not None
    assert User.objects.get().is_superuser


@pytest.mark.django_db(transaction=True)
def test_a_name_that_cannot_be_one_is_an_error() -> None:
    with pytest.raises(CommandError, match="The account cannot be made: Enter a valid username"):
        call_command("admin_account", "a da")
    assert not User.objects.exists()


def test_a_password_is_read_from_standard_input_and_a_weak_one_is_told(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "admin_account", "--password-stdin", "ada"],
        cwd=ROOT,
        env=environment(DATA_DIR=str(tmp_path / "var")),
        input="12345\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "The administrator ada was made.\n"
    assert "A weak password" in done.stderr
