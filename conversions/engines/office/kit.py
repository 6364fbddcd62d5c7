"""LibreOffice as a library, by its LibreOfficeKit. The program `soffice` gives up where it may open no socket, by which
it looks for another of its kind; the library needs none.

https://docs.libreoffice.org/libreofficekit.html; LibreOfficeKit.h only ever grows at its end.
"""

import ctypes
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_size_t, c_void_p
from pathlib import Path

from conversions.errors import DamagedFile, EngineFailed

_LIBRARIES = ("libmergedlo.so", "libsofficeapp.so")  # as Debian has it, and as LibreOffice's own packages have it
# No macros; and no line for formulas, whose looks the packages without windows do not have, so that no workbook opened.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Views/Windows"><node oor:name="26100" oor:op="replace">
<prop oor:name="Visible" oor:op="fuse"><value>false</value></prop></node></item>
</oor:items>
"""


class _DocumentCalls(Structure):
    _fields_ = (
        ("size", c_size_t),
        ("destroy", CFUNCTYPE(None, c_void_p)),
        ("save_as", CFUNCTYPE(c_int, c_void_p, c_char_p, c_char_p, c_char_p)),
    )


class _Document(Structure):
    _fields_ = (("calls", POINTER(_DocumentCalls)),)


class _OfficeCalls(Structure):
    _fields_ = (
        ("size", c_size_t),
        ("destroy", CFUNCTYPE(None, c_void_p)),
        ("load", CFUNCTYPE(POINTER(_Document), c_void_p, c_char_p)),
        ("error", CFUNCTYPE(c_char_p, c_void_p)),
    )


class _Office(Structure):
    _fields_ = (("calls", POINTER(_OfficeCalls)),)


class Kit:
    """LibreOffice in this process, which can have it once and must end afterwards."""

    def __init__(self, folder: Path, profile: Path) -> None:
        """`folder` is where its libraries are, `profile` a new folder for what it keeps."""
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(_SETTINGS)
        path = next(folder / name for name in _LIBRARIES if (folder / name).exists())
        begin = ctypes.CDLL(str(path)).libreofficekit_hook_2
        begin.restype, begin.argtypes = POINTER(_Office), (c_char_p, c_char_p)
        self._office = begin(str(folder).encode(), profile.as_uri().encode())
        if not self._office:
            raise EngineFailed(reason="LibreOffice does not start")

    def convert(self, source: Path, target: Path, format: str) -> None:
        """Write the source in the format of that ending. Raises `DamagedFile` or `EngineFailed`."""
        calls = self._office.contents.calls.contents
        document = calls.load(self._office, source.as_uri().encode())
        if not document:
            raise DamagedFile(reason=self._last_words())
        saved = document.contents.calls.contents.save_as(document, target.as_uri().encode(), format.encode(), None)
        if not saved:
            raise EngineFailed(reason=self._last_words())

    def _last_words(self) -> str:
        words = self._office.contents.calls.contents.error(self._office)
        return (words or b"no details").decode(errors="replace")[:200]
