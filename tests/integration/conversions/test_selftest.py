"""How the self-test becomes a visitor, where a site does not let it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from realtime import selftest

REFUSAL = {
    "code": "sign_in_required",
    "detail": "Only signed-in users can convert files here.",
    "suggestion": "Sign in.",
}
ANSWERS = {"/healthz": (200, b"ok\n"), "/": (302, b""), "/api/v1/conversions": (401, json.dumps(REFUSAL).encode())}


@contextmanager
def closed_site() -> Iterator[str]:
    """Answers as a site with `ANONYMOUS=false` does."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = ANSWERS.get(self.path, (404, b""))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing of it is of interest."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_site_that_serves_signed_in_users_only_asks_for_a_token() -> None:
    with closed_site() as url, pytest.raises(selftest.SiteError) as refused:
        selftest.run(url)
    assert refused.value.code == "sign_in_required"
    assert str(refused.value) == f"{url} does not serve us: Only signed-in users can convert files here."
    assert "--token" in refused.value.suggestion


def test_parts_that_a_site_keeps_to_itself_are_not_judged() -> None:
    told: list[selftest.Result] = []
    with closed_site() as url, pytest.raises(selftest.SiteError):
        selftest.run(url, tell=told.append)
    assert {one.status for one in told if one.name in ("database", "valkey")} == {selftest.Status.SKIPPED}
