import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.conf.global_settings import FILE_UPLOAD_MAX_MEMORY_SIZE
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from conversions.accounts import tokens
from conversions.jobs import lifecycle
from conversions.models import Conversion, Source
from tests.integration.conversions.web import API, assert_problem, convert, picture, stored_files, upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def bearer() -> Client:
    """A program with a token, and without cookies."""
    token = tokens.create(User.objects.create_user("robot"), "test")
    return Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {token}"})


def test_post_queues_a_conversion(client: Client) -> None:
    response = convert(client, name="photo.png", to="webp", options={"quality": 70})
    assert response.status_code == 201
    conversion = response.json()
    assert conversion["state"] == "queued"
    assert conversion["sources"][0] | {"size": 0} == {"name": "photo.png", "size": 0, "format": "png"}
    assert (conversion["to"], conversion["options"]["quality"], conversion["attempt"]) == ("webp", 70, 1)
    assert conversion["output"] is conversion["error"] is None
    assert conversion["expires_at"] > conversion["created_at"] > 1_600_000_000_000


def test_conversion_is_the_same_in_list_and_detail(client: Client) -> None:
    made = convert(client).json()
    keys = "id state stage percent progress attempt recoveries sources to route options error output queue_position"
    times = "added_at created_at started_at heard_at finished_at expires_at"
    assert made.keys() == {"idempotency_key", *keys.split(), *times.split()}
    assert client.get(f"{API}/conversions/{made['id']}").json() == made
    assert client.get(f"{API}/conversions").json()["items"] == [made]


def test_list_comes_in_parts_newest_first(client: Client) -> None:
    made = [convert(client).json()["id"] for _ in range(5)]
    address, seen = f"{API}/conversions?limit=2", []
    while address:
        part = client.get(address).json()
        assert part["count"] == 5
        seen += [each["id"] for each in part["items"]]
        address = part["next"]
    assert seen == made[::-1]


def test_list_has_the_order_in_which_files_were_added(client: Client) -> None:
    now = timezone.now().timestamp() * 1000
    sent = {place: convert(client, added_at=now - place / 1000).json() for place in (2, 0, 1)}
    assert [sent[place]["added_at"] for place in (0, 1, 2)] == pytest.approx([now, now - 0.001, now - 0.002], abs=1e-3)
    shown = [each["id"] for each in client.get(f"{API}/conversions").json()["items"]]
    assert shown == [sent[place]["id"] for place in (0, 1, 2)]


def test_clock_that_goes_ahead_puts_nothing_on_top_for_long(client: Client) -> None:
    ahead = convert(client, added_at=9e12).json()
    assert ahead["added_at"] <= ahead["created_at"] + 61_000


@pytest.mark.parametrize("added_at", ["yesterday", "nan", "inf", "-1", "1e13", "2026-11-28"])
def test_wrong_time_of_adding_is_refused(client: Client, added_at: str) -> None:
    document = assert_problem(convert(client, added_at=added_at), 422, "request_invalid")
    assert "added_at" in document["detail"]
    assert not Conversion.objects.exists()


def post(client: Client, key: str, **fields: Any) -> Any:
    body = {"file": upload(), "to": "webp", **fields}
    return client.post(f"{API}/conversions", body, headers={"Idempotency-Key": key})


def test_request_that_comes_again_makes_nothing_new(client: Client) -> None:
    made, again, other = (post(client, key).json() for key in ("a.webp", "a.webp", "b.webp"))
    assert made["id"] == again["id"] != other["id"]
    assert Conversion.objects.count() == Source.objects.count() == 2
    assert len([path for path in stored_files() if path.is_file()]) >= 2


def test_key_is_its_owners_alone(client: Client) -> None:
    assert post(client, "k").json()["id"] != post(Client(), "k").json()["id"]


def test_request_that_comes_again_brings_back_nothing_deleted(client: Client) -> None:
    made = post(client, "k").json()["id"]
    client.delete(f"{API}/conversions/{made}")
    assert_problem(post(client, "k"), 409, "conversion_deleted")
    client.post(f"{API}/conversions/{made}/restore")
    assert post(client, "k").json()["id"] == made


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("valkey")
def test_same_request_several_times_at_once_makes_one(client: Client) -> None:
    client.get(f"{API}/conversions")
    post(client, "first")
    before, together = stored_files(), Barrier(4)

    def send(_: int) -> str:
        other = Client()
        other.cookies = client.cookies
        together.wait()
        try:
            return str(post(other, "k").json()["id"])
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(send, range(4)))) == 1
    assert Conversion.objects.count() == 2
    assert len([path for path in stored_files() - before if path.is_file()]) == 1


