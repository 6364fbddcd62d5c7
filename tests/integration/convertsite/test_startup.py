"""What must hold before a start, and the one sentence that says what does not."""

import os
import pty
import resource
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import DatabaseError
from pytest_django import Settings

from convertsite.startup import CannotStart, database_trouble, lock, require_port, require_private, require_space
from tests.processes import ROOT, environment, free_port


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    return tmp_path


def test_a_data_folder_is_one_process_s_alone(folder: Path) -> None:
    with lock(folder), pytest.raises(CannotStart) as refusal:
        lock(folder)
    assert str(refusal.value) == (
        f"Convertsite already runs with the data folder {folder} (process {os.getpid()}): "
        "stop it, or set DATA_DIR to another folder."
    )


def test_a_data_folder_is_free_again_after_its_process(folder: Path) -> None:
    lock(folder).close()
    lock(folder).close()


def test_a_folder_that_others_can_enter_is_refused(tmp_path: Path) -> None:
    require_private(tmp_path / "new" / "own")
    require_private(tmp_path / "new" / "own")
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o755)
    with pytest.raises(CannotStart, match="Other users of this machine can enter"):
        require_private(open_to_all)


def test_a_link_that_somebody_else_could_turn_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir(mode=0o700)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "own")
    require_private(link)
    if os.getuid() == 0:
        os.chown(link, 12_345, -1, follow_symlinks=False)
        with pytest.raises(CannotStart, match="Other users of this machine can enter"):
            require_private(link)


TERMINAL = """
import signal, sys
from convertsite.management.commands.up import stop_with_terminal
signal.signal(signal.SIGHUP, lambda *_: sys.exit(7))
stop_with_terminal()
print("watches", flush=True)
signal.pause()
"""


def test_a_terminal_that_goes_away_is_noticed_by_who_gets_no_signal() -> None:
    master, terminal = pty.openpty()
    command = [sys.executable, "-c", TERMINAL]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdin=terminal, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        os.close(terminal)
        assert process.stdout
        assert process.stdout.readline() == b"watches\n"
        os.write(master, b"what is typed ends nothing\n")
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.2)
        os.close(master)
        assert process.wait(10) == 7


def test_a_free_port_is_fine() -> None:
    port = free_port()
    assert require_port("127.0.0.1", str(port)) == port


def test_a_port_of_a_server_that_has_just_ended_is_fine() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            server.accept()[0].close()
    require_port("127.0.0.1", str(port))


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(CannotStart, match=f"Port {port} of 127.0.0.1 is taken: .* `make run PORT=8001`"):
            require_port("127.0.0.1", str(port))


def test_an_address_of_another_machine_is_named() -> None:
    with pytest.raises(CannotStart, match=r"Cannot listen on 192\.0\.2\.1, port 8000: "):
        require_port("192.0.2.1", "8000")


@pytest.mark.parametrize("host", ["nobody..home", "127.0.0.1:80"])
def test_a_host_that_is_none_is_named(host: str) -> None:
    with pytest.raises(CannotStart, match=f"There is no address “{host}”: choose one of this machine's"):
        require_port(host, "8000")


@pytest.mark.parametrize("port", ["99999", "65536", "0", "-1", "abc", "80.5", "", "٨٠٠٠", "9" * 5_000])
def test_a_port_that_is_none_is_named_and_nothing_starts(folder: Path, settings: Settings, port: str) -> None:
    settings.DATA_DIR = folder
    with pytest.raises(SystemExit) as end:
        call_command("up", f"--port={port}")
    assert end.value.code == (
        f"There is no port “{port}”: choose one from 1 to 65535, as in `make run PORT=8001`."
    )  # sys.exit with a text prints it, and the exit code is 1
    assert list(folder.iterdir()) == [folder / "run"]


def test_a_disk_with_room_is_fine(folder: Path) -> None:
    require_space(folder, needed=1)


def test_a_full_disk_is_named(folder: Path) -> None:
    with pytest.raises(CannotStart, match=f"The disk is full: {folder} has [0-9]+ MB free and Convertsite needs "):
        require_space(folder, needed=2**60)


def test_a_data_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=f"Cannot write below {tmp_path}: No such file or directory"):
        lock(tmp_path)


def run_without_room(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command that can make files but write nothing into them, as on a full disk."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(DATA_DIR=str(data_dir), PYTHONDONTWRITEBYTECODE="1"),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
    )


def test_no_room_in_the_data_folder_is_one_sentence(tmp_path: Path) -> None:
    done = run_without_room(tmp_path / "var", "up")
    assert (done.returncode, done.stderr) == (
        1,
        f"The folder for data, {tmp_path}/var, cannot be used (File too large): free or grant it, or set DATA_DIR.\n",
    )


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["up", "--port", "0"], "Cannot write below {}: File too large.\n"),
        (["admin_account", "ada"], "CommandError: The database cannot be used: disk I/O error\n"),
    ],
)
def test_no_room_any_more_is_one_sentence(tmp_path: Path, command: list[str], told: str) -> None:
    (tmp_path / "secret_key").write_text("made at an earlier start, as long as keys have to be")
    done = run_without_room(tmp_path, *command)
    assert (done.returncode, done.stderr) == (1, told.format(tmp_path))


def test_a_database_that_does_not_answer_is_one_sentence() -> None:
    error = DatabaseError("connection failed: port 5432 failed: Connection refused\n\tIs the server running?\n")
    assert database_trouble(error) == (
        "The database cannot be used: connection failed: port 5432 failed: Connection refused Is the server running?"
    )


def test_a_setting_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "up"],
        cwd=ROOT,
        env=environment(DATA_DIR=str(tmp_path / "var"), LOG_LEVEL="loud"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "LOG_LEVEL is “loud” and must be one of DEBUG, INFO, WARNING, ERROR: correct it in the environment or in "
        ".env. (convertsite.E001)"
    ]


def test_variables_come_from_the_named_file_and_in_tests_from_none(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("RETENTION_HOURS=7\n")
    code = "from convertsite import settings; print(settings.RETENTION_HOURS)"
    changes = {"ENV_FILE": str(tmp_path / "env"), "DATA_DIR": str(tmp_path / "data")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment(**changes), capture_output=True, text=True, check=False
    )
    assert done.stdout == "7.0\n", done.stderr
    assert os.environ["ENV_FILE"] == environment()["ENV_FILE"] == os.devnull
