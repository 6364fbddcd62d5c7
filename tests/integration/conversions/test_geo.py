"""Maps through GDAL in its real process, and read again."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from conversions.engines.geo import ENGINE
from conversions.engines.registry import Step
from conversions.errors import CannotHold, DamagedFile
from tests.formats.trying import carried_out
from tests.integration.conversions.engine_work import pairs
from tests.integration.conversions.ways import recognised

pytestmark = pytest.mark.skipif(ENGINE.version() is None, reason="pyogrio is not installed: make extras")
FEATURES: list[tuple[str, int, dict[str, Any]]] = [
    ("Well ü", 7, {"type": "Point", "coordinates": [13.5, 52.25]}),
    ("Road", 8, {"type": "LineString", "coordinates": [[13.0, 52.0], [13.5, 52.5], [14.0, 52.0]]}),
    ("Field", 9, {"type": "Polygon", "coordinates": [[[13, 52], [14, 52], [14, 53], [13, 53], [13, 52]]]}),
]


def geojson(*features: tuple[str, int, dict[str, Any]]) -> bytes:
    found = [
        {"type": "Feature", "properties": {"name": name, "count": count}, "geometry": geometry}
        for name, count, geometry in features or FEATURES
    ]
    return json.dumps({"type": "FeatureCollection", "features": found}).encode()


def through(content: bytes, source: str, target: str) -> bytes:
    way = next(way for way in ENGINE.ways if (way.source, way.target) == (source, target))
    return carried_out(Step(ENGINE, way), content)


def features_of(content: bytes, format: str) -> list[dict[str, Any]]:
    again = content if format == "geojson" else through(content, format, "geojson")
    found: list[dict[str, Any]] = json.loads(again)["features"]
    return found


def names(features: list[dict[str, Any]]) -> set[str]:
    return {str(feature["properties"].get("name") or feature["properties"].get("Name")) for feature in features}


@pytest.mark.parametrize("way", pairs(ENGINE.ways))
def test_each_pair_keeps_names_and_places(tmp_path: Path, way: Any) -> None:
    content = geojson() if way.source == "geojson" else through(geojson(), "geojson", way.source)
    result = tmp_path / "result"
    result.write_bytes(through(content, way.source, way.target))
    assert recognised(result, way.target)
    if way.target == "csv":
        text = result.read_text()
        assert "POINT" in text
        assert "Well ü" in text
        return
    found = features_of(result.read_bytes(), way.target)
    assert names(found) == {"Well ü", "Road", "Field"}
    (well,) = (each["geometry"] for each in found if each["geometry"]["type"] == "Point")
    assert well["coordinates"][:2] == pytest.approx([13.5, 52.25])


def test_numbers_stay_numbers() -> None:
    found = features_of(through(geojson(), "geojson", "gpkg"), "gpkg")
    assert sorted(feature["properties"]["count"] for feature in found) == [7, 8, 9]


def test_a_coordinate_system_is_kept_or_turned_into_degrees() -> None:
    """Web Mercator, in metres."""
    metres = json.loads(geojson(FEATURES[0]))
    metres["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
    metres["features"][0]["geometry"]["coordinates"] = [1502813.13, 6844012.92]
    packed = through(json.dumps(metres).encode(), "geojson", "gpkg")
    (feature,) = features_of(packed, "gpkg")
    assert feature["geometry"]["coordinates"] == pytest.approx([13.5, 52.25], abs=0.01)
    with zipfile.ZipFile(io.BytesIO(through(packed, "gpkg", "shp"))) as parts:
        assert b"Mercator" in parts.read("points.prj")
    assert b'lat="52.2' in through(packed, "gpkg", "gpx")


def test_shapes_of_several_kinds_become_a_file_each() -> None:
    with zipfile.ZipFile(io.BytesIO(through(geojson(), "geojson", "shp"))) as parts:
        assert {"points.shp", "lines.shp", "areas.shp", "areas.dbf"} <= set(parts.namelist())


def test_what_no_shapefile_can_hold_is_told() -> None:
    both = {"type": "GeometryCollection", "geometries": [FEATURES[0][2], FEATURES[1][2]]}
    with pytest.raises(CannotHold):
        through(geojson(("Both", 1, both)), "geojson", "shp")


def test_what_lies_beside_a_shapefile_is_left_alone() -> None:
    content = io.BytesIO(through(geojson(FEATURES[0]), "geojson", "shp"))
    with zipfile.ZipFile(content, "a") as parts:
        parts.writestr("../../escaped.txt", "x")
        parts.writestr("readme.html", "x")
    assert names(features_of(content.getvalue(), "shp")) == {"Well ü"}


@pytest.mark.parametrize("format", ["geojson", "gpkg", "kml", "fgb", "shp"])
def test_a_truncated_file_is_damaged(format: str) -> None:
    content = geojson() if format == "geojson" else through(geojson(), "geojson", format)
    with pytest.raises(DamagedFile):
        through(content[: len(content) // 3], format, "csv")


def test_a_map_without_features_is_damaged() -> None:
    with pytest.raises(DamagedFile) as caught:
        through(b'{"type": "FeatureCollection", "features": []}', "geojson", "kml")
    assert caught.value.params == {"reason": "there is not one feature in it"}


def test_other_files_that_a_map_names_are_not_read(tmp_path: Path) -> None:
    """A virtual layer, as GDAL would find it in any XML."""
    secret = tmp_path / "secret.geojson"
    secret.write_bytes(geojson())
    virtual = f'<!-- <OGRVRTDataSource --><kml><OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>{secret}'
    with pytest.raises(DamagedFile):
        through(f"{virtual}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource></kml>".encode(), "kml", "csv")
