import pytest

from conversions.catalog import formats
from conversions.catalog.document import as_markdown
from conversions.catalog.formats import Kind
from conversions.catalog.routes import MOST_STEPS
from conversions.engines import limits, registry
from conversions.engines.engine import Way
from conversions.engines.limits import Limit
from conversions.errors import human_duration
from conversions.sandbox.folders import ABANDONED_AFTER
from conversions.sandbox.limits import Limits

ALL = [each for each in vars(limits).values() if isinstance(each, Limit)]
WAYS = [way for engine in registry.ENGINES for way in engine.ways if not way.joins]


@pytest.mark.parametrize("limit", ALL, ids=lambda limit: limit.what)
def test_each_limit_holds_for_a_way_and_is_written_down(limit: Limit) -> None:
    assert any(limit in way.limits for way in WAYS)
    assert f"{limit.what}: " in as_markdown()


@pytest.mark.parametrize(
    ("kind", "counted"),
    [
        (Kind.IMAGE, {limits.PIXELS}),
        (Kind.VIDEO, {limits.FILM, limits.SOUND, limits.SHORT, limits.PIXELS}),
        (Kind.AUDIO, {limits.SOUND}),
        (Kind.SUBTITLES, {limits.CUES}),
        (Kind.ARCHIVE, {limits.UNPACKED}),
    ],
)
def test_what_such_files_hold_is_counted_on_every_way(kind: Kind, counted: set[Limit]) -> None:
    ways = [way for way in WAYS if formats.by_id(way.source).kind is kind and counted.isdisjoint(way.limits)]
    assert [way for way in ways if formats.by_id(way.target).kind is not Kind.SUBTITLES or kind is Kind.SUBTITLES] == []


def test_a_film_may_take_longer_and_more_memory_than_a_drawing() -> None:
    by_pair = {(way.source, way.target): Limits.of(way) for way in WAYS}
    film, drawing = by_pair["mkv", "mp4"], by_pair["svg", "png"]
    assert film.wall_seconds > Limits().wall_seconds > drawing.wall_seconds
    assert film.memory_bytes > drawing.memory_bytes
    assert film.cpu_seconds >= 2 * film.wall_seconds  # what many threads take together


def test_the_folder_of_what_goes_on_is_never_taken_for_abandoned() -> None:
    longest = max(WAYS, key=lambda way: way.wall_seconds)
    assert MOST_STEPS * longest.wall_seconds < ABANDONED_AFTER


def test_ways_that_say_nothing_have_the_usual_limits() -> None:
    assert Limits.of(Way("png", "webp", ())) == Limits()


@pytest.mark.parametrize(
    ("seconds", "told"), [(5, "5 s"), (60, "1 min"), (600, "10 min"), (5_400, "1 h 30 min"), (86_400, "24 h")]
)
def test_durations_are_written_as_people_say_them(seconds: float, told: str) -> None:
    assert human_duration(seconds) == told
