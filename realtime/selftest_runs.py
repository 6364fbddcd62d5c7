"""The self-test at an admin's wish: in a thread of a web process, one at a time for the whole site. What it found so
far, and at last, is in Valkey, where the pages of all processes see it."""

import logging
import secrets
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime

import msgspec

from realtime import clock, valkey
from realtime.backoff import AWAY
from realtime.selftest_results import Result, SiteError, Verdict

logger = logging.getLogger(__name__)
NEWEST, RUNNING = "realtime:{health}:selftest", "realtime:lock:selftest"
KEPT = 30 * 86_400  # seconds
LONGEST = 180  # seconds, after which a run is thought to be dead


class Run(msgspec.Struct):
    """A run that `by` asked for. `verdict` is empty as long as it runs; `error` says why there was nothing to check."""

    id: str
    by: str
    began_at: datetime
    verdict: str = ""
    error: str = ""
    results: list[Result] = []

    @property
    def lost(self) -> bool:
        """Whether it will never end, since its process did."""
        return not self.verdict and (clock.now() - self.began_at).total_seconds() > LONGEST


def start(by: str) -> bool:
    """Begin one, unless one runs. It blocks for a moment; raises one of `backoff.AWAY`."""
    run = Run(secrets.token_hex(8), by, clock.now().astimezone(UTC))
    with valkey.connect() as client:
        if not client.set(RUNNING, run.id, nx=True, ex=LONGEST):
            return False
    _keep(run)
    threading.Thread(target=_work, args=(run,), name="realtime-selftest", daemon=True).start()
    return True


def newest() -> Run | None:
    """The run that was begun last, if that was within `KEPT`. It blocks; raises one of `backoff.AWAY`."""
    with valkey.connect() as client:
        found = client.get(NEWEST)
    return None if found is None else msgspec.json.decode(found, type=Run)


def _work(run: Run) -> None:
    from realtime import selftest  # a client, and what all apps check: few processes ever need it

    def hear(result: Result) -> None:
        run.results.append(result)
        with suppress(*AWAY):  # Valkey may be what is broken
            _keep(run)

    try:
        run.verdict = str(selftest.run(tell=hear).verdict)
    except SiteError as error:
        run.verdict, run.error = str(Verdict.UNHEALTHY), f"{error} {error.suggestion}"
    except Exception:  # it is for people, who wait for an end
        logger.exception("The self-test failed")
        run.verdict, run.error = str(Verdict.UNHEALTHY), "The self-test itself failed; the log says how."
    finally:
        _end(run)


def _keep(run: Run) -> None:
    with valkey.connect() as client:
        client.set(NEWEST, msgspec.json.encode(run), ex=KEPT)


def _end(run: Run) -> None:
    for _ in range(3):  # and if Valkey is away for longer, the lock runs out
        try:
            _keep(run)
            with valkey.connect() as client:
                client.delete(RUNNING)
        except AWAY:
            time.sleep(1)
        else:
            return
