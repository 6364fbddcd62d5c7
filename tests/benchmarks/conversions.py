"""`make bench-conversions`: what the site adds to the work of an engine. Prints medians; the figures are in
docs/performance.md."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from PIL import Image

from tests.integration.conversions.program import Program
from tests.integration.conversions.web import picture
from tests.processes import ROOT
from tests.stack import Site

SMALL_RUNS, LONG_RUNS = 30, 3
ALONE = """
import sys
from pathlib import Path
from conversions.engines.loading import load
from conversions.engines.engine import EngineFile
source, target = (EngineFile(Path(path), format) for path, format in zip(sys.argv[1:3], sys.argv[3:5]))
load("conversions.engines.images.work")([source], target, {"quality": 65}, lambda fraction, stage: None)
"""


def main() -> None:
    with Site() as site, tempfile.TemporaryDirectory() as folder:
        program = Program(site, "bench")
        small = [_from_claim_to_stored(program, picture(size=(320, 180)), "webp") for _ in range(SMALL_RUNS + 2)][2:]
        say(f"a small picture, from claim to stored: median {1000 * median(small):.0f} ms (goal 150)")
        long = _noise(Path(folder, "noise.png"))
        pairs = [
            (_alone(long, Path(folder, "out.avif")), _from_claim_to_stored(program, long.read_bytes(), "avif"))
            for _ in range(LONG_RUNS)
        ]
        shares = [100 * (site / alone - 1) for alone, site in pairs]
        say(f"a job of {median(alone for alone, _ in pairs):.1f} s: {median(shares):+.1f} % with the site (goal 5)")


def _from_claim_to_stored(program: Program, content: bytes, to: str) -> float:
    conversion = program.convert(content, to=to)
    assert conversion["state"] == "completed", conversion
    return float(conversion["finished_at"] - conversion["started_at"]) / 1000


def _alone(source: Path, target: Path) -> float:
    began = time.monotonic()
    command = [sys.executable, "-c", ALONE, str(source), str(target), "png", "avif"]
    subprocess.run(command, cwd=ROOT, check=True)
    return time.monotonic() - began


def _noise(path: Path) -> Path:
    Image.effect_noise((4_000, 2_000), 60).save(path, "PNG", compress_level=1)
    return path


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 (what the target is for)


if __name__ == "__main__":
    main()
