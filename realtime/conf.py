"""Every setting of the layer: its name, its default, its unit and its reason.

The setting is `REALTIME_<NAME>` in Django's settings; what is not set there has the default below. Values are looked up
when they are used, so `override_settings` works. Durations are plain numbers of seconds. checks.py reports wrong names
and values.
"""

from typing import Any

from django.conf import settings
from django.core.signals import setting_changed


class Conf:
    """The layer's settings, as attributes."""

    URL: str = "redis://127.0.0.1:6379/0"
    """The Valkey or Redis server that holds the histories; `redis://`, `rediss://` or `unix://`."""

    OWNER: str = ""
    """Dotted path of a callable `(scope) -> str` that names who connects; used by records and limits. Empty: nobody."""

    RECHECK: str = ""
    """Dotted path of a callable that takes a list of credentials (`scope["credential"]`, anything hashable) and returns
    those that are still valid; called in a thread every 2 s for all connections of a process. Empty: nothing is
    rechecked."""

    CLIENT_VERSION: str = ""
    """Dotted path of a callable `() -> str` that names the version of the client's files that are now served; told to
    each client, so that an older page offers a reload. Asked once an event loop. Empty: no version."""

    HEALTH_CHECK_INTERVAL: float = 60.0
    """How often each process writes its connections to the database."""

    HEARTBEAT_INTERVAL: float = 30.0
    """How long after the last answer the server sends a ping; under the idle limit of usual proxies (60 s)."""

    PING_TIMEOUT: float = 30.0
    """How long a ping may stay unanswered before that counts as a failure."""

    SEND_WINDOW: int = 100
    """Frames in flight to one connection; more wait until the client acknowledges."""

    MAX_CONSECUTIVE_FAILURES: int = 3
    """Failures in a row after which the connection is closed with 4408, so that the client comes back."""

    MAX_QUEUE_SIZE: int = 100
    """Events that may wait for one connection. Keyed ones conflate; past that it is closed with 4409."""

    HISTORY_MAX_EVENTS: int = 1_000
    """Finals, and conflation keys, that a topic's history keeps."""

    HISTORY_MAX_AGE: float = 86_400.0
    """A topic's history is forgotten this long after its last event."""

    CONFLATE_INTERVAL: float = 0.1
    """A publisher sends at most one event per key in this time; the newest wins."""

    PUBLISH_QUEUE_SIZE: int = 10_000
    """Events that may wait in a publisher while Valkey is away. Keyed ones are dropped first, finals last."""

    MAX_MESSAGE_BYTES: int = 16_384
    """The size of a client's frame."""

    MAX_MESSAGES_PER_SECOND: int = 50
    """The messages of one client in a second; as many again may come in a burst."""

    MAX_TOPICS_PER_CONNECTION: int = 50
    """The topics that one connection may follow at once."""

    MAX_CONNECTIONS_PER_OWNER: int = 20
    """The open connections of one owner in a process: some browsers of many tabs."""

    MAX_CONNECTIONS_PER_ADDRESS: int = 100
    """The open connections of one network address in a process: an office behind one router."""

    MAX_CONNECTS_PER_SECOND: int = 10
    """The connections that one network address may open in a second; ten times as many and
    `MAX_CONNECTIONS_PER_ADDRESS` may come in a burst. One that followed a topic counts half, being closed
    for abuse (4400, 4429) as twenty."""

    FIRST_MESSAGE_TIMEOUT: float = 10.0
    """How long a new connection may take to say something that is understood; a ping of ours asks for it after 5 s."""

    SHUTDOWN_TIMEOUT: float = 10.0
    """How long a stopping process may take to say goodbye to its connections."""


class Setting:
    """An attribute that is looked up in Django's settings at its first use: some are used for every frame, and a look
    at Django's settings costs more than all else that is done with it."""

    def __init__(self, name: str, default: Any) -> None:
        self.name, self.default = name, default

    def __get__(self, holder: Conf | None, owner: type[Conf]) -> Any:
        if holder is None:
            return self.default
        value = vars(holder)[self.name] = getattr(settings, f"REALTIME_{self.name}", self.default)
        return value


_defaults = {name: value for name, value in vars(Conf).items() if name.isupper()}
for _name, _default in _defaults.items():
    setattr(Conf, _name, Setting(_name, _default))
conf = Conf()


def defaults() -> dict[str, Any]:
    """Each setting's name, without the prefix, and its default."""
    return dict(_defaults)


def _look_again(**_: Any) -> None:
    vars(conf).clear()


setting_changed.connect(_look_again)
