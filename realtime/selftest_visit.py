"""`Visit`: a visitor of a running site, over HTTP and WebSockets, as a browser or a program is one."""

import asyncio
import json
import secrets
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage
from http.cookiejar import CookieJar
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.typing import Origin, Subprotocol

from realtime.client import Client
from realtime.client_session import Message, messages
from realtime.protocol import VERSION
from realtime.selftest_results import Failed, SiteError, Source

PATIENCE = 10.0  # seconds for one answer
MOST = 16 * 1024**2  # bytes of an answer that are read
ALIVE = "/healthz"


@dataclass(frozen=True)
class Answer:
    """What came over HTTP. Redirects are not followed."""

    status: int
    headers: HTTPMessage
    body: bytes

    def json(self) -> Any:
        """The decoded body. Raises `Failed` for what is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            kind = self.headers.get_content_type()
            raise Failed(f"The answer, of status {self.status}, is {kind} where JSON was expected.") from None

    def problem(self) -> str:
        """What a problem document says; the status where there is none."""
        try:
            told = json.loads(self.body)
            return f"{self.status} {told['code']}: {told['detail']} {told['suggestion']}"
        except (ValueError, TypeError, KeyError):
            return f"HTTP {self.status}"


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


class Visit:
    """One visitor. Cookies are kept; with a `token` it speaks for the token's user instead."""

    source: Source | None = None

    def __init__(self, url: str, *, token: str = "", trusted: str = "", is_own: bool = False) -> None:
        self.url = _address(url)
        self.token = token
        self.is_own = is_own
        """Whether the settings of this process are the site's, so that its Valkey can be asked too."""
        self.leaving = AsyncExitStack()
        """What is to be undone at the end."""
        self._trusted = trusted
        self._ssl = _context(self.url, trusted)
        self._jar = CookieJar()
        handlers: list[urllib.request.BaseHandler] = [_NoRedirects(), urllib.request.HTTPCookieProcessor(self._jar)]
        if self._ssl is not None:
            handlers.append(urllib.request.HTTPSHandler(context=self._ssl))
        self._open = urllib.request.build_opener(*handlers).open

    def stranger(self) -> Self:
        """Another visitor of the same site, who has no cookies and no token."""
        return type(self)(self.url, trusted=self._trusted, is_own=self.is_own)

    async def arrive(self) -> None:
        """Look whether a site of ours answers. Raises `SiteError`."""
        try:
            answer = await self._asked(urllib.request.Request(self.url + ALIVE))  # noqa: S310 (http or https)
        except (OSError, HTTPException) as error:
            raise _unreachable(self.url, error) from error
        if not _is_ours(answer):
            raise _strange(self.url, answer)

    # --- HTTP

    async def get(self, path: str) -> Answer:
        """GET a path of the site. Raises `Failed` where nothing answers."""
        return await self.ask("GET", path)

    async def ask(
        self, method: str, path: str, fields: dict[str, str] | None = None, file: tuple[str, bytes] | None = None
    ) -> Answer:
        """Send a request, with a form (multipart) where there are fields or a file (its name and content). What
        changes something proves that it may, as a page does, or by the token."""
        headers, body = self._proof(method), None
        if fields is not None or file is not None:
            boundary = secrets.token_hex(16)
            headers["Content-Type"] = f"multipart/form-data; boundary={boundary}"
            body = _form(boundary, fields or {}, file)
        request = urllib.request.Request(self.url + path, body, headers, method=method)  # noqa: S310 (http or https)
        try:
            return await self._asked(request)
        except (OSError, HTTPException) as error:
            raise Failed(f"{method} {path} got no answer: {_reason(error)}.") from error

    async def _asked(self, request: urllib.request.Request) -> Answer:
        return await asyncio.to_thread(self._ask, request)

    def _ask(self, request: urllib.request.Request) -> Answer:
        try:
            response = self._open(request, timeout=PATIENCE)
        except urllib.error.HTTPError as error:
            response = error
        deadline, body = time.monotonic() + PATIENCE, b""
        with response:
            while len(body) < MOST and (piece := response.read1(64 * 1024)):
                body += piece
                if time.monotonic() > deadline:  # a byte now and then is no answer
                    raise TimeoutError("timed out")
            return Answer(response.status, response.headers, body)

    def _proof(self, method: str) -> dict[str, str]:
        if self.token:
            return {"Authorization": f"Bearer {self.token}"}
        token = next((cookie.value for cookie in self._jar if cookie.name.startswith("csrftoken")), None)
        return {"X-CSRFToken": token, "Origin": self.url} if token and method != "GET" else {}

    # --- WebSockets

    def client(self) -> Client:
        """The layer's own client, as this visitor."""
        return Client(self._websocket("/ws/events/"), headers=self._credentials(), transport={"ssl": self._ssl})

    @asynccontextmanager
    async def line(self, path: str = "/ws/events/", origin: str = "") -> AsyncIterator["Line"]:
        """An open socket without a client's manners. Raises `Failed` where there is none."""
        try:
            socket = await connect(
                self._websocket(path),
                origin=Origin(origin) if origin else None,
                additional_headers=self._credentials(),
                subprotocols=[Subprotocol(VERSION)],
                open_timeout=PATIENCE,
                close_timeout=1,
                ping_interval=None,
                max_size=None,
                ssl=self._ssl,
            )
        except InvalidStatus as error:
            advice = "Let the proxy in front pass WebSockets on (the headers Upgrade and Connection)."
            status = error.response.status_code
            raise Failed(f"The handshake of {path} was answered with {status}.", advice=advice) from error
        except (OSError, WebSocketException) as error:
            raise Failed(f"No WebSocket at {path}: {_reason(error)}.") from error
        try:
            yield Line(socket)
        finally:
            socket.transport.abort()

    def _websocket(self, path: str) -> str:
        return self.url.replace("http", "ws", 1) + path

    def _credentials(self) -> dict[str, str]:
        if self.token:
            return {"Authorization": f"Bearer {self.token}"}
        request = urllib.request.Request(self.url)  # noqa: S310 (http or https)
        self._jar.add_cookie_header(request)
        cookies = request.get_header("Cookie")
        return {"Cookie": cookies} if cookies else {}