@pytest.mark.parametrize("key", ["x" * 65, "two words", "é", "a/b"])
def test_key_that_is_none_is_refused(client: Client, key: str) -> None:
    assert_problem(post(client, key), 422, "request_invalid")
    assert not Conversion.objects.exists()


def test_list_asks_the_database_no_more_often_for_many(client: Client, django_assert_max_num_queries: Any) -> None:
    for _ in range(4):
        convert(client)
    with django_assert_max_num_queries(6):
        client.get(f"{API}/conversions")


def test_list_names_the_owners_topic(client: Client) -> None:
    empty = client.get(f"{API}/conversions").json()
    assert empty["items"] == []
    convert(client)
    assert client.get(f"{API}/conversions").json()["topic"] == empty["topic"]
    assert Conversion.objects.get().owner.topic == empty["topic"]


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "offset=-1", f"offset={2**63}"])
def test_wrong_part_of_a_list_is_refused(client: Client, query: str) -> None:
    document = assert_problem(client.get(f"{API}/conversions?{query}"), 422, "request_invalid")
    assert query.partition("=")[0] in document["detail"]


def test_cancel_and_retry(client: Client) -> None:
    address = f"{API}/conversions/{convert(client).json()['id']}"
    assert_problem(client.post(f"{address}/retry"), 409, "conversion_not_retryable")
    assert client.post(f"{address}/cancel").json()["state"] == "cancelled"
    assert_problem(client.post(f"{address}/cancel"), 409, "conversion_ended")
    again = client.post(f"{address}/retry").json()
    assert (again["state"], again["attempt"]) == ("queued", 2)


def test_delete_hides_and_restore_brings_back(client: Client) -> None:
    made = convert(client).json()
    address = f"{API}/conversions/{made['id']}"
    assert client.delete(address).status_code == 204
    assert_problem(client.get(address), 404, "not_found")
    assert client.get(f"{API}/conversions").json()["count"] == 0
    assert client.post(f"{address}/restore").json()["id"] == made["id"]
    assert client.get(f"{API}/conversions").json()["count"] == 1
    assert_problem(client.post(f"{address}/restore"), 404, "not_found")


def test_deletion_is_undone_for_a_minute_only(client: Client) -> None:
    address = f"{API}/conversions/{convert(client).json()['id']}"
    client.delete(address)
    Conversion.objects.update(deleted_at=timezone.now() - timedelta(seconds=61))
    assert_problem(client.post(f"{address}/restore"), 410, "restore_too_late")


def test_conversion_whose_files_have_gone_is_not_run_again(client: Client) -> None:
    address = f"{API}/conversions/{convert(client).json()['id']}"
    client.post(f"{address}/cancel")
    Source.objects.update(file="")
    assert_problem(client.post(f"{address}/retry"), 410, "expired")


def test_large_upload_is_kept_once(client: Client) -> None:
    before, content = stored_files(), picture("TIFF", (1_200, 1_000))
    assert len(content) > FILE_UPLOAD_MAX_MEMORY_SIZE
    assert convert(client, content, "large.tif").status_code == 201
    new = [path for path in stored_files() - before if path.is_file()]
    assert [path.read_bytes() for path in new] == [content]


def test_anybody_may_ask_for_formats() -> None:
    listed = Client().get(f"{API}/formats").json()
    png = next(each for each in listed["items"] if each["id"] == "png")
    assert png | {"targets": []} == {
        "id": "png",
        "name": "PNG",
        "extensions": ["png"],
        "media_type": "image/png",
        "kind": "image",
        "targets": [],
    }
    assert "webp" in png["targets"]
    assert listed["count"] == len(listed["items"])
    joins = {each["to"]: each for each in listed["joins"]}
    assert joins["zip"]["sources"] is None
    assert {"pdf", "png", "docx"} <= set(joins["pdf"]["sources"])
    assert "mp3" not in joins["pdf"]["sources"]
    assert "password" in joins["pdf"]["options"]["properties"]


def test_format_tells_the_way_to_each_target_and_its_options() -> None:
    listed = {each["id"]: each for each in Client().get(f"{API}/formats").json()["items"]}
    found = Client().get(f"{API}/formats/jpeg").json()
    routes = {each["to"]: each for each in found.pop("routes")}
    assert found == listed["jpeg"]
    assert list(routes) == found["targets"]
    assert routes["webp"]["steps"] == ["jpeg", "webp"]
    assert routes["ico"]["steps"] == ["jpeg", "png", "ico"]
    schema = routes["webp"]["options"]
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    assert schema["properties"]["quality"]["maximum"] == 100


