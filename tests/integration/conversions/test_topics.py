from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from conversions.jobs import lifecycle
from conversions.jobs.representation import as_json
from conversions.models import Conversion, Owner
from conversions.topics import NEWEST, OwnerTopic
from realtime.topics import find
from tests.integration.conversions.work import completed, queued, row

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey")]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def topic_of(owner: Owner) -> OwnerTopic:
    found = find(owner.topic)
    assert isinstance(found, OwnerTopic)
    return found


def test_only_the_owner_listens() -> None:
    owner = Owner.objects.create()
    authorize = async_to_sync(topic_of(owner).authorize)
    assert authorize({"owner_key": owner.key})
    assert not authorize({"owner_key": Owner.objects.create().key})
    assert not authorize({"owner_key": ""})
    assert not authorize({})


def test_snapshot_is_as_the_api_shows_it_newest_first(tmp_path: Path) -> None:
    first = completed(tmp_path)
    second = queued(owner=first.owner)
    deleted = queued(owner=first.owner)
    lifecycle.delete(deleted)
    queued()
    snapshot = async_to_sync(topic_of(first.owner).snapshot)()
    assert snapshot == {"conversions": [as_json(row(second)), as_json(row(first))]}


def test_snapshot_has_the_newest_and_all_unfinished(django_assert_num_queries: Any) -> None:
    unfinished = queued()
    Conversion.objects.bulk_create(
        Conversion(owner=unfinished.owner, to="webp", state="failed", expires_at=unfinished.expires_at)
        for _ in range(NEWEST + 10)
    )
    with django_assert_num_queries(5):
        snapshot = topic_of(unfinished.owner).shown()
    assert len(snapshot) == NEWEST + 1
    assert snapshot[-1]["id"] == str(unfinished.pk)


def test_queue_position_counts_who_came_before() -> None:
    first, second, third = queued(), queued(), queued()
    lifecycle.cancel(first)
    assert [as_json(row(each))["queue_position"] for each in (first, second, third)] == [None, 1, 2]
