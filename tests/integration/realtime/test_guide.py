"""docs/realtime.md works as written."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from django.conf import settings

from tests.processes import ROOT, free_port, stop
from tests.waiting import wait_for

GUIDE = (ROOT / "docs" / "realtime.md").read_text()
SETTINGS, ASGI, TOPICS, PUBLISH, FOLLOW = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return {**kept, "REDIS_URL": settings.REDIS_URL, "PYTHONUNBUFFERED": "1"}


@contextmanager
def running(folder: Path, output: Path, *command: str) -> Iterator[None]:
    with output.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=folder, env=environment(), stdout=file, stderr=subprocess.STDOUT
        )
    try:
        yield
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
    run(tmp_path, "manage.py", "migrate")
    return tmp_path


def test_guide_works_as_written(valkey: redis.Redis, project: Path, tmp_path: Path) -> None:
    port, heard, said = free_port(), tmp_path / "heard", tmp_path / "said"
    url = f"ws://127.0.0.1:{port}/ws/events/"
    with (
        running(project, said, "-m", "daphne", "-p", str(port), "mysite.asgi:application"),
        running(project, heard, "follow.py", url),
    ):
        wait_for(lambda: "subscribed" in heard.read_text(), 20, "the subscription")
        run(project, "manage.py", "shell", "-c", PUBLISH)
        wait_for(lambda: "said hello" in heard.read_text(), because="the event")
    assert heard.read_text().splitlines()[:2] == ["subscribed ", "said hello"]


def test_guide_is_short() -> None:
    lines = [line for block in (SETTINGS, ASGI, TOPICS, PUBLISH) for line in block.splitlines() if line.strip()]
    assert len(lines) <= 22
