"""Canaries: secrets at places that a file may name, and a server that nobody should dial."""

import base64
import os
import secrets
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any, Self

import pypdfium2

from tests.hostile.sample import zipped

GUESSED = Path(tempfile.gettempdir(), f"convertsite-{os.getpid()}.txt")  # several runs may share the machine
READABLE = Path("/usr/lib/os-release")
"""One of the files that converter processes may read, and no file may show."""
Facts = dict[Path, tuple[int, int, int]]


class Outside:
    """What lies around a folder of work, while the `with` lasts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.secret = f"canary{secrets.token_hex(12)}"
        self.beside = folder / "secret.txt"

    def __enter__(self) -> Self:
        for path in (self.beside, GUESSED):
            path.write_text(self.secret)
        self._server = _Listener(self.secret)
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        for path in (self.beside, GUESSED):
            path.unlink(missing_ok=True)

    @property
    def dialled(self) -> list[Any]:
        """Who has connected."""
        return self._server.dialled

    @property
    def address(self) -> str:
        """Of the server, as in `127.0.0.1:8000`."""
        return f"127.0.0.1:{self._server.server_port}"

    def named_in(self, content: bytes) -> bytes:
        """The sample with the places that it names; a zip is packed anew."""
        places = {
            b"@BESIDE@": str(self.beside),
            b"@GUESSED@": str(GUESSED),
            b"@SERVER@": self.address,
            b"@READABLE@": str(READABLE),
        }
        if content.startswith(b"PK") and any(mark in content for mark in places):
            with zipfile.ZipFile(BytesIO(content)) as archive:
                parts = {part.filename: self.named_in(archive.read(part)) for part in archive.infolist()}
            return zipped(parts, packed=False)
        for mark, place in places.items():
            content = content.replace(mark, place.encode())
        return content

    def facts(self, work: Path) -> Facts:
        """The size, rights and time of change of all that is there but in the folder of work."""
        paths = [GUESSED, *(path for path in self.folder.rglob("*") if work not in (path, *path.parents))]
        found = {path: path.lstat() for path in paths}
        return {path: (facts.st_size, facts.st_mode, facts.st_mtime_ns) for path, facts in found.items()}

    def is_in(self, content: bytes) -> bool:
        """Whether the secret, or what stands in the file that can be read, is there: as it is, or in base64."""
        word, known = self.secret.encode(), READABLE.read_bytes()
        encoded = (base64.b64encode(b"\0" * shift + word)[4:-4] for shift in range(3))
        lines = (line for line in known.splitlines() if len(line) > 12)
        return any(each in content for each in (word, *encoded, *lines, base64.b64encode(known)[:40]))


def contents(path: Path) -> Iterator[bytes]:
    """All that is in a file: its bytes, and of a result in a zip the parts, of a PDF the text. A hostile file itself is
    not looked into: nothing holds whoever does."""
    content = path.read_bytes()
    yield content
    if not path.name.startswith("output"):
        return
    if content.startswith(b"PK"):
        with suppress(zipfile.BadZipFile, NotImplementedError, RuntimeError), zipfile.ZipFile(path) as parts:
            yield from (parts.read(part) for part in parts.infolist() if part.file_size < 10_000_000)
    if content.startswith(b"%PDF"):
        with suppress(pypdfium2.PdfiumError), pypdfium2.PdfDocument(path) as pdf:
            yield from (pdf[number].get_textpage().get_text_bounded().encode() for number in range(min(3, len(pdf))))


class _Listener(ThreadingHTTPServer):
    """Answers every request with the secret."""

    daemon_threads = True

    def __init__(self, secret: str) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.secret = secret
        self.dialled: list[Any] = []

    def process_request(self, request: Any, client_address: Any) -> None:
        self.dialled.append(client_address)
        super().process_request(request, client_address)


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.server.secret.encode())  # type: ignore[attr-defined]

    def log_message(self, *_: Any) -> None:
        """Not to standard error."""
