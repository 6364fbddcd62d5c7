"""Features into a file of each format."""

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import pyogrio

from conversions.engines.folders import fresh
from conversions.engines.geo.reading import Features
from conversions.errors import CannotHold, EngineFailed

_NAMES = {
    1: "Point",
    2: "LineString",
    3: "Polygon",
    4: "MultiPoint",
    5: "MultiLineString",
    6: "MultiPolygon",
    7: "GeometryCollection",
}
# The files that a Shapefile of several kinds becomes: each holds one.
_SHAPES = {"points": (1,), "groups of points": (4,), "lines": (2, 5), "areas": (3, 6)}
_NAME, _DESCRIPTION = ("name", "title"), ("desc", "description", "cmt")
_GPX = '<?xml version="1.0" encoding="UTF-8"?>\n<gpx version="1.1" creator="Convertsite" {}>\n{}</gpx>\n'
_GPX_NAMESPACE = 'xmlns="http://www.topografix.com/GPX/1/1"'


def write(features: Features, path: Path, format: str) -> None:
    """Raises `CannotHold` or `EngineFailed`."""
    try:
        _WRITERS[format](features, path)
    except (RuntimeError, ValueError, TypeError) as error:  # as pyogrio's come
        raise EngineFailed(reason="it cannot be written") from error


def _by(driver: str, ending: str, **options: str) -> Callable[[Features, Path], None]:
    """By GDAL's driver of this name, which may want to see the ending."""

    def by_driver(features: Features, path: Path) -> None:
        made = path.with_name(f"made.{ending}")
        _write(features, made, driver, _kind(features.geometry), **options)
        made.rename(path)

    return by_driver


def _write(features: Features, path: Path, driver: str, kind: str, **options: str) -> None:
    columns, names = list(features.fields.values()), list(features.fields)
    pyogrio.raw.write(
        path,
        features.geometry,
        columns,
        names,
        layer="features",
        driver=driver,
        geometry_type=kind,
        crs=features.crs,
        encoding="UTF-8",
        **options,
    )


def _code(wkb: bytes) -> tuple[int, bool]:
    """What a geometry is, and whether it has heights, which are said in one of two ways."""
    number = int.from_bytes(wkb[1:5], "little" if wkb[0] else "big")
    return (number & 0xFFFF) % 1000, bool(number & 0x80000000) or (number & 0xFFFF) // 1000 in (1, 3)


def _kind(geometry: Any) -> str:
    codes = {_code(wkb) for wkb in geometry if wkb is not None}
    if len(codes) != 1:
        return "Unknown"
    ((code, has_heights),) = codes
    return _NAMES.get(code, "Unknown") + " Z" * (has_heights and code in _NAMES)


def _shapefiles(features: Features, path: Path) -> None:
    folder = fresh(path.with_name("made"))
    codes = [None if wkb is None else _code(wkb)[0] for wkb in features.geometry]
    if unknown := set(codes) - {None, *(code for those in _SHAPES.values() for code in those)}:
        raise CannotHold(to="A Shapefile", what=_NAMES.get(unknown.pop() or 0, "curves"))
    for name, those in _SHAPES.items():
        if (chosen := np.array([code in those for code in codes])).any():
            fields = {field: column[chosen] for field, column in features.fields.items()}
            part = Features(features.geometry[chosen], fields, features.crs)
            heights = any(_code(wkb)[1] for wkb in part.geometry)
            _write(part, folder / f"{name}.shp", "ESRI Shapefile", _NAMES[those[-1]] + " Z" * heights)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted(folder.iterdir()):
            packed.write(file, file.name)


def _gpx(features: Features, path: Path) -> None:
    """Points as waypoints, lines and the edges of areas as tracks. By way of GeoJSON, which counts in degrees too."""
    between = path.with_name("between")
    _WRITERS["geojson"](features, between)
    parts: dict[str, list[str]] = {"wpt": [], "trk": []}
    for feature in json.loads(between.read_bytes())["features"]:
        about = _about(feature["properties"] or {})
        for kind, lines in _outlines(feature["geometry"]):
            if kind == "wpt":
                parts[kind] += [_point("wpt", point, about) for line in lines for point in line]
            else:
                segments = (f"<trkseg>{''.join(_point('trkpt', point) for point in line)}</trkseg>" for line in lines)
                parts[kind].append(f"<trk>{about}{''.join(segments)}</trk>\n")
    path.write_text(_GPX.format(_GPX_NAMESPACE, "".join(parts["wpt"] + parts["trk"])), encoding="utf-8")


def _about(properties: dict[str, Any]) -> str:
    known = {name.lower(): value for name, value in properties.items() if value is not None}
    told = ((tag, next((known[each] for each in names if each in known), None)) for tag, names in _ABOUT.items())
    return "".join(f"<{tag}>{escape(str(text))}</{tag}>" for tag, text in told if text is not None)


_ABOUT = {"name": _NAME, "desc": _DESCRIPTION}


def _point(tag: str, place: list[float], about: str = "") -> str:
    longitude, latitude, *height = place
    inside = (f"<ele>{height[0]}</ele>" if height else "") + about
    return f'<{tag} lat="{latitude}" lon="{longitude}">{inside}</{tag}>' + "\n" * (tag == "wpt")


def _outlines(geometry: dict[str, Any] | None) -> Iterator[tuple[str, list[list[list[float]]]]]:
    match geometry:
        case {"type": "GeometryCollection", "geometries": parts}:
            for part in parts:
                yield from _outlines(part)
        case {"type": "Point", "coordinates": point}:
            yield "wpt", [[point]]
        case {"type": "MultiPoint", "coordinates": points}:
            yield "wpt", [points]
        case {"type": "LineString", "coordinates": line}:
            yield "trk", [line]
        case {"type": "MultiLineString" | "Polygon", "coordinates": lines}:
            yield "trk", lines
        case {"type": "MultiPolygon", "coordinates": areas}:
            yield from (("trk", lines) for lines in areas)


_WRITERS: dict[str, Callable[[Features, Path], None]] = {
    "geojson": _by("GeoJSON", "geojson", RFC7946="YES"),
    "gpkg": _by("GPKG", "gpkg"),
    "kml": _by("KML", "kml"),
    "fgb": _by("FlatGeobuf", "fgb"),
    "csv": _by("CSV", "csv", GEOMETRY="AS_WKT"),
    "shp": _shapefiles,
    "gpx": _gpx,
}