def test_format_that_is_none_is_not_found() -> None:
    assert_problem(Client().get(f"{API}/formats/none"), 404, "not_found")
    assert Client().get(f"{API}/formats/tar.gz").json()["id"] == "tar.gz"


def test_conversion_tells_the_formats_on_its_way(client: Client) -> None:
    assert convert(client, to="ico").json()["route"] == ["png", "ico"]
    jpeg = convert(client, picture("JPEG"), to="ico").json()
    assert jpeg["route"] == ["jpeg", "png", "ico"]


def test_bearer_needs_no_csrf_token(bearer: Client) -> None:
    made = convert(bearer)
    assert made.status_code == 201
    assert Conversion.objects.get().owner.user == User.objects.get(username="robot")
    assert bearer.delete(f"{API}/conversions/{made.json()['id']}").status_code == 204


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer ", "bearer é"])
def test_wrong_token_is_told(client: Client, header: str) -> None:
    response = client.get(f"{API}/conversions", headers={"Authorization": header})
    assert_problem(response, 401, "token_invalid")
    assert response["WWW-Authenticate"] == "Bearer"


def test_session_needs_the_csrf_token() -> None:
    browser = Client(enforce_csrf_checks=True)
    assert_problem(convert(browser), 403, "csrf_failed")
    browser.get("/accounts/login/")
    fields = {"file": upload(), "to": "webp"}
    headers = {"X-CSRFToken": browser.cookies[settings.CSRF_COOKIE_NAME].value}
    assert browser.post(f"{API}/conversions", fields, headers=headers).status_code == 201
    assert browser.get(f"{API}/conversions").json()["count"] == 1


def test_anonymous_visitors_are_refused_where_only_users_are_served(settings: Any, client: Client) -> None:
    settings.ANONYMOUS = False
    assert_problem(convert(client), 401, "sign_in_required")
    assert_problem(client.get(f"{API}/conversions"), 401, "sign_in_required")
    client.force_login(User.objects.create_user("ada"))
    assert convert(client).status_code == 201


@pytest.mark.parametrize("path", ["/api/", f"{API}/", f"{API}/nothing", f"{API}/conversions/not-an-id"])
def test_unknown_address_is_a_problem_document(client: Client, path: str) -> None:
    assert_problem(client.get(path), 404, "not_found")


def test_wrong_method_says_which_are_right(client: Client) -> None:
    document = assert_problem(client.put(f"{API}/conversions"), 405, "method_not_allowed")
    assert set(re.findall("[A-Z]{3,}", document["suggestion"])) == {"GET", "POST"}


def test_our_own_failure_is_a_problem_document_without_details(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("no.such")

    client.raise_request_exception = False
    monkeypatch.setattr(lifecycle, "create", fail)
    document = assert_problem(convert(client), 500, "error")
    assert "no.such" not in json.dumps(document)


def test_a_storage_that_is_away_is_said_and_logged(
    client: Client, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "no.such.Storage"}}
    document = assert_problem(convert(client), 503, "storage_unavailable")
    assert "no.such" not in json.dumps(document)
    assert "no.such" in caplog.text


def test_description_lists_each_operation_and_its_errors(client: Client) -> None:
    described = client.get(f"{API}/openapi.json").json()
    operations = {
        (method, path.removeprefix(API)) for path, methods in described["paths"].items() for method in methods
    }
    one = "/conversions/{conversion_id}"
    assert operations == {
        ("get", "/conversions"),
        ("post", "/conversions"),
        ("get", one),
        ("delete", one),
        ("post", f"{one}/cancel"),
        ("post", f"{one}/retry"),
        ("post", f"{one}/restore"),
        ("get", f"{one}/download"),
        ("get", "/events"),
        ("get", "/formats"),
        ("get", "/formats/{format_id}"),
    }
    missing = described["paths"][f"{API}{one}"]["get"]["responses"]["404"]
    assert missing["content"].keys() == {"application/problem+json"}


def test_documentation_asks_no_other_host(client: Client) -> None:
    page = client.get(f"{API}/docs").content.decode()
    assert "ninja/swagger-ui-bundle" in page
    assert not re.findall(r"""(?:src|href)=["'](?:https?:)?//""", page)
    assert '"validatorUrl": null' in page


