from pathlib import Path
from typing import Any

import pytest
import redis
from django.db import connection
from django.utils import timezone

from conversions.catalog import formats, routes
from conversions.jobs import lifecycle, turns
from conversions.jobs.representation import list_as_json
from conversions.models import Conversion, Lane, Owner
from tests.integration.conversions.work import long_ago, messages, queued, result, row

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey")]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def batch(count: int, age: float = 0.0) -> list[Conversion]:
    """So many of one owner, the first of which has waited the longest."""
    owner = Owner.objects.create()
    found = [queued(owner=owner) for _ in range(count)]
    for number, conversion in enumerate(found):
        long_ago(conversion, queued_at=age + count - number)
    return found


def next_ones(count: int, folder: Path, at_once: int = 1) -> list[Any]:
    """What workers take, one after another or several side by side."""
    taken, running = [], []
    for _ in range(count):
        claimed = lifecycle.claim_next(Lane.SHORT)
        assert claimed is not None
        taken.append(claimed.pk)
        running.append(claimed)
        if len(running) == at_once:
            assert lifecycle.complete(running.pop(0), result(folder))
    return taken


@pytest.mark.parametrize("at_once", [1, 2])
def test_who_has_one_file_does_not_wait_for_who_has_many(tmp_path: Path, at_once: int) -> None:
    many, one = batch(12, age=100), batch(1)
    assert one[0].pk in next_ones(2, tmp_path, at_once)
    assert next_ones(11, tmp_path, at_once) == [each.pk for each in many[1:]]


def test_owners_take_turns_and_each_ones_files_keep_their_order(tmp_path: Path) -> None:
    first, second, third = batch(3, age=100), batch(2, age=50), batch(1)
    turn_by_turn = [first[0], second[0], third[0], first[1], second[1], first[2]]
    assert next_ones(6, tmp_path) == [each.pk for each in turn_by_turn]
    assert lifecycle.claim_next(Lane.SHORT) is None


def test_the_place_is_the_turn(tmp_path: Path) -> None:
    waiting = [*batch(3, age=100), *batch(2, age=50), *batch(1)]
    next_ones(1, tmp_path)
    places = turns.places(Lane.SHORT)
    assert [pk for pk, _ in sorted(places.items(), key=lambda item: item[1])] == next_ones(5, tmp_path)
    assert turns.places(Lane.SHORT) == {}
    assert {told["queue_position"] for told in list_as_json([row(each) for each in waiting])} == {None}


def test_what_is_cancelled_or_deleted_has_no_turn() -> None:
    cancelled, deleted, left = batch(3)
    lifecycle.cancel(cancelled)
    lifecycle.delete(deleted)
    assert turns.places(Lane.SHORT) == {left.pk: 1}


def test_a_film_waits_where_it_holds_up_no_picture(valkey: redis.Redis) -> None:
    picture, film = queued(), queued()
    Conversion.objects.filter(pk=film.pk).update(lane=Lane.LONG)
    assert turns.places(Lane.LONG) == {film.pk: 1}
    assert lifecycle.claim_next(Lane.LONG) == film
    assert lifecycle.claim_next(Lane.LONG) is None
    assert turns.places(Lane.SHORT) == {picture.pk: 1}
    assert len(messages(valkey)) == 2


def test_what_takes_long_is_known_by_its_route_or_its_size() -> None:
    film = routes.find(formats.by_id("mp4"), "webm")
    picture = routes.find(formats.by_id("png"), "webp")
    assert turns.lane_of(film, 1) is Lane.LONG
    assert turns.lane_of(picture, 1) is Lane.SHORT
    assert turns.lane_of(picture, turns.LONG_BYTES) is Lane.LONG


def test_a_long_queue_costs_no_more_looks_than_a_short_one(django_assert_num_queries: Any) -> None:
    owner = Owner.objects.create()
    now = timezone.now()
    rows = [Conversion(owner=owner, to="webp", queued_at=now, expires_at=now) for _ in range(3_000)]
    Conversion.objects.bulk_create(rows)
    with django_assert_num_queries(3):
        assert turns.first(Lane.SHORT) is not None
    with django_assert_num_queries(2):
        assert len(turns.places(Lane.SHORT)) == turns.TOLD
    # What SQLite does, in steps of its machine: it grew with the square of the queue once.
    steps: list[int] = []
    connection.connection.set_progress_handler(lambda: steps.append(1), 10_000)
    try:
        turns.first(Lane.SHORT)
        turns.places(Lane.SHORT)
    finally:
        connection.connection.set_progress_handler(None, 0)
    assert len(steps) < 100
