"""What every error has: a code for programs, a message and a suggestion for people, and how numbers are said."""

from string import Formatter
from typing import Any, ClassVar


class _Wording(Formatter):
    """`{limit:size}` writes bytes, `{limit:duration}` seconds as people say them."""

    def format_field(self, value: Any, format_spec: str) -> str:
        match format_spec:
            case "size":
                return human_size(int(value))
            case "duration":
                return human_duration(float(value))
        return str(super().format_field(value, format_spec))


def human_size(size: int) -> str:
    """1536 is "1.5 KiB"."""
    number = float(size)
    for unit in ("bytes", "KiB", "MiB"):
        if number < 1024:
            return f"{number:.3g} {unit}"
        number /= 1024
    return f"{number:.3g} GiB"


def human_duration(seconds: float) -> str:
    """5400 is "1 h 30 min"; what is shorter than a minute is told in seconds."""
    minutes = round(seconds / 60)
    if not minutes:
        return f"{seconds:.3g} s"
    parts = (f"{minutes // 60:,} h" if minutes >= 60 else "", f"{minutes % 60} min" if minutes % 60 else "")
    return " ".join(filter(None, parts))


class ConversionsError(Exception):
    """The root. `message` and `suggestion` are templates that `params` fill in; `status` is the HTTP answer's."""

    code: ClassVar[str] = "error"
    message: ClassVar[str] = "Something went wrong on our side."
    suggestion: ClassVar[str] = "Try again; if it happens again, tell whoever runs this site."
    retryable: ClassVar[bool] = True
    status: ClassVar[int] = 500

    def __init__(self, **params: Any) -> None:
        self.params = params
        super().__init__(_Wording().format(self.message, **params))

    def as_json(self) -> dict[str, Any]:
        """The error as pages, the API and events show it."""
        return {
            "code": self.code,
            "message": str(self),
            "params": self.params,
            "suggestion": _Wording().format(self.suggestion, **self.params),
            "retryable": self.retryable,
        }
