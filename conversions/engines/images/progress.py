"""True progress of libvips' two passes: pixels into memory, and out of it through an encoder.

JPEG, PNG and TIFF are encoded as the pixels pass, animations frame by frame. WebP is encoded afterwards, but its
encoder reports each step, which arrives as one more event. AVIF, and GIF within a frame, are silent: their stage says
only that it is under way.
"""

from collections.abc import Callable
from itertools import count
from threading import Lock
from typing import Any

import pyvips

from conversions.engines.engine import Report

_WEBP_STEPS = 41  # of libwebp for a frame: 20 for the analysis, 20 for the coding, 1 at the end

Fraction = Callable[[Any], float]


def watch_reading(image: pyvips.Image, report: Report) -> pyvips.Image:
    """The image, which reports the stage “reading” while its pixels are made."""
    return _watched(image, "reading", _passed, report)


def watch_encoding(image: pyvips.Image, target: str, report: Report) -> pyvips.Image:
    """A copy of the image, which reports the stage “encoding” while it is saved as `target`."""
    image = image.copy()
    frames = image.height // image.get_page_height()
    if target == "webp" and frames == 1:
        return _watched(image, "encoding", _encoder_steps(), report)
    if target == "avif" or (target == "gif" and frames == 1):
        return _watched(image, "encoding", lambda progress: 0.0, report)
    return _watched(image, "encoding", _passed, report)


def _watched(image: pyvips.Image, stage: str, fraction: Fraction, report: Report) -> pyvips.Image:
    report(0.0, stage)
    image.set_progress(True)
    highest, lock = 0.0, Lock()

    def passed(_: pyvips.Image, progress: Any) -> None:
        nonlocal highest
        with lock:  # libvips tells from several threads, and not always in order
            now = fraction(progress)
            if now > highest:
                highest = now
                report(now, stage)

    image.signal_connect("eval", passed)
    return image


def _passed(progress: Any) -> float:
    return float(progress.npels / max(1, progress.tpels))


def _encoder_steps() -> Fraction:
    """The encoder's steps are the events that come when all pixels have passed."""
    steps = count(1)
    return lambda progress: 0.0 if progress.npels < progress.tpels else min(1.0, next(steps) / (_WEBP_STEPS + 1))
