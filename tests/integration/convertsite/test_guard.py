"""A guarded process does not outlive its parent."""

import contextlib
import signal
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from convertsite.guard import ORPHANED
from convertsite.processes import GUARD
from tests.processes import ROOT, environment, gone
from tests.waiting import wait_for

WAYS = ["by the kernel", "watched"]


@pytest.fixture(params=WAYS)
def family(request: pytest.FixtureRequest) -> Iterator[tuple[subprocess.Popen[str], list[psutil.Process]]]:
    """A parent, and the processes that it has started."""
    parent = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.convertsite.parent", request.param],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    with parent, parent.stdout as output:
        lines = {output.readline().strip(), output.readline().strip()}
        assert "child runs" in lines
        descendants = psutil.Process(parent.pid).children(recursive=True)
        yield parent, descendants
        for process in (parent, *descendants):
            with contextlib.suppress(psutil.NoSuchProcess):  # it may end by itself at this very moment
                process.kill()


def test_it_ends_when_its_parent_is_killed(family: tuple[subprocess.Popen[str], list[psutil.Process]]) -> None:
    parent, descendants = family
    assert descendants
    parent.kill()
    wait_for(lambda: gone(descendants), timeout=5, because="the end of the guarded process")


def test_it_ends_by_a_signal_as_the_command_would(
    family: tuple[subprocess.Popen[str], list[psutil.Process]],
) -> None:
    _, descendants = family
    descendants[0].send_signal(signal.SIGTERM)
    wait_for(lambda: gone(descendants), timeout=5, because="the end of the guarded process")


def test_it_does_not_start_when_the_parent_is_gone_already() -> None:
    command = [sys.executable, "-I", "-S", str(GUARD), "1", sys.executable, "-c", "print('runs')"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (ORPHANED, b"")
