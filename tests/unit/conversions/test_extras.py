"""What is used if it is installed, and never needed."""

from collections.abc import Callable, Iterator
from importlib.util import find_spec

import pytest

from conversions.catalog import formats, routes
from conversions.catalog.document import base, pairs_of
from conversions.catalog.routes import Route
from conversions.engines import loading, registry
from conversions.engines.engine import Engine
from conversions.errors import EngineAbsent
from conversions.uploads.offer import offered_formats


@pytest.fixture
def present(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Sets which extras there are beside the engines of every installation."""
    caches = (routes._routes_without, routes._onward_without)

    def forget() -> None:
        for each in caches:
            each.cache_clear()

    def set_present(*ids: str) -> None:
        engines = [*base(), *(engine for engine in registry.ENGINES if engine.id in ids)]
        monkeypatch.setattr(registry, "present", lambda: {engine.id: engine for engine in engines})
        forget()

    yield set_present
    forget()


def test_without_extras_the_pairs_are_those_of_the_document(present: Callable[..., None]) -> None:
    present()
    found = {(route.source.id, route.target.id) for route in routes.all_routes()}
    assert found == {(source, target) for source, targets in pairs_of(base()).items() for target in targets}


def test_without_extras_nothing_of_them_is_offered(present: Callable[..., None]) -> None:
    present()
    offered = {format["id"] for format in offered_formats()}
    assert offered.isdisjoint({"dng", "nef", "cr3", "stl", "glb", "gpkg", "geojson", "shp", "doc", "ppt", "odp"})
    assert {"png", "docx", "pptx", "icml", "json", "zip"} <= offered


def test_an_extra_brings_its_formats(present: Callable[..., None]) -> None:
    present("models")
    offered = {format["id"]: format for format in offered_formats()}
    assert offered["stl"]["targets"] == ["glb", "gltf", "obj", "ply", "off"]
    assert offered["stl"]["kind"] == "model"
    assert "dng" not in offered


def test_an_extra_takes_no_pair_away(present: Callable[..., None]) -> None:
    present()
    before = {(route.source.id, route.target.id) for route in routes.all_routes()}
    present(*(engine.id for engine in registry.ENGINES if engine.extra))
    assert before < {(route.source.id, route.target.id) for route in routes.all_routes()}


@pytest.mark.parametrize(("id", "read_as"), [("shp", "zip"), ("kml", "xml"), ("gltf", "json"), ("png", "png")])
def test_without_its_engine_a_file_is_read_as_what_it_is_also(
    present: Callable[..., None], id: str, read_as: str
) -> None:
    present()
    assert routes.readable_as(formats.by_id(id)) is formats.by_id(read_as)
    present("geo", "models")
    assert routes.readable_as(formats.by_id(id)) is formats.by_id(id)


def test_without_its_engine_a_photograph_is_not_read_as_its_thumbnail(present: Callable[..., None]) -> None:
    present()
    assert routes.readable_as(formats.by_id("nef")) is None


def test_a_route_whose_extra_has_gone_is_an_error(present: Callable[..., None]) -> None:
    present("raw")
    kept = routes.frozen(routes.find(formats.by_id("dng"), "webp"))
    present()
    with pytest.raises(EngineAbsent) as caught:
        routes.thawed(kept)
    assert caught.value.params == {"engine": "raw"}


def test_an_engine_with_a_probe_is_what_that_says() -> None:
    assert Engine("x", "x", (), probe=lambda: "7.4").version() == "7.4"
    assert Engine("x", "x", (), probe=lambda: None).version() is None


def test_an_engine_that_was_taken_away_meanwhile_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = Engine("gone", "no_such_package.work", ())
    monkeypatch.setattr(registry, "ENGINES", (gone,))
    with pytest.raises(EngineAbsent) as caught:
        loading.load(gone.work)
    assert caught.value.params == {"engine": "gone"}


@pytest.mark.parametrize(
    "engine", [engine for engine in registry.ENGINES if engine.extra], ids=lambda engine: engine.id
)
def test_an_extra_says_how_it_is_installed_and_what_converts(engine: Engine) -> None:
    assert engine.extra.startswith((".venv/bin/pip install ", "apt-get install "))
    assert not engine.ways or find_spec(engine.work.rpartition(".")[0]) is not None
    for way in engine.ways:
        assert Route((registry.Step(engine, way),)).seconds > 0
