"""What one client saw of a board, held against the truth. Pure."""

from dataclasses import dataclass, field
from typing import Any

Message = dict[str, Any]


@dataclass(frozen=True)
class Truth:
    """What the database says: when each job was done (Unix seconds), and where the gauges stand."""

    jobs: dict[int, float]
    gauges: dict[str, int]


@dataclass
class Sight:
    """One client's view, and all that was wrong on the way to it. Feed it each message with the time."""

    jobs: dict[int, float] = field(default_factory=dict)
    """Each job that was seen, as an event or in a snapshot, and when first."""
    gauges: dict[str, int] = field(default_factory=dict)
    doubled: int = 0
    """Finals that came more than once as an event."""
    out_of_order: int = 0
    snapshots: int = 0
    longest_silence: float = 0.0
    _finals: set[int] = field(default_factory=set)
    _highest: dict[str, int] = field(default_factory=dict)
    _position: tuple[str, int] = ("", 0)
    _gauge_times: list[tuple[float, int]] = field(default_factory=list)
    _last_at: float | None = None

    def take(self, message: Message, at: float) -> None:
        """A message came."""
        if message["type"] == "subscribed":
            self._subscribed(message, at)
            return
        if self._last_at is not None:
            self.longest_silence = max(self.longest_silence, at - self._last_at)
        self._last_at = at
        self._check_position(message)
        match message["type"]:
            case "job_done":
                self._done(message["number"], at)
            case "job_progress":
                self.out_of_order += message["number"] in self._finals
                self._check_growing(f"job {message['number']}", message["percent"])
            case "gauge_changed":
                self._check_growing(f"gauge {message['name']}", message["value"])
                self._show(message["name"], message["value"], at)

    def _subscribed(self, message: Message, at: float) -> None:
        if message["recovered"]:
            return
        self.snapshots += 1
        self._position = (message["epoch"], message["offset"])
        for number in message["snapshot"]["jobs"]:
            self.jobs.setdefault(number, at)
        for name, value in message["snapshot"]["gauges"].items():
            self._show(name, value, at)

    def _check_position(self, message: Message) -> None:
        epoch, offset = self._position
        self.out_of_order += message["epoch"] != epoch or message["offset"] <= offset
        self._position = (message["epoch"], message["offset"])

    def _done(self, number: int, at: float) -> None:
        if number in self._finals:
            self.doubled += 1
            return
        self._finals.add(number)
        self._check_growing("finals", number)
        self.jobs.setdefault(number, at)

    def _check_growing(self, what: str, value: int) -> None:
        self.out_of_order += value < self._highest.get(what, 0)
        self._highest[what] = value

    def _show(self, name: str, value: int, at: float) -> None:
        self.gauges[name] = value
        self._gauge_times.append((at, min(self.gauges.values())))

    def lost(self, truth: Truth) -> int:
        """Finals that were never seen, and gauges that do not show their last value."""
        unseen = truth.jobs.keys() - self.jobs.keys()
        wrong = [name for name, value in truth.gauges.items() if self.gauges.get(name) != value]
        return len(unseen) + len(wrong)

    def right_at(self, truth: Truth, moment: float) -> float | None:
        """When the client had all that was true at `moment`; None: never."""
        due = [number for number, done_at in truth.jobs.items() if done_at <= moment]
        if not due:
            return moment
        shown = next((at for at, value in self._gauge_times if value >= max(due)), None)
        if shown is None or any(number not in self.jobs for number in due):
            return None
        return max(shown, *(self.jobs[number] for number in due))
