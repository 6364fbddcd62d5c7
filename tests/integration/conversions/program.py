"""A program that uses the API of a running site, over real HTTP and a real WebSocket."""

import json
import urllib.error
import urllib.request
from typing import Any

from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from websockets.sync.client import ClientConnection, connect

from tests.integration.conversions.web import API, upload
from tests.stack import Site
from tests.waiting import wait_for

ENDED = {"completed", "failed", "cancelled"}


class Program:
    """Speaks for one user by a token of its own."""

    def __init__(self, site: Site, user: str) -> None:
        self.site = site
        self.headers = {"Authorization": f"Bearer {site.manage('api_token', user).strip()}"}

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """The status and the body of an answer."""
        url = path if path.startswith("http") else f"{self.site.url}{path}"
        request = urllib.request.Request(url, body, {**self.headers, **headers}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def convert(self, content: bytes, name: str = "photo.png", to: str = "webp") -> dict[str, Any]:
        """Queue a conversion, wait until it has ended, and return it."""
        form = encode_multipart(BOUNDARY, {"file": upload(content, name), "to": to})
        status, body = self.ask("POST", f"{API}/conversions", form, **{"Content-Type": MULTIPART_CONTENT})
        assert status == 201, body
        address = f"{API}/conversions/{json.loads(body)['id']}"
        return wait_for(lambda: self._ended(address), timeout=90, because=f"the end of {address}")

    def topic(self) -> str:
        """The user's own topic."""
        return str(json.loads(self.ask("GET", f"{API}/conversions")[1])["topic"])

    def events(self, **more: Any) -> ClientConnection:
        """An open socket at `/ws/events/`."""
        address = f"{self.site.url.replace('http', 'ws', 1)}/ws/events/"
        return connect(address, additional_headers=self.headers, proxy=None, **more)

    def _ended(self, address: str) -> dict[str, Any] | None:
        conversion: dict[str, Any] = json.loads(self.ask("GET", address)[1])
        return conversion if conversion["state"] in ENDED else None
