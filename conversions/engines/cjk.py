"""Letters of Chinese, Japanese and Korean. They convert nothing by themselves: whatever draws text takes them."""

from conversions.engines import fontfiles
from conversions.engines.engine import Engine


def _found() -> str | None:
    path = fontfiles.cjk()
    return path.name if path else None


ENGINE = Engine(id="cjk", work="", ways=(), probe=_found, extra="apt-get install fonts-noto-cjk")
