"""The ways to get a request wrong: each is a clear error with a suggestion, and leaves nothing behind."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf.global_settings import FILE_UPLOAD_MAX_MEMORY_SIZE
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from conversions.models import Conversion, Source
from tests.integration.conversions.web import API, assert_problem, convert, picture, stored_files, upload

pytestmark = pytest.mark.django_db


Refused = Callable[[Any, int, str], dict[str, Any]]


@pytest.fixture
def refused() -> Refused:
    """Checks a problem document, and that neither the database nor the disk has a trace of the request."""
    before = stored_files()

    def check(response: Any, status: int, code: str) -> dict[str, Any]:
        document = assert_problem(response, status, code)
        assert not Conversion.objects.exists()
        assert stored_files() == before
        return document

    return check


def post_raw(client: Client, body: bytes, content_type: str = MULTIPART_CONTENT) -> Any:
    return client.generic("POST", f"{API}/conversions", body, content_type)


def test_empty_file(client: Client, refused: Refused) -> None:
    assert "photo.png" in refused(convert(client, b""), 422, "empty_file")["detail"]


def test_text_that_is_named_png(client: Client, refused: Refused) -> None:
    document = refused(convert(client, b"Dear diary,\n" * 50, "photo.png"), 422, "unknown_format")
    assert "What can be read: Pictures, " in document["suggestion"]


def test_bytes_of_no_format(client: Client, refused: Refused) -> None:
    refused(convert(client, bytes(range(256)) * 20), 422, "unknown_format")


def test_png_that_is_named_jpg_works_and_is_told(client: Client) -> None:
    response = convert(client, picture("PNG"), "photo.jpg")
    assert response.status_code == 201
    assert response.json()["sources"][0]["format"] == "png"
    assert response.json()["sources"][0]["name"] == "photo.jpg"


@pytest.mark.parametrize("to", ["", "WEBP", "docs", "../webp", "x" * 10_000, "\0"])
def test_unknown_target(client: Client, to: str, refused: Refused) -> None:
    document = refused(convert(client, to=to), 422, "unknown_target")
    assert "webp" in document["suggestion"]
    assert len(document["detail"]) < 200


def test_no_target(client: Client, refused: Refused) -> None:
    response = client.post(f"{API}/conversions", {"file": upload()})
    assert "to" in refused(response, 422, "request_invalid")["detail"]


def test_file_over_the_limit(client: Client, settings: Any, refused: Refused) -> None:
    settings.MAX_UPLOAD_BYTES = 1_000
    document = refused(convert(client, picture(size=(500, 500)) + b"\0" * 2_000), 413, "file_too_large")
    assert document["params"]["limit"] == 1_000


@pytest.mark.parametrize("fields", [{"to": "webp"}, {"to": "webp", "file": "photo.png"}, {}])
def test_no_file(client: Client, fields: dict[str, str], refused: Refused) -> None:
    refused(client.post(f"{API}/conversions", fields), 422, "file_required")


def test_no_form_at_all(client: Client, refused: Refused) -> None:
    refused(client.post(f"{API}/conversions", {"to": "webp"}, content_type="application/json"), 422, "file_required")


def test_name_of_10_000_characters_in_the_form(client: Client, refused: Refused) -> None:
    document = refused(convert(client, name="n" * 10_000 + ".png"), 400, "body_malformed")
    assert "name" in document["suggestion"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.png", "passwd.png"),
        ("C:\\Users\\me\\photo.png", "photo.png"),
        ("pho\x07to\x1b[31m.png", "photo[31m.png"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ('say \\"cheese\\".png', 'say "cheese".png'),
        ("say %22cheese%22.png", 'say "cheese".png'),
        ("🎉 Übung 漢字.png", "🎉 Übung 漢字.png"),
        ("👨\u200d💻 क्\u200dष.png", "👨\u200d💻 क्\u200dष.png"),
        ("AT&amp;T.png", "AT&amp;T.png"),
        ("n" * 300 + ".png", "n" * 251 + ".png"),
        ("<script>alert(1)<", "<script>alert(1)<"),
    ],
)
def test_strange_name_is_kept_as_harmless_text(client: Client, sent: str, kept: str) -> None:
    before = stored_files()
    response = convert(client, name=sent)
    assert response.status_code == 201, response.content
    assert response.json()["sources"][0]["name"] == kept
    assert not any("photo" in path.name or "png" in path.name for path in stored_files() - before)


@pytest.mark.parametrize("ending", ["x" * 250, "🎉" * 62, "漢" * 84], ids=["ascii", "emoji", "han"])
@pytest.mark.parametrize("address", [f"{API}/conversions", "/"])
def test_strange_ending_of_a_file_too_large_for_memory_is_text_too(client: Client, address: str, ending: str) -> None:
    content = picture("TIFF", (1_200, 1_000))
    assert len(content) > FILE_UPLOAD_MAX_MEMORY_SIZE
    before = stored_files()
    response = client.post(address, {"file": upload(content, f"a.{ending}"), "to": "webp"})
    assert response.status_code in {201, 302}, response.content
    assert Source.objects.get().name == f"a.{ending}"
    assert len([path for path in stored_files() - before if path.is_file()]) == 1


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        ({"quality": "high"}, "option_invalid", "quality"),
        ({"quality": True}, "option_invalid", "quality"),
        ({"quality": 80.5}, "option_invalid", "quality"),
        ({"quality": None}, "option_invalid", "quality"),
        ({"quality": 0}, "option_invalid", "1 to 100"),
        ({"quality": 10**400}, "option_invalid", "1 to 100"),
        ({"quallity": 80}, "option_unknown", "quallity"),
        ({"x" * 5_000: 1}, "option_unknown", "option"),
        ([80], "options_invalid", "JSON object"),
        ("80", "options_invalid", "JSON object"),
        ("{quality: 80}", "options_invalid", "JSON object"),
        ("[" * 50_000, "options_invalid", "JSON object"),
    ],
)
def test_wrong_options(client: Client, options: Any, code: str, told: str, refused: Refused) -> None:
    document = refused(convert(client, options=options), 422, code)
    assert told in document["detail"]
    assert len(document["detail"]) < 300


def test_options_of_another_pair(client: Client, refused: Refused) -> None:
    refused(convert(client, to="tiff", options={"quality": 80}), 422, "option_unknown")


def test_options_larger_than_a_form_may_be(client: Client, refused: Refused) -> None:
    refused(convert(client, options="x" * 3_000_000), 413, "body_too_large")


@pytest.mark.parametrize(
    "body",
    [
        b"no boundary in sight",
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=".encode(),
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'.encode(),
        b"",
    ],
)
def test_body_that_ends_in_the_middle(client: Client, body: bytes, refused: Refused) -> None:
    response = post_raw(client, body)
    assert response.status_code in {400, 422}
    refused(response, response.status_code, response.json()["code"])


def test_form_without_a_boundary(client: Client, refused: Refused) -> None:
    refused(post_raw(client, b"x", "multipart/form-data"), 400, "body_malformed")


@pytest.mark.parametrize("charset", ["hex", "undefined", "idna", "utf-16", "latin-1", "nonsense"])
@pytest.mark.parametrize("address", [f"{API}/conversions", "/"])
def test_form_is_utf_8_whatever_it_says(client: Client, address: str, charset: str) -> None:
    form = encode_multipart(BOUNDARY, {"file": upload(name="café.png"), "to": "webp"})
    response = client.generic("POST", address, form, f"{MULTIPART_CONTENT}; charset={charset}")
    assert response.status_code in {201, 302}, response.content
    assert Source.objects.get().name == "café.png"


def test_form_that_is_not_multipart_is_utf_8_too(client: Client, refused: Refused) -> None:
    response = post_raw(client, b"to=webp", "application/x-www-form-urlencoded; charset=latin-1")
    refused(response, 422, "file_required")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b"caf\xe9.png", "café.png"),
        (b"10 \x80 \x93new\x94.png", "10 € “new”.png"),
        (b"\x81.png", "\ufffd.png"),
        ("café 漢字.png".encode(), "café 漢字.png"),
    ],
)
@pytest.mark.parametrize("address", [f"{API}/conversions", "/"])
def test_name_in_the_bytes_of_an_old_system_is_read(client: Client, address: str, sent: bytes, kept: str) -> None:
    form = encode_multipart(BOUNDARY, {"file": upload(name="NAME"), "to": "webp"}).replace(b"NAME", sent)
    response = client.generic("POST", address, form, MULTIPART_CONTENT)
    assert response.status_code in {201, 302}, response.content
    assert Source.objects.get().name == kept
    with Source.objects.get().file.open() as stored:
        assert stored.read() == picture()


def test_bytes_that_are_not_utf_8_stay_as_they_are_outside_of_headers(client: Client) -> None:
    content = b"preamble \xe9\r\n" + encode_multipart(BOUNDARY, {"file": upload(), "to": "webp", "options": "{}"})
    assert post_raw(client, content).status_code == 201
    with Source.objects.get().file.open() as stored:
        assert stored.read() == picture()


def test_form_without_csrf_token(refused: Refused) -> None:
    browser = Client(enforce_csrf_checks=True)
    document = refused(convert(browser), 403, "csrf_failed")
    assert "X-CSRFToken" in document["suggestion"]
    assert browser.post("/", {"to": "webp"}).status_code == 403


def test_more_files_than_a_request_may_have(client: Client, refused: Refused) -> None:
    files = [SimpleUploadedFile(f"{i}.png", b"x") for i in range(101)]
    response = client.post(f"{API}/conversions", {"file": files, "to": "webp"})
    document = refused(response, 413, "too_many_files")
    assert document["params"] == {"limit": 100}
    assert "100" in document["suggestion"]


def test_more_fields_than_a_request_may_have(client: Client, refused: Refused) -> None:
    response = client.post(f"{API}/conversions", {"more": ["x"] * 1_001, "file": upload(), "to": "webp"})
    assert refused(response, 413, "too_many_fields")["params"] == {"limit": 1_000}
