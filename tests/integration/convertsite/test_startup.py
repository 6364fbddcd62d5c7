"""What must hold before a start, and the one sentence that says what does not."""

import os
import socket
from pathlib import Path

import pytest

from convertsite.startup import CannotStart, lock, require_port, require_space
from tests.processes import free_port


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


def test_a_free_port_is_fine() -> None:
    require_port("127.0.0.1", free_port())


def test_a_port_of_a_server_that_has_just_ended_is_fine() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            server.accept()[0].close()
    require_port("127.0.0.1", port)


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(CannotStart, match=f"Port {port} of 127.0.0.1 is taken: .* `make run PORT=8001`"):
            require_port("127.0.0.1", port)


def test_an_address_of_another_machine_is_named() -> None:
    with pytest.raises(CannotStart, match=r"Cannot listen on 192\.0\.2\.1, port 8000: "):
        require_port("192.0.2.1", 8000)


def test_a_disk_with_room_is_fine(folder: Path) -> None:
    require_space(folder, needed=1)


def test_a_full_disk_is_named(folder: Path) -> None:
    with pytest.raises(CannotStart, match=f"The disk is full: {folder} has [0-9]+ MB free and Convertsite needs "):
        require_space(folder, needed=2**60)
