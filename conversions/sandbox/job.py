"""What goes to a converter process, as a file in its folder, and what it reports, as JSON lines on a pipe."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from conversions.engines.engine import EngineFile
from conversions.sandbox.limits import Limits

FILE_NAME = "job.json"


class Job(msgspec.Struct, frozen=True):
    """The files, and the module whose `convert` is to convert them. `request_id` shows in the process's environment."""

    work: str
    sources: Sequence[EngineFile]
    target: EngineFile
    options: Mapping[str, Any]
    limits: Limits = Limits()
    request_id: str = ""


class Reached(msgspec.Struct, frozen=True, tag="reached"):
    """The engine has done this fraction of a stage."""

    stage: str
    fraction: float


class Done(msgspec.Struct, frozen=True, tag="done"):
    """The target is written."""


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """The engine gave up; `code` is that of a `ConversionsError`."""

    code: str
    params: dict[str, Any]


Line = Reached | Done | Failed
decoder = msgspec.json.Decoder(Line)


def write(job: Job, folder: Path) -> Path:
    """Write the job into the folder."""
    path = folder / FILE_NAME
    path.write_bytes(msgspec.json.encode(job, enc_hook=str))  # paths as text
    return path


def read(path: Path) -> Job:
    """The job in that file."""
    return msgspec.json.decode(path.read_bytes(), type=Job, dec_hook=lambda kind, value: kind(value))
