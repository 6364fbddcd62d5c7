"""Who may follow the topic of a load test."""

from collections.abc import Mapping
from typing import Any

import pytest
from pytest_django import Settings

from realtime.topics import find
from realtime.trial import TrialTopic, new_topic

STRANGER: Mapping[str, Any] = {}


async def may_follow(name: str) -> bool:
    topic = find(name)
    return topic is not None and await topic.authorize(STRANGER)


async def test_anybody_may_follow_who_was_told_the_name() -> None:
    name = new_topic(60)
    assert isinstance(find(name), TrialTopic)
    assert await may_follow(name)
    assert new_topic(60) != name


@pytest.mark.parametrize("seconds", [-1, 7 * 86_400])
async def test_nobody_may_once_it_ran_out_or_where_it_never_would(seconds: float) -> None:
    assert not await may_follow(new_topic(seconds))


async def test_nobody_may_by_a_name_that_the_site_did_not_sign(settings: Settings) -> None:
    name = new_topic(60)
    _, ends_at, nonce, signature = name.split(".")
    for other in (f"trial.{int(ends_at) + 1}.{nonce}.{signature}", f"trial.{ends_at}.{nonce}.x", "trial.soon.a.b"):
        assert not await may_follow(other)
    settings.SECRET_KEY = "another site's"
    assert not await may_follow(name)
