import hashlib
import io
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone

from conversions.accounts import tokens
from conversions.models import ApiToken
from tests.processes import ROOT

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return User.objects.create_user("ada")


def test_token_speaks_for_its_user(user: User) -> None:
    assert tokens.user_of(tokens.create(user, "script")) == user


def test_only_the_hash_is_kept(user: User) -> None:
    token = tokens.create(user, "script")
    row = ApiToken.objects.values().get()
    assert row["digest"] == hashlib.sha256(token.encode()).hexdigest()
    assert not any(token in str(value) for value in row.values())


@pytest.mark.parametrize("token", ["", "cs_", "cs_wrong", "é", "x" * 100_000])
def test_unknown_token_speaks_for_nobody(user: User, token: str) -> None:
    tokens.create(user, "script")
    assert tokens.user_of(token) is None


def test_token_of_an_inactive_user_speaks_for_nobody(user: User) -> None:
    token = tokens.create(user, "script")
    User.objects.update(is_active=False)
    assert tokens.user_of(token) is None


def test_use_is_noted_once_a_minute(user: User) -> None:
    token = tokens.create(user, "script")
    tokens.user_of(token)
    first = ApiToken.objects.get().last_used_at
    assert first is not None
    tokens.user_of(token)
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=timezone.now() - timedelta(minutes=2))
    tokens.user_of(token)
    assert ApiToken.objects.get().last_used_at >= first


def test_command_prints_the_token_and_nothing_else(user: User) -> None:
    output = io.StringIO()
    call_command("api_token", "ada", stdout=output)
    assert tokens.user_of(output.getvalue().removesuffix("\n")) == user


def test_command_makes_a_missing_user_who_cannot_sign_in() -> None:
    output = io.StringIO()
    call_command("api_token", "robot", "--label", "nightly", stdout=output)
    robot = User.objects.get(username="robot")
    assert tokens.user_of(output.getvalue().strip()) == robot
    assert not robot.has_usable_password()
    assert robot.api_tokens.get().name == "nightly"


def test_command_says_in_a_sentence_that_there_are_no_tables(tmp_path: Path) -> None:
    command = [sys.executable, "manage.py", "api_token", "ada"]
    env = {**os.environ, "DATA_DIR": str(tmp_path), "DATABASE_URL": "", "ENV_FILE": os.devnull}
    env["DJANGO_SETTINGS_MODULE"] = "convertsite.settings"
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "The database cannot be used" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
