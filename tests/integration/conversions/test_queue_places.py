from pathlib import Path
from typing import Any

import pytest

from conversions.jobs import lifecycle, queue_places, turns
from conversions.jobs.announcements import send_queue_position
from conversions.models import Lane, Owner
from tests.integration.conversions.work import long_ago, queued, told

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey")]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def places(owner: Owner) -> dict[str, int | None]:
    """What the owner was told last of each that waits."""
    return {each["conversion_id"]: each["position"] for each in told(owner) if each["type"] == "queue_position"}


def waiting(count: int, owner: Owner) -> list[str]:
    found = [queued(owner=owner) for _ in range(count)]
    for number, conversion in enumerate(found):
        long_ago(conversion, queued_at=count - number)
    return [str(conversion.pk) for conversion in found]


def test_owners_are_told_their_places_and_how_they_change() -> None:
    owner, other = Owner.objects.create(), Owner.objects.create()
    (first, second), (theirs,) = waiting(2, owner), waiting(1, other)
    queue_places.tell_queue_places()
    assert (places(owner), places(other)) == ({first: 1, second: 3}, {theirs: 2})
    lifecycle.claim_next(Lane.SHORT)
    queue_places.tell_queue_places()
    assert (places(owner), places(other)) == ({second: 2}, {theirs: 1})


def test_what_did_not_change_is_not_told_again() -> None:
    owner = Owner.objects.create()
    waiting(2, owner)
    queue_places.tell_queue_places()
    before = told(owner)
    queue_places.tell_queue_places()
    assert told(owner) == before


def test_a_place_that_comes_late_is_told_nowhere() -> None:
    owner = Owner.objects.create()
    waiting(1, owner)
    claimed = lifecycle.claim_next(Lane.SHORT)
    assert claimed is not None
    send_queue_position(claimed, 1)
    assert places(owner) == {}


def test_what_is_pushed_back_behind_all_places_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "TOLD", 2)
    owner = Owner.objects.create()
    first, second = waiting(2, owner)
    queue_places.tell_queue_places()
    assert places(owner) == {first: 1, second: 2}
    waiting(1, Owner.objects.create())
    queue_places.tell_queue_places()
    assert places(owner) == {first: 1, second: None}
