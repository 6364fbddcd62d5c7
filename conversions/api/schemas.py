"""The API's JSON objects, for its documentation and as a check of what goes out."""

from typing import Any
from uuid import UUID

from ninja import Schema
from pydantic import Field

from conversions.jobs.states import State


class SourceOut(Schema):
    """A file that was sent. `format` is what its content is, whatever its name says; empty if it is packed as it is and
    nothing that is known here."""

    name: str
    size: int = Field(description="in bytes")
    format: str


class OutputOut(Schema):
    """The result, there once the state is `completed`."""

    name: str
    size: int = Field(description="in bytes")
    media_type: str
    url: str


class ErrorOut(Schema):
    """Why a conversion failed."""

    code: str
    message: str
    params: dict[str, Any]
    suggestion: str
    retryable: bool


class ConversionOut(Schema):
    """A conversion. Times are Unix milliseconds."""

    id: UUID
    state: State
    stage: str = Field(description="what is being done, or was done last; empty before that")
    percent: float | None = Field(description="0 to 100, never falling within an attempt; null if unknown")
    progress: str = Field(description="measured, phased or estimated")
    attempt: int
    idempotency_key: str = Field(description="as the request that made it was named; may be empty")
    recoveries: int = Field(description="how often it was begun again by itself, since its worker was lost")
    sources: list[SourceOut]
    to: str
    route: list[str] = Field(description="the formats on its way, from the first to the last; empty of several files")
    options: dict[str, Any]
    error: ErrorOut | None
    output: OutputOut | None
    queue_position: int | None
    added_at: float = Field(description="when its owner chose the file, to the microsecond: the order of lists")
    created_at: int
    started_at: int | None = Field(description="when its work began; of a queued one: it had begun, and begins again")
    heard_at: int | None = Field(description="when its worker last said that it lives (every 5 s); null unless running")
    finished_at: int | None
    expires_at: int


class ConversionList(Schema):
    """A part of one's conversions, the one that was added last first."""

    items: list[ConversionOut]
    count: int = Field(description="how many there are in all")
    next: str | None = Field(description="the address of the following part")
    topic: str = Field(description="the topic of /ws/events/ that tells of changes to all of them")


class FormatOut(Schema):
    """A format, and the formats that it can be converted to."""

    id: str
    name: str
    extensions: list[str]
    media_type: str
    kind: str
    targets: list[str]


class RouteOut(Schema):
    """The way to a target."""

    to: str
    steps: list[str] = Field(description="the formats on the way, from the first to the last")
    options: dict[str, Any] = Field(description="a JSON Schema of what `options` may hold")


class FormatDetailOut(FormatOut):
    """A format, and the way to each of its targets."""

    routes: list[RouteOut]


class JoinOut(Schema):
    """What several files together can become, with `combine`."""

    to: str
    sources: list[str] | None = Field(description="the formats that each of them may be; null: any")
    options: dict[str, Any] = Field(description="a JSON Schema of what `options` may hold, besides those of each file")


class FormatList(Schema):
    """All formats."""

    items: list[FormatOut]
    count: int
    joins: list[JoinOut]


class Problem(Schema):
    """An error after RFC 9457 (application/problem+json)."""

    type: str
    title: str
    status: int
    detail: str = Field(description="what is wrong, for people")
    code: str = Field(description="what is wrong, for programs")
    suggestion: str = Field(description="what to do about it")
    params: dict[str, Any]
    retryable: bool = Field(description="whether the same request may succeed later")
    retry_after_ms: int | None = Field(None, description="when, if that is known; also the header Retry-After")
