"""Publishing against a real Valkey that may be away."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from pytest_django import Settings

from realtime import apublish, flush, publish, send_message_with_retry
from realtime.history import Draft, Position
from realtime.publisher import NotInHistory, Publisher
from tests.integration.realtime.rooms import Said, Typing
from tests.integration.realtime.valkeys import Valkey
from tests.processes import ROOT, free_port
from tests.waiting import wait_for


def bodies(client: redis.Redis, topic: str) -> list[bytes]:
    return [fields[b"body"] for _, fields in client.xrange(f"realtime:{{{topic}}}:finals")]


def said(*numbers: int) -> list[bytes]:
    return [b'{"type":"said","text":"%d"}' % number for number in numbers]


def test_flush_waits_until_the_history_has_everything(valkey: redis.Redis) -> None:
    for number in range(50):
        publish("room.a", Said(text=str(number)))
    assert flush(10)
    assert bodies(valkey, "room.a") == said(*range(50))


async def test_published_from_async_code(valkey: redis.Redis) -> None:
    assert await apublish("room.a", Said(text="1"), event_id="mine") == "mine"
    assert flush(10)
    assert bodies(valkey, "room.a") == said(1)


def test_publishing_does_not_wait_for_the_network(valkey: redis.Redis) -> None:
    publish("room.a", Said(text="first"))
    times = []
    for _ in range(500):
        start = time.perf_counter()
        publish("room.a", Typing(percent=1), key="k")
        times.append(time.perf_counter() - start)
    assert statistics.median(times) < 0.001
    assert flush(10)


def test_same_event_id_is_appended_once(valkey: redis.Redis) -> None:
    for _ in range(3):
        publish("room.a", Said(text="1"), event_id="same")
        assert flush(10)
    assert bodies(valkey, "room.a") == said(1)


def test_keyed_events_conflate_on_their_way(valkey: redis.Redis) -> None:
    for percent in range(100):
        publish("room.a", Typing(percent=percent), key="k")
    assert flush(10)
    offset = int(valkey.hget("realtime:{room.a}:position", "offset") or 0)
    assert offset < 20
    assert b'"percent":99}' in (valkey.hget("realtime:{room.a}:values", "k") or b"")


@pytest.mark.parametrize(
    ("topic", "options"),
    [
        ("", {}),
        ("a b", {}),
        ("a" * 100, {}),
        ("a", {"key": "k", "ends": "k"}),
        ("a", {"key": ""}),
        ("a", {"event_id": 'quo"te'}),
        ("a", {"event_id": ""}),
        ("a", {"event_id": "\udcff"}),
        ("a\udcff", {}),
        ("a", {"key": "file-\udcff.png"}),
        ("a", {"ends": "file-\udcff.png"}),
    ],
)
def test_wrong_arguments_are_refused_at_once(topic: str, options: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"topic|key|event_id"):
        publish(topic, Said(text="x"), **options)


def test_text_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        publish("a", Said(text="\udcff"))


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")  # to fork it all the same is the point
def test_forked_child_publishes_with_a_thread_of_its_own(valkey: redis.Redis) -> None:
    publish("room.a", Said(text="0"))
    assert flush(10)
    child = os.fork()
    if child == 0:
        try:
            publish("room.a", Said(text="1"))
            os._exit(0 if flush(10) else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    publish("room.a", Said(text="2"))
    assert flush(10)
    assert bodies(valkey, "room.a") == said(0, 1, 2)


def put(publisher: Publisher, *numbers: int) -> None:
    for number in numbers:
        publisher.put(Draft("room.a", f"id{number}", f'{{"type":"said","text":"{number}"}}'))


def test_events_wait_while_valkey_is_away(server: Valkey, publisher: Publisher) -> None:
    put(publisher, 1, 2)
    assert not publisher.flush(0.1)
    server.start()
    assert publisher.flush(10)
    with redis.Redis.from_url(server.url) as client:
        assert bodies(client, "room.a") == said(1, 2)


def test_nothing_is_lost_or_doubled_when_valkey_is_killed_in_the_middle(server: Valkey, publisher: Publisher) -> None:
    server.start()
    put(publisher, *range(300))
    server.kill()
    put(publisher, *range(300, 400))
    server.start()
    assert publisher.flush(20)
    with redis.Redis.from_url(server.url) as client:
        assert bodies(client, "room.a") == said(*range(400))


@pytest.mark.usefixtures("server")
def test_process_ends_although_valkey_is_away_and_says_what_is_lost(caplog: pytest.LogCaptureFixture) -> None:
    publisher = Publisher()
    put(publisher, 1, 2)
    start = time.monotonic()
    publisher.close(0.2)
    assert time.monotonic() - start < 5
    assert "2 events that it published never reached their histories" in caplog.text


def test_message_with_retry_returns_its_position(valkey: redis.Redis) -> None:
    first = send_message_with_retry("room.a", Said(text="1"), event_id="mine")
    assert (first.offset, bodies(valkey, "room.a")) == (1, said(1))
    assert send_message_with_retry("room.a", Said(text="2")) == Position(first.epoch, 2)
    assert send_message_with_retry("room.a", Said(text="1"), event_id="mine") == first


def test_message_with_retry_says_what_is_not_there_in_time(server: Valkey, publisher: Publisher) -> None:
    assert publisher.put_and_wait(Draft("room.a", "1", '{"type":"said","text":"1"}'), 0.1) is None
    server.start()
    assert publisher.put_and_wait(Draft("room.a", "1", '{"type":"said","text":"1"}'), 10) is not None
    with redis.Redis.from_url(server.url) as client:
        assert bodies(client, "room.a") == said(1)


@pytest.mark.usefixtures("valkey")
def test_message_with_retry_gives_up_after_its_timeout() -> None:
    with pytest.raises(NotInHistory, match=r"room\.a"):
        send_message_with_retry("room.a", Said(text="1"), timeout=0)
    assert flush(10)


@pytest.mark.parametrize("part", ["position", "finals", "ids", "keys", "values"])
def test_foreign_key_in_one_topic_holds_nothing_up(valkey: redis.Redis, part: str) -> None:
    valkey.set(f"realtime:{{room.planted}}:{part}", "foreign")
    for number in range(20):
        publish("room.planted", Said(text=str(number)), ends="k")
        publish("room.planted", Typing(percent=number), key=f"k{number}")
        publish("room.a", Said(text=str(number)))
    assert flush(5)
    assert bodies(valkey, "room.a") == said(*range(20))
    assert bodies(valkey, "room.planted") == said(*range(20))


def test_strange_position_in_one_topic_holds_nothing_up(valkey: redis.Redis) -> None:
    positions = {"epoch": b"\xff\xfe", "offset": b"9223372036854775807", "floor": b"nan"}
    for field in positions:
        publish(f"room.{field}", Said(text="0"))
    assert flush(5)
    for field, value in positions.items():
        valkey.hset(f"realtime:{{room.{field}}}:position", field, value)
        publish(f"room.{field}", Said(text="1"))
    publish("room.a", Said(text="0"))
    assert flush(5)
    assert bodies(valkey, "room.a") == said(0)
    for field in positions:
        assert bodies(valkey, f"room.{field}")[-1:] == said(1)


def test_event_that_the_history_refuses_is_lost_alone(
    server: Valkey, publisher: Publisher, caplog: pytest.LogCaptureFixture
) -> None:
    put(publisher, 1)
    publisher.put(Draft("room.a", "bad", "{}", key="\udcfe"))
    publisher.put(Draft("room.a", "worse", "{}", ends="\udcff"))
    put(publisher, 2)
    server.start()
    assert not publisher.flush(10), "a final was lost"
    put(publisher, 3)
    assert publisher.flush(10)
    with redis.Redis.from_url(server.url) as client:
        assert bodies(client, "room.a") == said(1, 2, 3)
    assert "lost event bad" in caplog.text
    assert "lost event worse" in caplog.text


def test_flush_tells_of_finals_that_the_full_queue_lost(
    server: Valkey, publisher: Publisher, settings: Settings
) -> None:
    settings.REALTIME_PUBLISH_QUEUE_SIZE = 10
    put(publisher, *range(20))
    server.start()
    assert not publisher.flush(10)
    put(publisher, 20)
    assert publisher.flush(10), "told once"
    with ThreadPoolExecutor(1) as other:
        assert not other.submit(publisher.flush, 10).result(), "to each thread"
    with redis.Redis.from_url(server.url) as client:
        assert len(bodies(client, "room.a")) < 21
        assert bodies(client, "room.a")[-10:] == said(*range(11, 21))


def test_state_in_flight_does_not_follow_the_final_that_comes_meanwhile(server: Valkey, publisher: Publisher) -> None:
    server.start()
    put(publisher, 0)
    assert publisher.flush(10)
    server.freeze()
    publisher.put(Draft("room.a", "state", '{"type":"typing","percent":75}', key="k"))
    wait_for(lambda: publisher._in_flight)
    publisher.put(Draft("room.a", "id1", said(1)[0].decode(), ends="k"))
    server.kill()
    server.start()
    assert publisher.flush(10)
    with redis.Redis.from_url(server.url) as client:
        assert bodies(client, "room.a") == said(0, 1)
        assert client.hget("realtime:{room.a}:position", "offset") == b"2", "the state is no more"


LAST_WORDS = """
import multiprocessing, sys
from django.conf import settings
url, way = sys.argv[1:]
layer = {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [url]}}
settings.configure(REALTIME_URL=url, CHANNEL_LAYERS={"default": layer})
from tests.integration.realtime.rooms import Said
from realtime import publish
def say():
    publish("room.a", Said(text="1"))
if way == "here":
    say()
else:
    child = multiprocessing.get_context("fork").Process(target=say)
    child.start()
    child.join()
"""


@pytest.fixture
def port(valkey: redis.Redis) -> Iterator[int]:
    """Where the run's Valkey can be reached by a host's name too."""
    valkey.config_set("port", port := free_port())
    yield port
    valkey.config_set("port", 0)


MANY = LAST_WORDS.partition("if way ==")[0] + "for number in range(6_000):\n    say()\n"


def test_a_process_does_not_end_while_its_last_events_leave(valkey: redis.Redis, port: int) -> None:
    command = [sys.executable, "-c", MANY, f"redis://localhost:{port}/0", "here"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert valkey.hget("realtime:{room.a}:position", "offset") == b"6000"


@pytest.mark.parametrize("way", ["here", "in a child"])
def test_last_event_of_a_process_leaves_at_its_exit(valkey: redis.Redis, port: int, way: str) -> None:
    command = [sys.executable, "-c", LAST_WORDS, f"redis://localhost:{port}/0", way]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")
    assert bodies(valkey, "room.a") == said(1)
