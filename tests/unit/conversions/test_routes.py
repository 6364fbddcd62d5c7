from typing import Any

import pytest

from conversions.catalog import formats, routes
from conversions.catalog.routes import Route
from conversions.engines import registry
from conversions.engines.engine import Engine, Kind, Stage, Way
from conversions.engines.registry import Step
from conversions.errors import CannotCombine, EngineAbsent, UnknownTarget, UnsupportedPair

PNG = formats.by_id("png")


def step(source: str, target: str, engine: str = "one", **way: Any) -> Step:
    found = Way(source, target, (Stage("reading", 0.5), Stage("encoding", 0.5)), **way)
    return Step(Engine(engine, "nowhere", (found,)), found)


def cheapest(source: str, *steps: Step) -> dict[str, list[str]]:
    """The formats on the way to each target."""
    found = routes.cheapest(source, routes.onward(steps))
    return {target: [each.way.target for each in route.steps] for target, route in found.items()}


def test_every_picture_becomes_every_other_and_itself_in_another_size() -> None:
    images = ["jpeg", "png", "webp", "avif", "gif", "tiff"]
    for source in images:
        targets = [target.id for target in routes.targets(formats.by_id(source))]
        itself = [] if source == "tiff" else [source]  # whose other pages would be lost
        assert [*(each for each in images if each != source), *itself] == [each for each in targets if each in images]


def test_targets_of_the_same_kind_come_first() -> None:
    kinds = [target.kind for target in routes.targets(formats.by_id("mp4"))]
    assert kinds[0] == formats.Kind.VIDEO
    assert formats.Kind.VIDEO not in kinds[kinds.index(formats.Kind.IMAGE) :]


def test_find_returns_the_direct_way_where_there_is_one() -> None:
    route = routes.find(PNG, "webp")
    assert (route.source, route.target, len(route.steps)) == (PNG, formats.by_id("webp"), 1)


def test_find_names_what_is_on_offer_when_the_target_is_unknown() -> None:
    with pytest.raises(UnknownTarget) as caught:
        routes.find(PNG, "docx" * 100)
    assert len(caught.value.params["to"]) == 64
    assert "jpeg, webp, avif, gif, tiff" in caught.value.as_json()["suggestion"]


def test_find_refuses_a_pair_that_no_engine_offers() -> None:
    with pytest.raises(UnsupportedPair):
        routes.find(PNG, "mp3")


def test_a_route_goes_through_what_keeps_most() -> None:
    lossy, whole = step("gif", "tiff", loss=5), [step("gif", "png"), step("png", "tiff")]
    assert cheapest("gif", lossy, *whole)["tiff"] == ["png", "tiff"]
    assert cheapest("gif", step("gif", "tiff", loss=0.5), *whole)["tiff"] == ["tiff"]


def test_a_route_goes_through_what_leads_to_its_target_only() -> None:
    assert cheapest("png", step("png", "jpeg"), step("jpeg", "avif")) == {"jpeg": ["jpeg"]}
    table, page = step("csv", "html"), [step("html", "docx"), step("html", "json"), step("html", "png")]
    assert cheapest("csv", table, *page) == {"html": ["html"], "docx": ["html", "docx"]}


def test_a_broken_step_is_gone_around(monkeypatch: pytest.MonkeyPatch) -> None:
    direct, around = step("gif", "tiff"), [step("gif", "png", "two"), step("png", "tiff", "two")]
    monkeypatch.setattr(registry, "steps", lambda: iter([direct, *around]))
    assert routes.around(Route((direct,)), direct) == Route(tuple(around))
    assert routes.around(Route(tuple(around)), around[1]) == Route((direct,))
    monkeypatch.setattr(registry, "steps", lambda: iter([direct]))
    assert routes.around(Route((direct,)), direct) is None


def test_a_route_does_not_come_back_to_where_it_began() -> None:
    assert cheapest("jpeg", step("jpeg", "png"), step("png", "jpeg")) == {"png": ["png"]}


def test_a_route_ends_where_most_is_lost() -> None:
    assert cheapest("mp4", step("mp4", "png", loss=5), step("png", "tiff")) == {"png": ["png"]}


@pytest.mark.parametrize(
    ("source", "silly"),
    [
        ("docx", "csv"),
        ("csv", "png"),
        ("csv", "man"),
        ("csv", "icml"),
        ("json", "pptx"),
        ("xlsx", "epub"),
        ("docx", "jp2"),
        ("pdf", "tga"),
        ("svg", "heic"),
        ("txt", "opml"),
        ("pdf", "ico"),
        ("mp4", "pdf"),
        ("mp4", "bmp"),
        ("mp4", "heic"),
        ("mp4", "ttml"),
        ("mp3", "mp4"),
        ("csv", "toml"),
        ("zip", "gz"),
        ("gz", "zip"),
    ],
)
def test_nothing_silly_is_offered(source: str, silly: str) -> None:
    assert silly not in [target.id for target in routes.targets(formats.by_id(source))]


def test_what_is_wanted_of_its_own_kind_only_ends_no_route_from_another() -> None:
    assert cheapest("csv", step("csv", "html"), step("html", "pptx")) == {"html": ["html"]}
    assert cheapest("docx", step("docx", "html"), step("html", "pptx"))["pptx"] == ["html", "pptx"]


