"""A topic's history in a real Valkey."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import redis
from pytest_django import Settings

from realtime.backoff import AWAY
from realtime.client_session import messages
from realtime.history import Draft, Entry, History, Page, Position, connect
from tests.waiting import await_for

pytestmark = pytest.mark.usefixtures("valkey")
TOPIC = "t.1"


@pytest.fixture
async def history() -> AsyncIterator[History]:
    opened = History(connect())
    yield opened
    await opened.close()


def draft(name: str, key: str | None = None, ends: str | None = None, topic: str = TOPIC) -> Draft:
    return Draft(topic, name, f'{{"n":"{name}"}}', key, ends)


async def append(history: History, *drafts: Draft) -> list[int]:
    return [position.offset for position in await history.append(drafts)]


def names(page: Page) -> list[str]:
    return [entry.event_id for entry in page.entries]


async def test_offsets_count_up_by_one_in_each_topic(history: History) -> None:
    assert await append(history, draft("1"), draft("2", key="k"), draft("3"), draft("x", topic="t.2")) == [1, 2, 3, 1]


async def test_entries_are_read_back_whole_and_in_order(history: History) -> None:
    await append(history, Draft(TOPIC, "1", '{"n":"é"}', "k"), draft("2", ends="other"), draft("3", key="l"))
    page = await history.read_all(TOPIC)
    assert page.entries == [
        Entry(1, "1", '{"n":"é"}', key="k"),
        Entry(2, "2", '{"n":"2"}', ends="other"),
        Entry(3, "3", '{"n":"3"}', key="l"),
    ]


async def test_reading_past_a_position_gives_what_came_after(history: History) -> None:
    await append(history, *(draft(str(number)) for number in range(1, 6)))
    top = (await history.read(TOPIC, None)).position
    assert top.offset == 5
    page = await history.read(TOPIC, Position(top.epoch, 3))
    assert page.recovered
    assert names(page) == ["4", "5"]
    assert names(await history.read(TOPIC, top)) == []


async def test_only_the_newest_of_a_key_is_kept_at_its_own_offset(history: History) -> None:
    await append(history, draft("1", key="k"), draft("2"), draft("3", key="k"))
    assert [(entry.offset, entry.event_id) for entry in (await history.read_all(TOPIC)).entries] == [(2, "2"), (3, "3")]


async def test_final_that_ends_a_key_removes_it(history: History) -> None:
    await append(history, draft("1", key="k"), draft("2", key="l"), draft("3", ends="k"))
    assert names(await history.read_all(TOPIC)) == ["2", "3"]


@pytest.mark.parametrize("key", [None, "k"])
async def test_repeated_event_keeps_its_first_position(history: History, key: str | None) -> None:
    first = await history.append([draft("1", key=key), draft("other")])
    assert await history.append([draft("1", key=key), draft("other")]) == first
    assert (await history.read(TOPIC, None)).position.offset == 2
    assert len((await history.read_all(TOPIC)).entries) == 2


async def test_text_with_many_runs_of_digits_is_read_at_once(history: History) -> None:
    runs = ("9" * 4_299 + " ") * 1_500  # for which a search from each digit takes minutes
    await append(history, Draft(TOPIC, "1", f'{{"type":"x","text":"{runs}"}}'))
    async with asyncio.timeout(60):
        assert names(await history.read_all(TOPIC)) == ["1"]


async def test_state_that_is_repeated_after_it_was_replaced_stays_replaced(history: History) -> None:
    assert await append(history, draft("old", key="k"), draft("new", key="k"), draft("old", key="l")) == [1, 2, 3]
    assert await append(history, draft("old", key="k"), draft("old", key="l"), draft("new", key="k")) == [1, 3, 2]
    assert [(entry.offset, entry.event_id) for entry in (await history.read_all(TOPIC)).entries] == [
        (2, "new"),
        (3, "old"),
    ]


@pytest.mark.parametrize(("width", "kept"), [(64, 7), (20, 20)])
async def test_of_the_states_of_a_key_the_newest_are_known(
    history: History, valkey: redis.Redis, width: int, kept: int
) -> None:
    states = [draft(f"{number:0{width}}", key="k") for number in range(1, 201)]
    offsets = await append(history, *states)
    assert await append(history, *states[-kept:]) == offsets[-kept:]
    assert valkey.memory_usage(f"realtime:{{{TOPIC}}}:values") < 1_500
    assert await append(history, states[0]) == [201], "the bound"


async def test_ids_of_states_go_with_their_key(history: History, valkey: redis.Redis, settings: Settings) -> None:
    settings.REALTIME_HISTORY_MAX_EVENTS = 2
    await append(history, *(draft(f"e{number}", key=f"k{number}") for number in range(3)), draft("done", ends="k2"))
    assert await append(history, draft("e1", key="k1")) == [2]
    assert valkey.hlen(f"realtime:{{{TOPIC}}}:values") == 2, "a value, and the ids beside it"


async def test_keyed_event_whose_id_is_a_part_of_another_is_not_a_repetition(history: History) -> None:
    ids = ("12", "1", "2")
    assert await append(history, *(draft(event_id, key="k") for event_id in ids)) == [1, 2, 3]


async def test_text_may_have_many_digits(history: History) -> None:
    await append(history, Draft(TOPIC, "1", '{"type":"x","text":"%s"}' % ("9" * 5_000)))
    assert names(await history.read_all(TOPIC)) == ["1"]


async def test_state_that_is_repeated_after_its_final_stays_ended(history: History) -> None:
    batch = [draft("state", key="k"), draft("done", ends="k")]
    first = await history.append(batch)
    assert await history.append(batch) == first
    assert await append(history, draft("state", key="k")) == [1]
    assert names(await history.read_all(TOPIC)) == ["done"]


async def test_what_comes_with_a_key_after_its_end_is_nowhere(history: History) -> None:
    late = [draft("1", key="k"), draft("2", ends="k"), draft("3", key="k"), draft("4", key="l")]
    assert await append(history, *late) == [1, 2, 0, 3]
    assert names(await history.read_all(TOPIC)) == ["2", "4"]


async def test_key_that_never_was_used_is_ended_all_the_same(history: History) -> None:
    assert await append(history, draft("done", ends="k"), draft("late", key="k")) == [1, 0]


async def test_event_id_that_looks_like_an_ended_key_ends_none(history: History) -> None:
    assert await append(history, draft("ends:k"), draft("ends.k"), draft("state", key="k")) == [1, 2, 3]


async def test_ended_key_stays_ended_when_another_program_spoilt_the_topic(
    history: History, valkey: redis.Redis
) -> None:
    await append(history, draft("1", key="k"), draft("2", ends="k"))
    valkey.delete(f"realtime:{{{TOPIC}}}:ids")
    valkey.set(f"realtime:{{{TOPIC}}}:ids", "foreign")
    assert await append(history, draft("3"), draft("4", key="k")) == [3, 0]


async def test_final_with_the_id_of_the_state_that_it_ends_is_known_by_its_own_place(history: History) -> None:
    batch = [draft("same", key="k"), draft("other")]
    assert await append(history, *batch, draft("same", ends="k")) == [1, 2, 3]
    assert await append(history, *batch, draft("same", ends="k")) == [3, 2, 3]


async def test_ids_of_ended_states_are_bounded(history: History, settings: Settings, valkey: redis.Redis) -> None:
    settings.REALTIME_HISTORY_MAX_EVENTS = 3
    for number in range(20):
        await append(history, draft(f"state{number}", key=f"k{number}"), draft(f"done{number}", ends=f"k{number}"))
    assert 6 < valkey.zcard(f"realtime:{{{TOPIC}}}:ids") <= 9


async def test_positions_that_are_not_of_this_history_are_a_gap(history: History) -> None:
    await append(history, draft("1"))
    top = (await history.read(TOPIC, None)).position
    for since in (
        None,
        Position("other", 1),
        Position(top.epoch, 2),
        Position(top.epoch, 2**53 - 1),
        Position("*x", 0),
    ):
        page = await history.read(TOPIC, since)
        assert not page.recovered
        assert page.entries == []
        assert page.position == top


async def test_epoch_of_a_client_can_not_ask_for_everything(history: History) -> None:
    await append(history, draft("1"))
    assert not (await history.read(TOPIC, Position("*", 0))).recovered


async def test_finals_are_trimmed_by_length_and_leave_a_floor(history: History, settings: Settings) -> None:
    settings.REALTIME_HISTORY_MAX_EVENTS = 3
    await append(history, *(draft(str(number)) for number in range(1, 6)))
    epoch = (await history.read(TOPIC, None)).position.epoch
    assert names(await history.read_all(TOPIC)) == ["3", "4", "5"]
    assert not (await history.read(TOPIC, Position(epoch, 1))).recovered
    assert names(await history.read(TOPIC, Position(epoch, 2))) == ["3", "4", "5"]


async def test_more_than_the_history_keeps_of_a_kind_is_a_gap_also_of_two_kinds(
    history: History, settings: Settings
) -> None:
    settings.REALTIME_HISTORY_MAX_EVENTS = 3
    await append(history, draft("0"))
    since = (await history.read(TOPIC, None)).position
    await append(history, draft("1"), draft("2"), draft("3", key="k"))
    assert names(await history.read(TOPIC, since)) == ["1", "2", "3"]
    await append(history, draft("4", key="l"))
    page = await history.read(TOPIC, since)
    assert not page.recovered
    assert page.entries == []
    assert page.position.offset == 5


async def test_progress_never_pushes_a_final_out(history: History, settings: Settings) -> None:
    settings.REALTIME_HISTORY_MAX_EVENTS = 3
    await append(history, draft("final"), *(draft(f"k{number}", key="k") for number in range(50)))
    assert names(await history.read_all(TOPIC)) == ["final", "k49"]


async def test_keys_are_bounded_too_and_the_oldest_goes(history: History, settings: Settings) -> None:
    settings.REALTIME_HISTORY_MAX_EVENTS = 3
    await append(history, *(draft(f"e{number}", key=f"k{number}") for number in range(5)))
    page = await history.read_all(TOPIC)
    assert names(page) == ["e2", "e3", "e4"]
    assert not (await history.read(TOPIC, Position(page.position.epoch, 1))).recovered


async def test_history_of_a_silent_topic_is_forgotten(
    history: History, settings: Settings, valkey: redis.Redis
) -> None:
    settings.REALTIME_HISTORY_MAX_AGE = 100
    await append(history, draft("1", key="k"), draft("2"))
    keys = list(valkey.scan_iter("realtime:*"))
    assert len(keys) == 5
    for key in keys:
        assert 0 < valkey.ttl(key) <= 100


async def test_reader_that_missed_what_is_forgotten_by_now_is_told(history: History, valkey: redis.Redis) -> None:
    """Whoever reads, or repeats an event, meanwhile: the position lives no longer than what it counts."""
    seen, _ = await history.append([draft("1"), draft("2")])
    for key in list(valkey.scan_iter("realtime:*")):
        valkey.pexpire(key, 300)  # so much is left of the age
    await history.read(TOPIC, None)
    await history.read(TOPIC, seen)
    await history.append([draft("2")])
    await await_for(lambda: not valkey.exists(f"realtime:{{{TOPIC}}}:finals"))
    assert not (await history.read(TOPIC, seen)).recovered


async def test_keys_are_forgotten_together(history: History, valkey: redis.Redis) -> None:
    await append(history, draft("1"), draft("2", key="k"))
    await append(history, draft("3"), draft("1"))
    plant(valkey, "ids")
    await append(history, draft("1"))
    assert len({valkey.pexpiretime(key) for key in valkey.scan_iter("realtime:*")}) == 1


async def test_wiped_server_is_a_new_epoch(history: History, valkey: redis.Redis) -> None:
    await append(history, draft("1"), draft("2"))
    old = (await history.read(TOPIC, None)).position
    valkey.flushall()
    page = await history.read(TOPIC, old)
    assert not page.recovered
    assert page.position.epoch != old.epoch
    assert page.position.offset == 0
    assert await append(history, draft("3")) == [1]


async def test_position_that_was_lost_alone_starts_the_topic_afresh(history: History, valkey: redis.Redis) -> None:
    await append(history, draft("1"), draft("2", key="k"))
    valkey.delete("realtime:{t.1}:position")
    assert await append(history, draft("3")) == [1]
    assert names(await history.read_all(TOPIC)) == ["3"]


async def test_server_that_was_restarted_is_a_new_epoch_with_what_it_kept(
    history: History, valkey: redis.Redis
) -> None:
    """A snapshot that is older than the last write: the run in it is not that of the server that answers."""
    first = (await history.append([draft("1"), draft("2")]))[-1]
    valkey.hset("realtime:{t.1}:position", "run", "an-earlier-run")
    page = await history.read(TOPIC, first)
    assert not page.recovered
    assert page.position.epoch != first.epoch
    assert names(await history.read_all(TOPIC)) == ["1", "2"]
    assert await history.append([draft("2")]) == [Position(page.position.epoch, 2)]
    assert await append(history, draft("3")) == [3]


async def test_append_notices_a_restart_too(history: History, valkey: redis.Redis) -> None:
    (first,) = await history.append([draft("1")])
    valkey.hset("realtime:{t.1}:position", "run", "an-earlier-run")
    (second,) = await history.append([draft("2")])
    assert second.epoch != first.epoch


async def test_positions_of_many_topics_are_compared_at_once(history: History, valkey: redis.Redis) -> None:
    (top,) = await history.append([draft("1")])
    await history.append([draft("1", topic="restarted")])
    valkey.hset("realtime:{restarted}:position", "run", "an-earlier-run")
    assert await history.positions([TOPIC, "restarted", "unknown"]) == [top, None, None]


async def test_flushed_scripts_are_loaded_again(history: History, valkey: redis.Redis) -> None:
    await append(history, draft("1"))
    valkey.script_flush()
    assert await append(history, draft("2"), draft("3")) == [2, 3]


PARTS = ("position", "finals", "ids", "keys", "values")


def plant(valkey: redis.Redis, part: str, topic: str = TOPIC) -> None:
    """What another program may do to a key of ours."""
    valkey.set(f"realtime:{{{topic}}}:{part}", "foreign")


@pytest.mark.parametrize("part", PARTS)
async def test_foreign_key_costs_its_topic_an_epoch_and_others_nothing(
    history: History, valkey: redis.Redis, part: str
) -> None:
    (before, *_) = await history.append([draft("1"), draft("2", key="k")])
    (other,) = await history.append([draft("x", topic="t.2")])
    plant(valkey, part)
    mixed = [draft("3"), draft("y", topic="t.2"), draft("4", key="k"), draft("z", topic="t.2"), draft("5", ends="l")]
    positions = await history.append(mixed)
    assert [positions[number] for number in (1, 3)] == [Position(other.epoch, 2), Position(other.epoch, 3)]
    page = await history.read_all(TOPIC)
    assert page.position.epoch != before.epoch, "what a client has of the topic is void"
    kept = {"finals": [], "position": []}.get(part, ["1"])
    assert names(page) == [*kept, "3", "4", "5"]
    assert await history.append(mixed) == await history.append(mixed), "and each is known"
    assert len((await history.read_all(TOPIC)).entries) == len(page.entries)


@pytest.mark.parametrize("part", PARTS)
async def test_foreign_key_that_a_reader_meets_is_no_error_either(
    history: History, valkey: redis.Redis, part: str
) -> None:
    await append(history, draft("1"), draft("2", key="k"), draft("x", topic="t.2"))
    plant(valkey, part)
    await history.read_all(TOPIC)
    tops = await history.positions([TOPIC, "t.2", "t.3"])
    assert [top and top.offset for top in tops[1:]] == [1, None]
    assert (await history.read(TOPIC, None)).position.epoch
    await append(history, draft("3"))
    assert all(valkey.ttl(key) > 0 for key in valkey.scan_iter("realtime:*"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("offset", value) for value in ("many", None, "1.5", "-5", "nan", 2**53, 2**60, 2**63 - 1)),
        *(("floor", value) for value in (None, "nan", "-1", 2**40)),
        *(("epoch", value) for value in (None, "two\nlines", b"\xff\xfe", 'a"b', "", "x" * 65)),
        ("run", "x"),
    ],
)
async def test_foreign_position_is_a_new_epoch(
    history: History, valkey: redis.Redis, field: str, value: str | bytes | int | None
) -> None:
    (before,) = await history.append([draft("1")])
    key = f"realtime:{{{TOPIC}}}:position"
    valkey.hdel(key, field) if value is None else valkey.hset(key, field, value)
    await append(history, draft("x", topic="t.2"))
    assert [top and top.offset for top in await history.positions([TOPIC, "t.2"])][1] == 1
    page = await history.read(TOPIC, before)
    assert not page.recovered
    await append(history, draft("2"), draft("3", key="k"))
    page = await history.read_all(TOPIC)
    assert names(page)[-2:] == ["2", "3"]
    assert page.position.offset < 10


async def test_offset_that_another_program_raised_is_counted_on(history: History, valkey: redis.Redis) -> None:
    await append(history, draft("1"))
    valkey.hset(f"realtime:{{{TOPIC}}}:position", "offset", 2**53 - 3)
    assert await append(history, draft("2"), draft("3", key="k")) == [2**53 - 2, 2**53 - 1]
    assert await append(history, draft("4")) == [1], "no offset that JavaScript would round"


async def test_foreign_entries_are_left_out(
    history: History, valkey: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    await append(history, draft("1"), draft("2", key="k"))
    finals, values, keys = (f"realtime:{{{TOPIC}}}:{part}" for part in ("finals", "values", "keys"))
    for number, body in enumerate([b"{", b"[]", b'"x"', b"\xff", b"{} {}", b""]):
        valkey.xadd(finals, {"id": f"f{number}", "body": body, "ends": ""}, id=f"1-{number + 1}")
    deep = b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    spoilt = [('a"b', b'{"type":"x"}'), ("", b'{"type":"x"}'), ("deep", deep)]
    spoilt += [("moved", b'{"type":"x","offset":7}'), ("long", b'{"type":"x","number":' + b"9" * 5_000 + b"}")]
    for number, (event_id, body) in enumerate(spoilt, 7):
        valkey.xadd(finals, {"id": event_id, "body": body, "ends": ""}, id=f"1-{number}")
    valkey.xadd(finals, {"a": "b"}, id="1-99")
    valkey.zadd(keys, {"nothing": 2})
    valkey.hset(values, "k", b"2 \xff")
    page = await history.read_all(TOPIC)
    assert names(page) == ["1"]
    assert "left 12 entries" in caplog.text
    assert "left 2 entries" in caplog.text


async def test_entry_too_deep_for_clients_of_python_is_left_out(history: History, valkey: redis.Redis) -> None:
    await append(history, draft("1"))
    finals = f"realtime:{{{TOPIC}}}:finals"
    for depth in (400, *range(901, 1_000, 2)):
        body = b'{"type":"x","a":' + b"[" * depth + b"]" * depth + b"}"
        valkey.xadd(finals, {"id": f"deep-{depth}", "body": body, "ends": ""}, id=f"1-{depth}")
    entries = (await history.read_all(TOPIC)).entries
    assert {"1", "deep-400"} <= {entry.event_id for entry in entries}
    assert "deep-999" not in {entry.event_id for entry in entries}
    for entry in entries:
        assert entry.event_id == "1" or messages(f"[{entry.body}]"), "a client can read it in a batch"


@pytest.mark.parametrize("entry", ["99-0", "*"])
async def test_foreign_entry_past_the_top_goes(history: History, valkey: redis.Redis, entry: str) -> None:
    await append(history, draft("1"))
    valkey.xadd(f"realtime:{{{TOPIC}}}:finals", {"id": "foreign", "body": '{"a":1}', "ends": ""}, id=entry)
    assert names(await history.read_all(TOPIC)) == ["1"]
    await append(history, draft("2"), draft("1"))
    assert names(await history.read_all(TOPIC)) == ["1", "2"]


@pytest.mark.parametrize("refuse", ["replica", "rights"])
async def test_server_that_refuses_is_not_mended(
    history: History, valkey: redis.Redis, caplog: pytest.LogCaptureFixture, refuse: str
) -> None:
    """redis-py strips these errors of their code."""
    (before,) = await history.append([draft("1")])
    if refuse == "replica":
        valkey.replicaof("127.0.0.1", 1)
    else:
        valkey.execute_command("ACL SETUSER", "default", "-xadd")
    try:
        with pytest.raises(AWAY):
            await history.append([draft("2")])
    finally:
        valkey.replicaof("NO", "ONE")
        valkey.execute_command("ACL SETUSER", "default", "+@all")
    assert "Another program" not in caplog.text
    assert (await history.append([draft("2")]))[0].epoch == before.epoch


async def test_server_that_takes_no_writes_is_away_and_costs_no_epoch(history: History, valkey: redis.Redis) -> None:
    (before,) = await history.append([draft("1")])
    valkey.config_set("min-replicas-to-write", 1)
    try:
        with pytest.raises(AWAY):
            await history.append([draft("2")])
    finally:
        valkey.config_set("min-replicas-to-write", 0)
    assert await history.append([draft("2")]) == [Position(before.epoch, 2)]
