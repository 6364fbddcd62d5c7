"""The engines' pages in admin: how each did, and a switch for each pair that every process goes by."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from conversions.catalog import formats, routes
from conversions.engines import registry
from conversions.errors import EngineAbsent
from conversions.jobs import lifecycle, switches
from conversions.jobs.states import State
from conversions.models import Conversion, Owner, SwitchedOffPair
from conversions.tasks import convert as work
from tests.integration.conversions.staff import logged, staff
from tests.integration.conversions.web import API, assert_problem, convert, picture
from tests.integration.conversions.work import queued, row, source

pytestmark = pytest.mark.django_db
ENGINES = "/admin/conversions/conversion/engines/"
IMAGES = f"{ENGINES}images/"
PNG = formats.by_id("png")
WEBP, ICO = ("images", "png", "webp"), ("pillow", "png", "ico")
PAGE = routes.find(formats.by_id("webp"), "pdf")
"""A way that there is another for: WebP is put on a page as it is, or else as PNG."""


@pytest.fixture(autouse=True)
def all_on() -> Iterator[None]:
    """What a test switches off is on again for the others."""
    yield
    registry.switches.off = frozenset()


@pytest.fixture
def folders(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT, settings.WORK_DIR = tmp_path / "media", tmp_path / "work"
    settings.WORK_DIR.mkdir()


def off(*pairs: registry.Pair) -> None:
    for pair in pairs:
        assert switches.switch(pair, on=False)


def ended(state: State, route: list[registry.Pair], seconds: float = 1.0, days: float = 0) -> None:
    now = timezone.now() - timedelta(days=days)
    Conversion.objects.create(
        owner=Owner.objects.create(),
        to=route[-1][2],
        route=[dict(zip(("engine", "source", "target"), pair, strict=True)) for pair in route],
        state=state,
        started_at=now - timedelta(seconds=seconds),
        finished_at=now,
        expires_at=now,
    )


def test_what_is_switched_off_is_offered_no_more_and_on_again_is(client: Client) -> None:
    off(ICO)
    listed = {each["id"]: each["targets"] for each in client.get(f"{API}/formats").json()["items"]}
    assert "ico" not in listed["png"]
    assert "webp" in listed["png"]
    assert "ico" not in [each["to"] for each in client.get(f"{API}/formats/png").json()["routes"]]
    assert 'value="ico"' not in client.get("/").content.decode()
    assert_problem(convert(client, to="ico"), 422, "unsupported_pair")
    assert switches.switch(ICO, on=True)
    assert convert(client, to="ico").status_code == 201


def test_routes_go_around_what_is_switched_off(client: Client) -> None:
    assert convert(client, picture("WEBP"), to="pdf").json()["route"] == ["webp", "pdf"]
    off(PAGE.steps[0].pair)
    assert convert(client, picture("WEBP"), to="pdf").json()["route"] == ["webp", "png", "pdf"]


def test_a_kept_route_goes_around_or_says_that_there_is_none() -> None:
    icon = routes.find(PNG, "ico")
    assert routes.switched_on(PAGE) is PAGE
    off(PAGE.steps[0].pair, ICO)
    switches.look()
    assert routes.switched_on(PAGE).format_ids == ["webp", "png", "pdf"]
    assert routes.thawed(routes.frozen(PAGE)) == PAGE  # it is known all the same
    with pytest.raises(EngineAbsent):
        routes.switched_on(icon)


def test_of_several_sources_each_part_goes_around_and_the_join_cannot() -> None:
    route = routes.combined([formats.by_id("heic"), formats.by_id("pdf"), formats.by_id("docx")], "pdf")
    off(route.steps[0].pair, route.steps[-1].pair)
    switches.look()
    with pytest.raises(EngineAbsent):
        routes.switched_on(route)
    assert "pdf" not in routes.joins()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("valkey", "folders")
def test_what_waits_is_converted_another_way_or_fails_in_words() -> None:
    page = source(picture("WEBP"), "page.webp", "webp")
    around, lost = lifecycle.create(Owner.objects.create(), [page], "pdf", {}), queued("ico")
    off(PAGE.steps[0].pair, ICO)
    for conversion in (around, lost):
        work(str(conversion.pk), 1)
    assert row(around).state == State.COMPLETED
    assert [step["target"] for step in row(around).route] == ["png", "pdf"]
    assert (row(lost).state, row(lost).error_code) == (State.FAILED, "engine_absent")


def test_each_engine_and_pair_tells_how_it_did() -> None:
    for seconds in (1.0, 2.0, 3.0, 4.0):
        ended(State.COMPLETED, [WEBP], seconds)
    ended(State.FAILED, [WEBP])
    ended(State.COMPLETED, [("pillow", "heic", "png"), WEBP], 50.0)
    ended(State.FAILED, [WEBP], days=8)
    client = staff("view_conversion")
    shown = cells(client.get(ENGINES).content.decode())
    images = next(row for row in shown if row[0] == "images")
    assert images[4:8] == ["6", "83.3 %", "2 s", "4 s"]
    pillow = next(row for row in shown if row[0] == "pillow")
    assert pillow[4:8] == ["1", "100 %", "", ""]
    (pair,) = [row for row in cells(client.get(IMAGES).content.decode()) if row[:2] == ["PNG", "WebP"]]
    assert pair[2:] == ["on", "6", "83.3 %", "2 s", "4 s"]


def cells(page: str) -> list[list[str]]:
    """The text of each cell of each row of the page's table."""
    table = page.partition("<tbody>")[2].partition("</tbody>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
    return [
        [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)]
        for row in rows
    ]


def test_who_may_change_switches_and_the_log_knows() -> None:
    client = staff("view_conversion", "change_switchedoffpair")
    answer = client.post(IMAGES, {"act": "off", "pair": ["png>webp", "png>avif", "png>nothing"]}, follow=True)
    assert "Pairs that were switched off: 2." in answer.content.decode()
    assert set(SwitchedOffPair.objects.values_list("target", flat=True)) == {"webp", "avif"}
    assert "2 off" in client.get(ENGINES).content.decode()
    client.post(IMAGES, {"act": "off", "pair": ["png>webp"]})  # it is
    client.post(IMAGES, {"act": "on", "pair": ["png>webp"]})
    assert [SwitchedOffPair.objects.get().target] == ["avif"]
    done = [
        (f"images: png to {to}", f"Switched {what}.") for to, what in (("webp", "off"), ("avif", "off"), ("webp", "on"))
    ]
    assert {who for who, *_ in logged()} == {"grace"}
    assert sorted(each for _, *each in map(list, logged())) == sorted(map(list, done))


def test_who_may_view_only_looks() -> None:
    client = staff("view_conversion")
    assert "Switch the chosen" not in client.get(IMAGES).content.decode()
    assert client.post(IMAGES, {"act": "off", "pair": ["png>webp"]}).status_code == 403
    assert not SwitchedOffPair.objects.exists()


def test_nonsense_is_refused() -> None:
    client = staff("view_conversion", "change_switchedoffpair")
    assert client.post(IMAGES, {"act": "explode", "pair": ["png>webp"]}).status_code == 403
    assert client.get(f"{ENGINES}nothing/").status_code == 404


@pytest.mark.parametrize("address", [ENGINES, IMAGES])
def test_others_see_nothing(client: Client, address: str) -> None:
    assert client.get(address)["Location"].startswith("/admin/login/")
    assert staff("view_owner").get(address).status_code == 403
