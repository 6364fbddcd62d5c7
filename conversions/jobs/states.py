"""Which state a conversion may be in, and which may follow which."""

from django.db.models import TextChoices


class State(TextChoices):
    """The states of a conversion."""

    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more happens to the conversion unless somebody asks for it."""
        return self in ENDED


# How often a conversion is begun for one wish of a person: its worker may have been lost because of the file.
MOST_ATTEMPTS = 3
ENDED = frozenset({State.COMPLETED, State.FAILED, State.CANCELLED})

# The only table of changes; jobs/lifecycle.py makes each of them as a conditional update.
CHANGES: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.RUNNING, State.FAILED, State.CANCELLED}),
    State.RUNNING: frozenset({State.QUEUED, State.COMPLETED, State.FAILED, State.CANCELLED}),
    State.COMPLETED: frozenset(),
    State.FAILED: frozenset({State.QUEUED}),
    State.CANCELLED: frozenset({State.QUEUED}),
}


def before(state: State) -> tuple[State, ...]:
    """The states that a conversion may come from to be in this one."""
    return tuple(old for old, following in CHANGES.items() if state in following)