def test_every_pair_that_an_engine_offers_takes_one_step() -> None:
    direct = {(each.way.source, each.way.target) for each in registry.steps()}
    several = {(route.source.id, route.target.id) for route in routes.all_routes() if len(route.steps) > 1}
    assert not direct & several


def test_a_table_is_offered_as_a_sheet_first() -> None:
    first = [target.id for target in routes.targets(formats.by_id("csv"))]
    assert first[:2] == ["xlsx", "tsv"]


def test_a_route_does_not_lose_too_much_in_all() -> None:
    assert cheapest("pdf", step("pdf", "png", loss=4), step("png", "ico", loss=5)) == {"png": ["png"]}


def test_stages_weigh_as_much_as_their_step_takes() -> None:
    route = Route((step("gif", "png", seconds=1), step("png", "tiff", seconds=3)))
    assert [[stage.weight for stage in stages] for stages in route.stages] == [[0.125, 0.125], [0.375, 0.375]]


def test_the_progress_of_a_route_is_that_of_its_least_known_step() -> None:
    kinds = (Kind.MEASURED, Kind.ESTIMATED, Kind.PHASED)
    assert Route(tuple(step("gif", "png", progress=kind) for kind in kinds)).progress is Kind.ESTIMATED


def test_a_frozen_route_is_the_same_when_it_is_thawed() -> None:
    route = routes.find(PNG, "webp")
    (kept,) = routes.frozen(route)
    assert kept["engine"] == "images"
    assert kept["version"]
    assert routes.thawed([kept]) == route


@pytest.mark.parametrize("change", [{"engine": "gone"}, {"target": "docx"}, {"source": "docx"}])
def test_a_frozen_route_whose_step_is_no_longer_offered_is_an_error(change: dict[str, str]) -> None:
    (kept,) = routes.frozen(routes.find(PNG, "webp"))
    with pytest.raises(EngineAbsent):
        routes.thawed([kept | change])


PDF, DOCX = formats.by_id("pdf"), formats.by_id("docx")


def parts(route: Route) -> list[tuple[int | None, str]]:
    """Which source each step is for, and what it makes."""
    return [(step.of, step.way.target) for step in route.steps]


def test_a_format_becomes_itself_by_a_direct_way_only() -> None:
    again = step("pdf", "pdf")
    assert cheapest("pdf", again, step("pdf", "png")) == {"pdf": ["pdf"], "png": ["png"]}
    assert cheapest("png", step("png", "tiff"), step("png", "png"), step("tiff", "png")) == {
        "png": ["png"],
        "tiff": ["tiff"],
    }
    assert cheapest("jpeg", step("jpeg", "png"), step("png", "png", loss=0)) == {"png": ["png"]}


def test_a_format_itself_is_offered_last_of_its_kind() -> None:
    targets = [target.id for target in routes.targets(PDF)]
    assert targets[:2] == ["txt", "pdf"]


def test_each_source_goes_its_own_way_before_all_are_joined() -> None:
    route = routes.combined([formats.by_id("heic"), PDF, DOCX], "pdf")
    assert parts(route) == [(0, "png"), (0, "pdf"), (2, "pdf"), (None, "pdf")]
    assert route.steps[-1].way.joins
    assert route.progress is Kind.PHASED
    assert sum(stage.weight for stages in route.stages for stage in stages) == pytest.approx(1)


def test_anything_is_packed_as_it_is() -> None:
    assert parts(routes.combined([PNG, formats.by_id("mp3"), formats.by_id("zip")], "zip")) == [(None, "zip")]


@pytest.mark.parametrize(("sources", "to", "wrong"), [([PNG, "mp3"], "pdf", "MP3"), ([PNG, PNG], "webp", "PNG")])
def test_what_cannot_be_combined_is_told(sources: list[Any], to: str, wrong: str) -> None:
    known = [formats.by_id(each) if isinstance(each, str) else each for each in sources]
    with pytest.raises(CannotCombine) as caught:
        routes.combined(known, to)
    assert caught.value.params["source"] == wrong
    assert "ZIP" in caught.value.as_json()["suggestion"]


def test_a_target_that_there_is_not_is_told_with_those_that_join() -> None:
    with pytest.raises(UnknownTarget) as caught:
        routes.combined([PNG], "nothing")
    assert caught.value.params["targets"] == "pdf, zip"


def test_a_combined_route_is_the_same_when_it_is_thawed() -> None:
    route = routes.combined([PNG, PDF, DOCX], "pdf")
    kept = routes.frozen(route)
    assert [each.get("of") for each in kept] == [0, 2, None]
    assert [each.get("joins", False) for each in kept] == [False, False, True]
    assert routes.thawed(kept) == route


def test_of_a_combined_route_one_source_alone_goes_around(monkeypatch: pytest.MonkeyPatch) -> None:
    join = step("tiff", "tiff", "join", joins=True)
    direct, around = step("gif", "tiff"), [step("gif", "png", "two"), step("png", "tiff", "two")]
    monkeypatch.setattr(registry, "steps", lambda: iter([direct, *around]))
    route = Route((direct._replace(of=0), direct._replace(of=1), join))
    found = routes.around(route, route.steps[1])
    assert found is not None
    assert parts(found) == [(0, "tiff"), (1, "png"), (1, "tiff"), (None, "tiff")]
    assert routes.around(route, join) is None
