"""Several files, of whatever formats, into one ZIP: each as it is, under its own name."""

from conversions.engines import options
from conversions.engines.engine import ANY, Engine, Kind, Stage, Way

ENGINE = Engine(
    id="packing",
    work="conversions.engines.packing.work",
    ways=(
        Way(
            source=ANY,
            target="zip",
            stages=(Stage("encoding", 1.0),),
            progress=Kind.MEASURED,
            options={"compression": options.compression()},
            joins=True,
        ),
    ),
)
