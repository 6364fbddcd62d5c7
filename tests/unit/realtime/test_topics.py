"""Topics: names and patterns."""

import pytest

from realtime.topics import Topic, find, topics


class House(Topic):
    pattern = "house.{street}.no-{number}"


@pytest.mark.parametrize("name", ["house.elm.no-7", "house.a_b-c.no-x"])
def test_name_is_found_with_its_parameters(name: str) -> None:
    topic = find(name)
    assert isinstance(topic, House)
    assert topic.name == name
    assert f"house.{topic.params['street']}.no-{topic.params['number']}" == name


@pytest.mark.parametrize(
    "name",
    ["", "house", "house.elm.no-", "house.elm.no-7.x", "house.el.m.no-7", "housexelm.no-7", "house.elm.no-7\n", "é"],
)
def test_other_names_are_not_found(name: str) -> None:
    assert find(name) is None


def test_groups_of_the_layer_are_no_topics() -> None:
    class Any(Topic):
        pattern = "{a}.{b}"

    try:
        assert find("real.time")
        assert find("realtime.hubs") is None
    finally:
        topics.remove(Any)


def test_name_longer_than_a_group_may_be_is_not_found() -> None:
    assert find("house.elm.no-" + "7" * 86) is not None
    assert find("house.elm.no-" + "7" * 87) is None


async def test_nobody_may_follow_unless_the_topic_says_so() -> None:
    assert await House("house.elm.no-7", {}).authorize({}) is False


def test_subclass_is_registered() -> None:
    assert House in topics
