"""The history's Valkey for code that may block: tasks and views. In an event loop it is `history.connect`."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from realtime.backoff import AWAY
from realtime.conf import conf

PATIENCE = 2.0  # seconds for it to answer


def connect() -> "redis.Redis":
    """A client, to be closed; its calls raise one of `backoff.AWAY` within some seconds while Valkey is away."""
    retry = Retry(NoBackoff(), 0)
    return redis.Redis.from_url(conf.URL, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=retry)


@contextmanager
def alone(name: str, longest: float) -> Iterator[bool]:
    """Whether nobody else is doing this now, in any process; it is thought done after `longest` seconds.

    While Valkey is away nobody can know, and it is done: it must bear to be done twice.
    """
    with connect() as client:
        lock = client.lock(f"realtime:lock:{name}", timeout=longest, blocking=False)
        try:
            taken = lock.acquire()
        except AWAY:
            yield True
            return
        try:
            yield taken
        finally:
            if taken:
                with suppress(*AWAY):  # also where it took longer, and the lock is another's by now
                    lock.release()
