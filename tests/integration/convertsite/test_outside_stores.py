"""A site whose database is a PostgreSQL and whose Valkey is somebody else's: `DATABASE_URL` and `REDIS_URL`."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import psycopg
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from tests.integration.conversions.program import Program
from tests.integration.conversions.web import API, picture
from tests.integration.convertsite.outside import OutsideValkey
from tests.postgresql import postgresql
from tests.stack import Site
from tests.waiting import wait_for

DELETE_EXPIRED = "from conversions.jobs.retention import delete_expired; delete_expired()"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OutsideValkey]:
    with OutsideValkey(tmp_path_factory.mktemp("valkey")) as running:
        yield running


@pytest.fixture(scope="module")
def outside(store: OutsideValkey) -> Iterator[Site]:
    with postgresql() as address, Site(DATABASE_URL=address, REDIS_URL=store.url) as running:
        yield running


@pytest.fixture(scope="module")
def database(outside: Site) -> Iterator[psycopg.Connection[Any]]:
    host = outside.settings["DATABASE_URL"].removeprefix("postgres://site@/").removesuffix("/postgres")
    with closing(psycopg.connect(host=host, user="site", dbname="postgres", autocommit=True)) as connection:
        yield connection


@pytest.fixture(scope="module")
def program(outside: Site) -> Program:
    return Program(outside, "ada")


def subscribe(connection: ClientConnection, topic: str) -> None:
    connection.send(json.dumps({"type": "subscribe", "topics": [{"topic": topic}]}))
    types_until(connection, "subscribed")


def types_until(connection: ClientConnection, wanted: str) -> list[str]:
    """The types of the messages that come, up to the wanted one."""
    types: list[str] = []
    while wanted not in types:
        frame = json.loads(connection.recv(timeout=10))
        types += [message["type"] for message in (frame if isinstance(frame, list) else [frame])]
    return types


def assert_converts(program: Program) -> dict[str, Any]:
    """A picture is converted, and its story comes over a socket meanwhile; returns the conversion."""
    with program.events() as connection:
        subscribe(connection, program.topic())
        done = program.convert(picture())
        types = types_until(connection, "conversion_completed")
    assert done["state"] == "completed"
    assert {"conversion_queued", "conversion_started"} <= set(types)  # a percentage may be overtaken by the end
    assert program.ask("GET", done["output"]["url"])[1][8:12] == b"WEBP"
    return done


def test_the_site_keeps_nothing_in_stores_of_its_own(outside: Site, program: Program) -> None:
    assert_converts(program)
    with pytest.raises(LookupError):
        outside.child("valkey")
    assert {path.name for path in outside.data_dir.iterdir()} & {"db.sqlite3", "valkey"} == set()


def test_a_killed_valkey_that_comes_back_is_survived(outside: Site, store: OutsideValkey, program: Program) -> None:
    store.kill()
    checks = wait_for(lambda: outside.get("/readyz")[1], because="/readyz")["checks"]
    assert checks["valkey"] == "Valkey does not answer."
    store.start()
    wait_for(lambda: outside.get("/readyz")[0] == 200, timeout=20, because="the site")
    assert_converts(program)


def test_requests_leave_no_connection_to_the_database_behind(
    program: Program, database: psycopg.Connection[Any]
) -> None:
    def connections() -> int:
        row = database.execute("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'").fetchone()
        return int(row[0]) - 1 if row else 0  # without the one that asks

    with ThreadPoolExecutor(4) as pool:
        statuses = set(pool.map(lambda _: program.ask("GET", f"{API}/conversions")[0], range(30)))
    assert statuses == {200}
    wait_for(lambda: connections() < 3, because="the connections' end")


def test_connections_are_recorded_and_end_with_their_token(outside: Site, database: psycopg.Connection[Any]) -> None:
    stranger = Program(outside, "stranger")

    def records() -> list[tuple[Any, ...]]:
        return database.execute(
            "SELECT state, close_code FROM realtime_connectionrecord r JOIN conversions_owner o ON r.owner = o.key "
            "JOIN auth_user u ON o.user_id = u.id WHERE u.username = 'stranger'"
        ).fetchall()

    with stranger.events() as connection:
        subscribe(connection, stranger.topic())
        wait_for(lambda: records() == [("open", None)], because="the record")
        database.execute(
            "DELETE FROM conversions_apitoken USING auth_user u WHERE user_id = u.id AND username = 'stranger'"
        )
        with pytest.raises(ConnectionClosed) as closed:
            types_until(connection, "nothing")
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 4401
    wait_for(lambda: records() == [("closed", 4401)], because="the record of the end")


def test_files_go_when_their_time_is_over(outside: Site, program: Program, database: psycopg.Connection[Any]) -> None:
    done = program.convert(picture())
    database.execute(
        "UPDATE conversions_conversion SET expires_at = now() - interval '1 minute' WHERE id = %s", [done["id"]]
    )
    outside.manage("shell", "--no-imports", "-c", DELETE_EXPIRED)
    assert program.ask("GET", done["output"]["url"])[0] == 410
