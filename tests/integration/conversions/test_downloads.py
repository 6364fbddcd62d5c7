from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from django.core.files.base import ContentFile
from django.test import AsyncClient

from conversions.models import Conversion, Owner
from tests.integration.conversions.web import API, assert_problem

pytestmark = pytest.mark.django_db
CONTENT = bytes(range(256)) * 4_000
NAME = 'Übung 🎉 "2".webp'


@pytest.fixture
def completed(async_client: AsyncClient) -> Conversion:
    """A completed conversion of the client's visitor."""
    topic = get(async_client, f"{API}/conversions").json()["topic"]
    conversion = Conversion(
        owner=Owner.objects.create(key=topic.removeprefix("owner.")),
        to="webp",
        state="completed",
        output_name=NAME,
        output_size=len(CONTENT),
        output_media_type="image/webp",
        expires_at="2100-01-01T00:00:00Z",
    )
    conversion.output.save(uuid4().hex, ContentFile(CONTENT))
    return conversion


@async_to_sync
async def get(client: AsyncClient, address: str) -> Any:
    """The response, with its streamed content read."""
    response = await client.get(address)
    if response.streaming:
        response.body = b"".join([chunk async for chunk in response.streaming_content])
    return response


def address(conversion: Conversion) -> str:
    return f"{API}/conversions/{conversion.pk}/download"


def test_result_arrives_whole_as_an_attachment(async_client: AsyncClient, completed: Conversion) -> None:
    response = get(async_client, address(completed))
    assert response.status_code == 200
    assert response.body == CONTENT
    assert response["Content-Type"] == "image/webp"
    assert response["Content-Length"] == str(len(CONTENT))
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["Content-Disposition"].endswith(f"filename*=UTF-8''{quote(NAME)}")


def test_result_never_runs_as_a_page(async_client: AsyncClient, completed: Conversion) -> None:
    response = get(async_client, address(completed))
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox"
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("state", ["queued", "running", "failed", "cancelled"])
def test_there_is_nothing_to_download_before_completion(
    async_client: AsyncClient, completed: Conversion, state: str
) -> None:
    Conversion.objects.update(state=state)
    document = assert_problem(get(async_client, address(completed)), 409, "conversion_not_completed")
    assert state in document["detail"]


def test_files_that_have_been_removed_are_gone(async_client: AsyncClient, completed: Conversion) -> None:
    completed.output.storage.delete(completed.output.name)
    assert_problem(get(async_client, address(completed)), 410, "file_missing")
    Conversion.objects.update(expires_at="2000-01-01T00:00:00Z")
    assert_problem(get(async_client, address(completed)), 410, "expired")
    Conversion.objects.update(output="")
    assert_problem(get(async_client, address(completed)), 410, "expired")


def test_a_storage_that_is_away_does_not_mean_that_the_file_has_gone(
    async_client: AsyncClient, completed: Conversion, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path / "gone"
    assert_problem(get(async_client, address(completed)), 503, "storage_unavailable")


def test_another_visitor_finds_nothing(completed: Conversion) -> None:
    assert_problem(get(AsyncClient(), address(completed)), 404, "not_found")
