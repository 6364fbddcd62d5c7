"""A map's features, of all its layers together."""

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pyogrio

from conversions.engines import limits
from conversions.engines.engine import EngineFile
from conversions.engines.folders import fresh
from conversions.errors import CannotHold, DamagedFile, ExpandsTooMuch, TooManyFeatures

_SHAPE_PARTS = frozenset({".shp", ".shx", ".dbf", ".prj", ".cpg"})
_WITH_EMPTY_FIELDS = frozenset({"gpx", "kml"})  # all that the format knows, whether the file has it or not


@dataclass(frozen=True)
class Features:
    """`geometry` holds a WKB or None of each feature, each of the fields a value; `crs` is the coordinate system."""

    geometry: Any
    fields: dict[str, Any]
    crs: str | None


def read(source: EngineFile) -> Features:
    """All of them. Raises a `ConversionsError`."""
    try:
        layers = [layer for path in _paths(source) for layer in _layers(path, source.format)]
    except (RuntimeError, ValueError, TypeError, UnicodeError) as error:  # as pyogrio's come
        raise DamagedFile(reason="it cannot be read") from error
    if not layers:
        raise DamagedFile(reason="there is not one feature in it")
    return _together(layers)


def _paths(source: EngineFile) -> list[Path]:
    """Under the endings that GDAL wants to see."""
    if source.format == "shp":
        return _unpacked(source.path)
    path = source.path.with_name(f"map.{source.format}")
    path.hardlink_to(source.path)
    return [path]


def _unpacked(path: Path) -> list[Path]:
    """The Shapefiles in the zip, under names of our own."""
    folder, names = fresh(path.with_name("shapes")), dict[str, int]()
    try:
        with zipfile.ZipFile(path) as parts:
            wanted = [part for part in parts.infolist() if PurePosixPath(part.filename.lower()).suffix in _SHAPE_PARTS]
            if (size := sum(part.file_size for part in wanted)) > limits.SHAPES.most:
                raise ExpandsTooMuch(size=size, limit=limits.SHAPES.most)
            for part in wanted:
                name = PurePosixPath(part.filename.lower())
                number = names.setdefault(str(name.with_suffix("")), len(names))
                (folder / f"{number}{name.suffix}").write_bytes(parts.read(part))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        raise DamagedFile(reason=str(error)[:200] or type(error).__name__) from error
    return sorted(folder.glob("*.shp"))


def _layers(path: Path, format: str) -> Iterator[Features]:
    """Those that hold anything; of GPX not the points of its tracks, which are in these too."""
    for name, kind in pyogrio.list_layers(path):
        if kind is None or (format == "gpx" and name.endswith("_points")):
            continue
        count = pyogrio.read_info(path, layer=name, force_feature_count=True)["features"]
        if count > limits.FEATURES.most:
            raise TooManyFeatures(features=count, limit=limits.FEATURES.most)
        if count:
            meta, _, geometry, columns = pyogrio.raw.read(path, layer=name)
            fields = dict(zip(map(str, meta["fields"]), columns, strict=True))
            if format in _WITH_EMPTY_FIELDS:
                fields = {name: column for name, column in fields.items() if not all(map(_is_missing, column))}
            yield Features(geometry, fields, meta["crs"])


def _together(layers: Sequence[Features]) -> Features:
    first, *others = layers
    if not others:
        return first
    if any(layer.crs != first.crs for layer in others):
        raise CannotHold(to="one layer", what="layers of several coordinate systems")
    names = dict.fromkeys(name for layer in layers for name in layer.fields)
    geometry = np.concatenate([layer.geometry for layer in layers])
    if len(geometry) > limits.FEATURES.most:
        raise TooManyFeatures(features=len(geometry), limit=limits.FEATURES.most)
    return Features(geometry, {name: _column(name, layers) for name in names}, first.crs)


def _column(name: str, layers: Sequence[Features]) -> Any:
    """Of all layers: as text, if not all have the field or not all of them take it for the same."""
    parts = [layer.fields.get(name) for layer in layers]
    if len({None if part is None else part.dtype for part in parts}) == 1:
        return np.concatenate(parts)
    values: list[str | None] = []
    for layer, part in zip(layers, parts, strict=True):
        found = [None] * len(layer.geometry) if part is None else part
        values += [None if _is_missing(value) else str(value) for value in found]
    return np.array(values, dtype=object)


def _is_missing(value: Any) -> bool:
    """None, or a number or date that is none, which is what does not equal itself."""
    return value is None or value != value
