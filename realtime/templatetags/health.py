"""How the pages of health say numbers."""

from django import template

from realtime.models import ConnectionRecord

register = template.Library()
MINUTE, HOUR, DAY = 60, 3_600, 86_400
NONE = "—"


@register.filter
def milliseconds(value: float | None) -> str:
    """`0.4 ms`, `12 ms`; a dash for what is not known."""
    if value is None:
        return NONE
    return f"{value:.1f} ms" if value < 10 else f"{value:.0f} ms"


@register.filter
def percent(value: float | None) -> str:
    """`99.98 %`, and 100 only where it is whole."""
    if value is None:
        return NONE
    return "100 %" if value == 100 else f"{min(value, 99.99):.2f} %"


@register.filter
def duration(seconds: float) -> str:
    """`12 s`, `3 min`, `5 h`, `2 d`."""
    for unit, length in (("d", DAY), ("h", HOUR), ("min", MINUTE)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


@register.filter
def ago(seconds: float) -> str:
    """`just now`, `12 s ago`."""
    return "just now" if seconds < 3 else f"{duration(seconds)} ago"


@register.filter
def under_way(record: ConnectionRecord) -> int:
    """Frames that its client has not acknowledged."""
    return record.frames_sent - record.frames_acknowledged
