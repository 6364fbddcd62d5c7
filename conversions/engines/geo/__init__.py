"""Maps of points, lines and areas, by GDAL: all layers of a file, with what is known of each feature. GeoJSON, KML and
GPX count in degrees (WGS 84), to which their coordinates are brought."""

from conversions.engines import limits
from conversions.engines.engine import Engine, Kind, Stage, Way

READS = ("geojson", "gpkg", "kml", "gpx", "fgb", "shp")
# What each loses of what others hold: nothing, the coordinate system, long names, kinds of values, most of the fields.
WRITES = {"gpkg": 0.0, "fgb": 0.0, "geojson": 0.5, "shp": 1.0, "kml": 1.5, "gpx": 3.0, "csv": 3.0}

_STAGES = (Stage("reading", 0.5), Stage("encoding", 0.5))


def _way(source: str, target: str) -> Way:
    kept = (limits.FEATURES, *([limits.SHAPES] if source == "shp" else []))
    return Way(source, target, _STAGES, Kind.PHASED, loss=WRITES[target], seconds=2.0, limits=kept)


ENGINE = Engine(
    id="geo",
    work="conversions.engines.geo.work",
    distributions=("pyogrio", "numpy"),
    extra=".venv/bin/pip install -c requirements-extras.txt pyogrio",
    ways=tuple(_way(source, target) for source in READS for target in WRITES if source != target),
)
