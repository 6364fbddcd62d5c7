"""What tests of the ways in over HTTP share: small pictures, requests, and a look at what is left behind."""

import io
import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

API = "/api/v1"


def picture(format: str = "PNG", size: tuple[int, int] = (32, 18)) -> bytes:
    """A small real picture."""
    buffer = io.BytesIO()
    Image.new("RGB", size, "teal").save(buffer, format)
    return buffer.getvalue()


def upload(content: bytes | None = None, name: str = "photo.png") -> SimpleUploadedFile:
    """A file as a form sends it, by default a good one."""
    file = SimpleUploadedFile("x", picture() if content is None else content)
    file._name = name  # as a client sends it; the setter would clean it
    return file


def convert(client: Client, content: bytes | None = None, name: str = "photo.png", **fields: Any) -> Any:
    """POST a file to the API; returns the response."""
    options = fields.pop("options", {})
    text = options if isinstance(options, str) else json.dumps(options)
    return client.post(f"{API}/conversions", {"file": upload(content, name), "to": "webp", "options": text, **fields})


def assert_problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """The problem document of a response, complete and of this status and code."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    document: dict[str, Any] = json.loads(response.content)
    assert document["status"] == status
    assert document["code"] == code
    assert document["title"]
    assert document["detail"]
    assert document["suggestion"]
    assert document["type"] == f"urn:convertsite:problem:{code}"
    assert document.keys() >= {"params", "retryable"}
    return document


def stored_files() -> set[Path]:
    """All that uploads leave on the disk."""
    return {path for folder in (settings.MEDIA_ROOT, settings.WORK_DIR) for path in Path(folder).rglob("*")}