def test_row_of_the_version_before_gets_a_time_of_adding(client: Client) -> None:
    """In a rolling restart old processes, which know nothing of it, write rows too."""
    made = convert(client).json()["id"]
    columns = [field.column for field in Conversion._meta.concrete_fields if field.name not in ("added_at", "id")]
    with connection.cursor() as cursor:
        names = ", ".join(f'"{column}"' for column in columns)
        cursor.execute(
            f"INSERT INTO conversions_conversion (id, {names}) "  # noqa: S608 (our own names)
            f"SELECT %s, {names} FROM conversions_conversion WHERE to_ = %s".replace("to_", '"to"'),
            [Conversion._meta.pk.get_db_prep_value(uuid4(), connection), "webp"],
        )
    other = Conversion.objects.exclude(pk=made).get()
    assert abs((timezone.now() - other.added_at).total_seconds()) < 60


def combine(client: Client, *files: tuple[bytes | None, str], to: str = "zip", **fields: Any) -> Any:
    body = {"file": [upload(*file) for file in files], "to": to, "combine": "true", **fields}
    return client.post(f"{API}/conversions", body)


def test_several_files_become_one_conversion(client: Client) -> None:
    made = combine(client, (None, "b.png"), (b"%PDF-1.7\n", "a.pdf"), to="pdf")
    assert made.status_code == 201
    assert [each["name"] for each in made.json()["sources"]] == ["b.png", "a.pdf"]
    assert Conversion.objects.count() == 1
    assert [source.position for source in Source.objects.order_by("position")] == [0, 1]


def test_what_is_in_no_known_format_can_be_packed_and_nothing_else(client: Client) -> None:
    files = (b"\0\1\2", "program.exe"), (None, "b.png")
    assert [each["format"] for each in combine(client, *files).json()["sources"]] == ["", "png"]
    assert_problem(combine(client, *files, to="pdf"), 422, "unknown_format")
    assert_problem(convert(client, *files[0], to="zip"), 422, "unknown_format")
    assert Conversion.objects.count() == 1


def test_several_files_without_a_word_are_refused(client: Client) -> None:
    before = stored_files()
    assert_problem(combine(client, (None, "a.png"), (None, "b.png"), combine="false"), 422, "not_combined")
    assert stored_files() == before


def test_what_cannot_be_combined_is_a_problem(client: Client, settings: Any) -> None:
    before = stored_files()
    document = assert_problem(
        combine(client, (None, "a.png"), (b"PAR1", "b.parquet"), to="webp"), 422, "cannot_combine"
    )
    assert "PDF, ZIP" in document["suggestion"]
    assert_problem(combine(client, (None, "a.png"), (b"", "b.png")), 422, "empty_file")
    assert_problem(combine(client, (None, "a.png"), combine="perhaps"), 422, "request_invalid")
    settings.MAX_UPLOAD_BYTES = len(picture()) + 10
    assert_problem(combine(client, (None, "a.png"), (None, "b.png")), 413, "sources_too_large")
    assert not Conversion.objects.exists()
    assert stored_files() == before


def test_same_combination_sent_again_makes_nothing_new(client: Client) -> None:
    body = {"to": "zip", "combine": "true"}
    made, again = (
        client.post(
            f"{API}/conversions", {**body, "file": [upload(), upload()]}, headers={"Idempotency-Key": "k"}
        ).json()
        for _ in range(2)
    )
    assert made["id"] == again["id"]
    assert len(made["sources"]) == 2


def test_password_is_shown_nowhere(client: Client, admin_client: Client) -> None:
    wishes = {"password": "very secret", "rotate": "90"}
    made = convert(client, b"%PDF-1.7\n", "a.pdf", to="pdf", options=wishes)
    assert made.json()["options"] == {"pages": "all", "drop": False, "rotate": "90"}
    conversion = Conversion.objects.get()
    assert conversion.options["password"] == "very secret"
    pages = [
        made,
        client.get(f"{API}/conversions"),
        client.get(f"{API}/conversions/{conversion.pk}"),
        client.post(f"{API}/conversions/{conversion.pk}/cancel"),
        client.get("/"),
        admin_client.get(f"/admin/conversions/conversion/{conversion.pk}/change/"),
        admin_client.get("/admin/conversions/conversion/"),
    ]
    assert all(page.status_code in (200, 201) for page in pages)
    assert not [page for page in pages if b"very secret" in page.content]
    assert b"rotate" in pages[5].content


def test_wrong_password_option_is_not_repeated(client: Client) -> None:
    refused = convert(client, b"%PDF-1.7\n", "a.pdf", to="pdf", options={"password": ["very secret"]})
    assert "very secret" not in json.dumps(assert_problem(refused, 422, "option_invalid"))
