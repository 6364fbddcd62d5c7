"""This app's checks of the self-test: a visitor, real conversions, and refusals. All of it over HTTP and WebSockets."""

import asyncio
import secrets
import struct
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from realtime import selftest

API = "/api/v1/conversions"
PATIENCE = 60.0  # seconds for a conversion


class Own:
    """The visitor's topic. Events of it happen as a conversion is deleted and restored, in turns."""

    def __init__(self, visit: selftest.Visit, topic: str) -> None:
        self.topic = topic
        self._visit = visit
        self._id = ""
        self._deleted = False

    async def cause(self) -> Mapping[str, Any]:
        """Delete the conversion, or restore it; the first time it is made, and cancelled."""
        if not self._id:
            self._id = await send(self._visit, picture(8))
            await self._visit.ask("POST", f"{API}/{self._id}/cancel")  # it may have ended by now
        if self._deleted:
            answer = await self._visit.ask("POST", f"{API}/{self._id}/restore")
        else:
            answer = await self._visit.ask("DELETE", f"{API}/{self._id}")
        if answer.status not in (200, 204):
            raise selftest.Failed(f"A conversion could not be changed: {answer.problem()}")
        self._deleted = not self._deleted
        return {"type": f"conversion_{'deleted' if self._deleted else 'restored'}", "conversion_id": self._id}


@selftest.source
@asynccontextmanager
async def visitor(visit: selftest.Visit) -> AsyncIterator[Own]:
    """Be the token's user, or an anonymous visitor, who signs out at the end. Raises `SiteError` where the site serves
    neither."""
    if not visit.token:
        await visit.get("/")  # as a browser: for the cookies
    answer = await visit.get(API)
    if answer.status == 401:
        code = answer.json()["code"]
        suggestion = "Make a token there, `manage.py api_token check`, and give it as --token."
        raise selftest.SiteError(code, f"{visit.url} does not serve us: {answer.json()['detail']}", suggestion)
    if answer.status != 200:
        raise selftest.Failed(f"The list of conversions cannot be had: {answer.problem()}")
    yield Own(visit, answer.json()["topic"])
    if not visit.token:
        await visit.ask("POST", "/accounts/logout/", {})


@selftest.check(
    "conversion",
    "A file is converted, and told of",
    needs=[selftest.SOURCE, selftest.CONNECTED, "worker"],
    patience=PATIENCE + 15,
    advice="See whether a worker runs and what its log says; the page shows the conversion's own error.",
)
async def conversion(visit: selftest.Visit) -> str:
    """Convert a picture, and see its start, its progress, its end and its result."""
    topic = (await selftest.open_source(visit)).topic
    kinds: list[str] = []
    async with visit.client() as client:
        feed = client.subscribe(topic)
        async for message in feed:
            if message["type"] == "subscribed":
                break
        made = await send(visit, picture(600))
        ended: dict[str, Any] = {}
        try:
            async with asyncio.timeout(PATIENCE):
                async for message in feed:
                    if message.get("conversion_id") == made:
                        kinds.append(message["type"])
                        ended = message
                    if kinds and kinds[-1] in ("conversion_completed", "conversion_failed", "conversion_cancelled"):
                        break
        except TimeoutError:
            raise await late(visit, made, kinds) from None
    if kinds[-1] != "conversion_completed":
        error = ended.get("error", {})
        raise selftest.Failed(
            f"It ended as {kinds[-1]}: {error.get('message', '')}", advice=error.get("suggestion", "")
        )
    if "conversion_started" not in kinds or "progress_update" not in kinds:
        raise selftest.Failed(
            f"Only its end was told, not its beginning and progress: {', '.join(kinds)}.", vital=False
        )
    result = await visit.get(ended["output"]["url"])
    if result.status != 200 or result.body[:4] != b"RIFF" or len(result.body) != ended["output"]["size"]:
        raise selftest.Failed(f"Its result cannot be downloaded as it was told: {result.problem()}")
    told, seconds = kinds.count("progress_update"), ended["seconds"]
    return f"Begun, {told} times told how far, completed in {seconds:.1f} s, downloaded."


@selftest.check("refusals", "Wrong requests get problem documents", vital=False, needs=[selftest.SOURCE])
async def refusals(visit: selftest.Visit) -> str:
    """Send nothing, and ask for what is not there."""
    await selftest.open_source(visit)
    unknown = "00000000-0000-4000-8000-000000000000"
    expected = {
        "file_required": await visit.ask("POST", API, {"to": "webp"}),
        "not_found": await visit.get(f"{API}/{unknown}"),
        "unknown_format": await visit.ask("POST", API, {"to": "webp"}, ("check.png", b"\x00\x01no picture")),
    }
    for code, answer in expected.items():
        told = answer.json()
        if told.get("code") != code or not told.get("suggestion"):
            raise selftest.Failed(f"Expected the problem {code}, and got {answer.problem()}")
    return f"{len(expected)} of {len(expected)} say what is wrong and what to do."


async def send(visit: selftest.Visit, content: bytes) -> str:
    """Queue the conversion of a picture, which is deleted when the visit ends; returns its id."""
    answer = await visit.ask("POST", API, {"to": "webp"}, ("self-test.png", content))
    if answer.status == 503 and answer.json().get("code") == "maintenance":
        advice = "When it is over: `manage.py maintenance off`."
        raise selftest.Failed(answer.json()["detail"], advice=advice, vital=False)
    if answer.status != 201:
        raise selftest.Failed(f"A file is not taken in: {answer.problem()}")
    made = str(answer.json()["id"])

    async def remove() -> None:
        gone = await visit.ask("DELETE", f"{API}/{made}")
        if gone.status not in (204, 404):
            raise selftest.Failed(f"Conversion {made} is still there: {gone.problem()}")

    visit.leaving.push_async_callback(remove)
    return made


async def late(visit: selftest.Visit, made: str, kinds: list[str]) -> selftest.Failed:
    """Why the end of a conversion was not told in time."""
    found = (await visit.get(f"{API}/{made}")).json()
    place = found.get("queue_position")
    match found.get("state"):
        case "queued" if place and place > 1:
            return selftest.Failed(f"It still waits, at place {place}, after {PATIENCE:g} s.", vital=False)
        case "queued":
            advice = "Start the worker again, and look whether the queue in Valkey reaches it."
            return selftest.Failed(f"No worker took it within {PATIENCE:g} s.", advice=advice)
        case "running":
            return selftest.Failed(f"A worker began, and has not ended after {PATIENCE:g} s, at {found.get('stage')}.")
    told = ", ".join(kinds) or "nothing"
    return selftest.Failed(
        f"It is {found.get('state')}, but this was told of it: {told}.", advice="See whether Valkey answers."
    )


def picture(width: int) -> bytes:
    """A PNG of noise, in grey, as high as wide."""
    rows = b"".join(b"\x00" + secrets.token_bytes(width) for _ in range(width))
    header = struct.pack(">IIBBBBB", width, width, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b""))
    chunks = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
