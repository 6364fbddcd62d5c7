"""The fonts that converters draw text with: those of the package, since a bare machine has none, and the machine's."""

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from xml.sax.saxutils import escape

_SYSTEM = ("/usr/share/fonts", "/usr/local/share/fonts")
_ENDINGS = frozenset({".ttf", ".otf", ".ttc", ".otc"})
_CONFIGURATION = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>{folders}<cachedir>{cache}</cachedir>{families}</fontconfig>
"""
_FAMILY = "<alias><family>{}</family><default><family>Noto Sans</family></default></alias>"


def folder() -> Path:
    """Where the package has its fonts."""
    package = find_spec("fontpkg_noto_sans")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("fontpkg_noto_sans")
    return Path(package.origin).with_name("files")


def every() -> Iterator[Path]:
    """All of them; those for Chinese, Japanese and Korean first."""
    if first := cjk():
        yield first
    for place in (folder(), *map(Path, _SYSTEM)):
        yield from (font for font in sorted(place.rglob("*")) if font.suffix.lower() in _ENDINGS)


def cjk() -> Path | None:
    """One of the machine's with the letters of Chinese, Japanese and Korean, if it has any."""
    return next((font for place in _SYSTEM for font in sorted(Path(place).rglob("NotoSansCJK*"))), None)


def use() -> None:
    """Have fontconfig find them, which looks once, when text is first drawn; what it keeps goes to the current
    folder."""
    here = Path.cwd()
    folders = "".join(f"<dir>{escape(str(each))}</dir>" for each in (folder(), *_SYSTEM))
    families = "".join(map(_FAMILY.format, ("sans-serif", "serif", "monospace")))
    (here / "fonts").mkdir(exist_ok=True)  # which fontconfig would give rights, and may not
    path = here / "fonts.conf"
    path.write_text(_CONFIGURATION.format(folders=folders, cache=escape(str(here / "fonts")), families=families))
    os.environ.update(FONTCONFIG_FILE=str(path))
