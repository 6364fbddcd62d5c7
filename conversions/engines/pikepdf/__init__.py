"""PDF into PDF, by pikepdf: several into one, pages kept, dropped and turned, locked and unlocked. What is damaged is
mended as far as it can be, always."""

from typing import Any

from conversions.engines import limits, options
from conversions.engines.engine import Engine, Kind, Stage, Way

_TURN = {"title": "Turn the pages clockwise (degrees)", "enum": ["0", "90", "180", "270"], "default": "0"}
_DROP = {"type": "boolean", "title": "Leave these pages out, and keep the others", "default": False}
_PASSWORDS = {"password": options.password(), "new_password": options.new_password()}
_OPTIONS: dict[str, Any] = {"pages": options.pages(), "drop": _DROP, "rotate": _TURN, **_PASSWORDS}
_STAGES = (Stage("reading", 0.3), Stage("encoding", 0.7))

ENGINE = Engine(
    id="pikepdf",
    work="conversions.engines.pikepdf.work",
    distributions=("pikepdf",),
    ways=(
        Way("pdf", "pdf", _STAGES, Kind.MEASURED, _OPTIONS, limits=(limits.PAGES,)),
        Way("pdf", "pdf", _STAGES, Kind.MEASURED, _PASSWORDS, limits=(limits.PAGES,), joins=True),
    ),
)
