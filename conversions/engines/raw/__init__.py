"""Raw photographs, by LibRaw: developed into PNG, from which all other pictures are made, and into a TIFF of all that
was measured. What telephones and cameras put beside it, such as a small JPEG, is left alone."""

from conversions.engines import limits
from conversions.engines.engine import Engine, Kind, Stage, Way

READS = ("dng", "cr2", "cr3", "nef", "arw", "raf", "orf", "rw2", "pef", "srw")
WRITES = ("png", "tiff")
_STAGES = (Stage("reading", 0.6), Stage("encoding", 0.4))

ENGINE = Engine(
    id="raw",
    work="conversions.engines.raw.work",
    distributions=("rawpy", "numpy", "pyvips", "pyvips-binary"),
    extra=".venv/bin/pip install -c requirements-extras.txt rawpy",
    ways=tuple(
        Way(source, target, _STAGES, Kind.PHASED, loss=1.0, seconds=5.0, limits=(limits.PIXELS,))
        for source in READS
        for target in WRITES
    ),
)
