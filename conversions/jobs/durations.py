"""How long steps took here before, by engine, pair and size: what an estimate is worth anything by."""

from conversions.engines.registry import Step
from conversions.models import StepDuration

NEWEST_COUNTS = 0.3  # the share of the newest run in the mean
NEAREST = 3  # sizes up to eight times as large or as small still say something


def record(step: Step, size: int, seconds: float) -> None:
    """Remember that the step took so long for a source of so many bytes."""
    way = step.way
    key = {"engine": step.engine.id, "source": way.source, "target": way.target, "magnitude": size.bit_length()}
    found, created = StepDuration.objects.get_or_create(**key, defaults={"seconds": seconds})
    if not created:
        # Two at once may lose one of theirs, which a mean does not mind.
        found.seconds += NEWEST_COUNTS * (seconds - found.seconds)
        found.runs += 1
        found.save(update_fields=["seconds", "runs"])


def expected(step: Step, size: int) -> float | None:
    """Seconds that the step may take, from runs of files of nearly the size; None: there were none."""
    way = step.way
    magnitude = size.bit_length()
    known = StepDuration.objects.filter(
        engine=step.engine.id,
        source=way.source,
        target=way.target,
        magnitude__range=(magnitude - NEAREST, magnitude + NEAREST),
    )
    nearest = min(known, key=lambda each: abs(each.magnitude - magnitude), default=None)
    return nearest.seconds * 2.0 ** (magnitude - nearest.magnitude) if nearest else None
