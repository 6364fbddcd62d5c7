"""The sentences of `make run` and `make admin` when something is missing, in a clone that has nothing yet."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What `make run` needs of a fresh clone, and a `bin` that stands before all else in PATH."""
    for name in ("Makefile", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "bin").mkdir()
    return tmp_path


def program(clone: Path, name: str, *lines: str) -> None:
    """Put a shell script before the machine's program of that name."""
    path = clone / "bin" / name
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)


def make(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{clone / 'bin'}:{os.environ['PATH']}"}
    for name in ("MAKEFLAGS", "MAKELEVEL"):  # of the `make test` around this
        environment.pop(name, None)
    command = [shutil.which("make") or "make", *arguments]
    return subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, check=False)


def test_an_old_python_is_named(clone: Path) -> None:
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        program(clone, name, '[ "$1" = -V ] || exit 1', "echo Python 3.9.2")
    done = make(clone, "run")
    assert done.returncode != 0
    assert done.stderr.startswith("Convertsite needs Python 3.11 or newer, and python3 is Python 3.9.2: install one")


def test_a_python_that_is_new_enough_is_found_by_its_versioned_name(clone: Path) -> None:
    program(clone, "python3", "exit 1")
    program(clone, "python3.14", "exit 1")
    program(clone, "python3.13", f'case "$*" in *venv*) exit 1;; esac; exec {sys.executable} "$@"')
    done = make(clone, "run")
    assert done.returncode != 0
    assert done.stderr.startswith("Python's venv module is missing: install it")


def test_a_missing_venv_module_is_named(clone: Path) -> None:
    program(clone, "python3", 'case "$2" in *ensurepip*) exit 1;; esac', f'exec {sys.executable} "$@"')
    done = make(clone, "run")
    assert done.returncode != 0
    assert done.stderr.startswith("Python's venv module is missing: install it")
    assert not (clone / ".venv").exists()


def test_a_full_disk_is_named(clone: Path) -> None:
    program(clone, "df", "echo Filesystem 1024-blocks Used Available", "echo /dev/sda1 1000000 950000 51200 95% /")
    done = make(clone, "run")
    assert done.returncode != 0
    assert done.stderr.startswith("The disk is full: 50 MB are free here and Convertsite needs 1024 MB.")


def test_packages_are_installed_when_their_list_has_changed_and_else_not(clone: Path) -> None:
    log = clone / "log"
    (clone / ".venv" / "bin").mkdir(parents=True)
    program(clone, "../.venv/bin/pip")
    program(clone, "../.venv/bin/python", f'echo "$@" >> {log}')
    for change in ("", "", "# changed\n"):
        (clone / "requirements.txt").write_text((clone / "requirements.txt").read_text() + change)
        assert make(clone, "run", "PORT=8123").returncode == 0
    install = "-m pip install --quiet --disable-pip-version-check -r requirements.txt"
    up = "manage.py up --host 127.0.0.1 --port 8123"
    assert log.read_text().splitlines() == [install, up, up, install, up]


def test_an_environment_whose_making_was_broken_off_is_made_again(clone: Path) -> None:
    (clone / ".venv" / "bin").mkdir(parents=True)
    program(clone, "../.venv/bin/python", "exit 1")
    program(clone, "python3", f'[ "$2" = venv ] && touch {clone}/made; [ "$1" = -c ]')
    make(clone, "run")
    assert (clone / "made").exists()


def test_an_environment_whose_python_is_gone_is_made_again(clone: Path) -> None:
    (clone / ".venv" / "bin").mkdir(parents=True)
    program(clone, "../.venv/bin/pip")
    (clone / ".venv" / "bin" / "python").symlink_to("/nonexistent")
    shutil.copy(clone / "requirements.txt", clone / ".venv" / ".installed")
    program(clone, "python3", f'[ "$2" = venv ] && touch {clone}/made; [ "$1" = -c ]')
    make(clone, "run")
    assert (clone / "made").exists()


def test_an_admin_account_needs_a_name(clone: Path) -> None:
    (clone / ".venv" / "bin").mkdir(parents=True)
    program(clone, "../.venv/bin/pip")
    program(clone, "../.venv/bin/python")
    done = make(clone, "admin")
    assert done.returncode != 0
    assert "Say whose account: make admin USERNAME=…" in done.stderr


def test_a_password_reaches_the_command_as_it_was_typed(clone: Path) -> None:
    (clone / ".venv" / "bin").mkdir(parents=True)
    program(clone, "../.venv/bin/pip")
    program(clone, "../.venv/bin/python", '[ "$1" = manage.py ] || exit 0', 'echo "$@" && cat')
    password = """p$a$$s'"w`ord`\\ #é"""
    done = make(clone, "admin", "USERNAME=ada", f"PASSWORD={password}")
    assert done.stdout.splitlines()[-2:] == ["manage.py admin_account --password-stdin -- ada", password]
