"""Vector pictures, by libvips: drawn as large as wanted. All other pictures are made of that."""

from conversions.engines import limits, options
from conversions.engines.engine import Engine, Kind, Stage, Way

QUICK_SECONDS = 120.0  # a drawing that takes longer was made to

ENGINE = Engine(
    id="svg",
    work="conversions.engines.svg.work",
    distributions=("pyvips", "pyvips-binary", "fontpkg-noto-sans"),
    ways=(
        Way(
            source="svg",
            target="png",
            stages=(Stage("reading", 0.2), Stage("encoding", 0.8)),
            progress=Kind.MEASURED,
            options={"width": options.width()},
            limits=(limits.PIXELS,),
            wall_seconds=QUICK_SECONDS,
        ),
    ),
)
