"""Signs of life: both workers and beat leave a key in Valkey that runs out unless they renew it."""

import functools
import logging
import os
from typing import Any

import redis
from celery.beat import PersistentScheduler
from celery.signals import heartbeat_sent, task_prerun, worker_process_init
from django.conf import settings

from convertsite.guard import die_with_parent

PARTS = ("worker", "housekeeping", "long", "beat")
KEPT_FOR = 10
"""Seconds that a sign of life lasts. All parts renew theirs every two seconds."""
BUSY_FOR = 300
"""The same for housekeeping while it runs a task: its only thread does the task and sends no heartbeat meanwhile."""

logger = logging.getLogger(__name__)


@functools.cache
def valkey() -> "redis.Redis":
    """A client that gives up after a second: whoever asks for a sign of life does not wait for one."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)


def announce(part: str, kept_for: int = KEPT_FOR) -> None:
    """Say that `part` lives. Valkey being away is not the caller's trouble: `/readyz` says so."""
    try:
        valkey().set(f"convertsite:alive:{part}", kept_for, ex=kept_for)
    except redis.RedisError as error:
        logger.debug("No sign of life from %s: %s", part, error)


def is_alive(part: str) -> bool:
    """Whether `part` gave a sign of life within `KEPT_FOR` seconds; raises `RedisError` when Valkey is away."""
    return bool(valkey().exists(f"convertsite:alive:{part}"))


def age(part: str) -> float | None:
    """Seconds since the last sign of life, by Valkey's clock; None: there is none. Raises `RedisError` when Valkey is
    away."""
    with valkey().pipeline(transaction=False) as pipe:
        pipe.get(f"convertsite:alive:{part}")
        pipe.pttl(f"convertsite:alive:{part}")
        kept_for, left_ms = pipe.execute()
    return None if kept_for is None else max(0.0, int(kept_for) - left_ms / 1000)


@heartbeat_sent.connect
def announce_worker(sender: Any, **kwargs: Any) -> None:
    """A Celery worker sends this signal from its main process, also while its pool is busy."""
    name = sender.eventer.hostname.partition("@")[0]
    # Whoever starts a worker by hand may call it anything; only the other kind has a fixed name.
    announce(name if name in ("housekeeping", "long") else "worker")


@task_prerun.connect
def announce_task(task: Any, **kwargs: Any) -> None:
    """Housekeeping falls silent while it works, and is not dead; its next heartbeat shortens the time again."""
    if (task.request.hostname or "").startswith("housekeeping@"):
        announce("housekeeping", BUSY_FOR)


@worker_process_init.connect
def end_with_worker(**_: Any) -> None:
    """A process of the pool must not outlive its worker, however the worker ends."""
    die_with_parent(os.getppid())


class Scheduler(PersistentScheduler):
    """Celery's own scheduler, which also says at every tick that beat lives."""

    def tick(self, *args: Any, **kwargs: Any) -> float:
        announce("beat")
        interval: float = super().tick(*args, **kwargs)
        return interval
