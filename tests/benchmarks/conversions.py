"""`make bench-conversions`: what the site adds to the work of an engine. Prints each run and writes the last part of
docs/performance.md. Each job of the site has its turn beside the same work of the engine alone."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from PIL import Image

from tests.benchmarks import report
from tests.integration.conversions.program import Program
from tests.integration.conversions.web import picture
from tests.processes import ROOT
from tests.stack import Site

SMALL_RUNS, LONG_RUNS, PIXELS = 30, 5, (7_000, 3_700)
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
        claim = 1000 * median(small)
        say(f"small picture, from claim to stored: median {claim:.0f} ms, slowest {1000 * max(small):.0f} ms")
        long = _noise(Path(folder, "noise.png"))
        content = long.read_bytes()
        pairs = [
            (_alone(long, Path(folder, "out.avif")), _from_claim_to_stored(program, content, "avif"))
            for _ in range(LONG_RUNS)
        ]
    for alone, with_site in pairs:
        say(f"long job: {alone:.2f} s by the engine alone, {with_site:.2f} s from claim to stored")
    alone = median(alone for alone, _ in pairs)
    added = median(100 * (with_site / alone - 1) for alone, with_site in pairs)
    rows = [
        [f"a small picture, PNG to WebP, from claim to stored: median of {SMALL_RUNS}", "150 ms", f"{claim:.0f} ms"],
        [
            f"a picture of {PIXELS[0]} x {PIXELS[1]}, PNG to AVIF, {alone:.1f} s by the engine alone: what the site "
            f"adds, median of {LONG_RUNS} pairs",
            "5 %",
            f"{added:.1f} %",
        ],
    ]
    text = report.table(["", "goal", "measured"], rows)
    say(f"\n{text}")
    report.keep_conversions(text)


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
    Image.effect_noise(PIXELS, 60).save(path, "PNG", compress_level=1)
    return path


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 (what the target is for)


if __name__ == "__main__":
    main()