class Line:
    """One socket; each message is read once, in order."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._waiting: list[Message] = []

    async def send(self, *contents: Message | str | bytes) -> None:
        """Send each as a frame of its own."""
        for content in contents:
            await self._socket.send(json.dumps(content) if isinstance(content, dict) else content)

    async def next(self, *types: str) -> Message:
        """The next message of one of these types; others are dropped. Raises `Failed` where the socket closes."""
        while True:
            while self._waiting:
                message = self._waiting.pop(0)
                if message["type"] in types:
                    return message
            try:
                self._waiting += messages(await self._socket.recv())
            except WebSocketException:
                raise Failed(f"The server closed with {self.close_code} before it sent {' or '.join(types)}.") from None

    @property
    def close_code(self) -> int | None:
        """With which code the socket was closed; None while it is open."""
        return self._socket.close_code

    async def closed(self) -> int | None:
        """The close code, once the server has closed."""
        await self._socket.wait_closed()
        return self.close_code


# --- What is wrong with a site


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and not parts.query
    except ValueError:
        usable = False
    if not usable:
        raise SiteError(
            "url_wrong", f"“{url}” is no address of a site.", "Give one such as https://convert.example.org."
        )
    return url.rstrip("/")


def _context(url: str, trusted: str) -> ssl.SSLContext | None:
    if urlsplit(url).scheme != "https":
        return None
    context = ssl.create_default_context()
    if trusted:
        try:
            context.load_verify_locations(trusted)
        except OSError as error:  # which ssl.SSLError is
            raise SiteError(
                "certificate_unreadable",
                f"“{trusted}” holds no certificate that can be read: {error.strerror or error}.",
                "Name a file in PEM format, with the certificate of the site or of who signed it.",
            ) from error
    return context


def _is_ours(answer: Answer) -> bool:
    return answer.status == 200 and answer.body.strip() == b"ok"


def _unreachable(url: str, error: Exception) -> SiteError:
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    host = urlsplit(url).hostname
    match cause:
        case ssl.SSLCertVerificationError():
            return SiteError(
                "certificate_refused",
                f"The certificate of {host} is not trusted: {cause.verify_message}.",
                "If the site is yours, name its certificate, or that of who signed it: --trust-certificate FILE.",
            )
        case ssl.SSLError():
            return SiteError(
                "no_tls", f"{host} does not speak https there: {_reason(cause)}.", "Try http:// or another port."
            )
        case socket.gaierror():
            return SiteError(
                "unknown_host", f"There is no host “{host}”.", "Look at the spelling, and at the network's name server."
            )
        case TimeoutError():
            return SiteError(
                "silent",
                f"{url} does not answer within {PATIENCE:g} s.",
                "See whether its web process runs and is not overloaded, and whether a firewall is between.",
            )
        case HTTPException():
            return SiteError(
                "not_http",
                f"What answers at {url} does not speak HTTP: {_reason(cause)}.",
                "Try https:// or another port.",
            )
    return SiteError(
        "down",
        f"Nothing answers at {url}: {_reason(cause)}.",
        "Start the site, or look at the address and the port; its web process may be down.",
    )


def _strange(url: str, answer: Answer) -> SiteError:
    if 300 <= answer.status < 400:
        there = urljoin(url + ALIVE, answer.headers.get("Location", "")).removesuffix(ALIVE)
        return SiteError(
            "redirected",
            f"{url} answers {answer.status} and leads to {there}.",
            "If that is the site, give its address as --url; a site answers /healthz itself, without a redirect.",
        )
    if answer.status >= 500:
        return SiteError(
            "site_failing",
            f"{url}{ALIVE} answers {answer.status}.",
            "A proxy may be there, and the web process behind it not: look at both.",
        )
    return SiteError(
        "not_ours",
        f"{url} is another program: {ALIVE} answers {answer.status} {answer.headers.get_content_type()}.",
        "Look at the host and the port.",
    )


def _reason(error: object) -> str:
    if isinstance(error, urllib.error.URLError) and not isinstance(error, urllib.error.HTTPError):
        error = error.reason
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _form(boundary: str, fields: dict[str, str], file: tuple[str, bytes] | None) -> bytes:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    if file is not None:
        name, content = file
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        parts += [head.encode(), content, b"\r\n"]
    return b"".join([*parts, f"--{boundary}--\r\n".encode()])
