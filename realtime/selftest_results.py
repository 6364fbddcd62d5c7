"""What comes of a self-test, and what all of it means. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Protocol


class Status(StrEnum):
    """What came of a check."""

    PASSED = "passed"
    WARNED = "warned"
    """Something is not as it should be, and people can work all the same."""
    FAILED = "failed"
    """Something that people rely on does not work."""
    SKIPPED = "skipped"
    """It was not tried."""


class Verdict(StrEnum):
    """What all results mean together."""

    HEALTHY = "HEALTHY"
    DEGRADED = "DEGRADED"
    UNHEALTHY = "UNHEALTHY"

    @property
    def exit_code(self) -> int:
        """What a command that found this ends with."""
        return list(Verdict).index(self)


class Failed(Exception):  # noqa: N818 (it says what happened)
    """A check found something wrong: `reason`. `advice` and `vital` take the place of the check's own."""

    def __init__(self, reason: str, *, advice: str = "", vital: bool | None = None) -> None:
        self.reason, self.advice, self.vital = reason, advice, vital
        super().__init__(reason)


class Skipped(Exception):  # noqa: N818
    """A check cannot be tried here; the text says why."""


class SiteError(Exception):
    """There is nothing here to check: no site of ours answers, or it does not serve us."""

    def __init__(self, code: str, message: str, suggestion: str) -> None:
        self.code, self.suggestion = code, suggestion
        super().__init__(message)

    def as_json(self) -> dict[str, str]:
        """For programs."""
        return {"code": self.code, "message": str(self), "suggestion": self.suggestion}


class Source(Protocol):
    """A topic of the visitor's own, and a way to make events happen in it."""

    topic: str

    async def cause(self) -> Mapping[str, Any]:
        """Make one final happen, as a user would; returns fields by which it can be told from others."""


@dataclass(frozen=True)
class Result:
    """What came of one check; `advice` is empty unless something is to be done."""

    name: str
    title: str
    status: Status
    seconds: float
    detail: str
    advice: str = ""

    @property
    def is_wrong(self) -> bool:
        """Whether something is to be done."""
        return self.status in (Status.WARNED, Status.FAILED)


@dataclass(frozen=True)
class Report:
    """All results, in the order in which the checks were run."""

    url: str
    results: list[Result]

    @property
    def verdict(self) -> Verdict:
        """UNHEALTHY if a vital check failed, DEGRADED if another did. What was not tried does not count."""
        found = {result.status for result in self.results}
        if Status.FAILED in found or Status.PASSED not in found:
            return Verdict.UNHEALTHY
        return Verdict.DEGRADED if Status.WARNED in found else Verdict.HEALTHY

    @property
    def wrong(self) -> list[Result]:
        """Those about which something is to be done."""
        return [result for result in self.results if result.is_wrong]

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        checks = [{**asdict(result), "seconds": round(result.seconds, 3)} for result in self.results]
        return {"url": self.url, "verdict": str(self.verdict), "exit_code": self.verdict.exit_code, "checks": checks}
