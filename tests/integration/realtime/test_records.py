"""Connection records in the database: written by the hub, looked after by beat, shown to admins."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from realtime import health, tasks
from realtime.connection import Connection
from realtime.history import Position
from realtime.models import ConnectionRecord, ConnectionState
from realtime.records import ROWS_AT_ONCE, Records
from tests.integration.realtime.client import Client
from tests.waiting import await_for


def opened(owner: str = "o1", now: float = 0.0) -> Connection:
    return Connection(owner=owner, address="192.0.2.1", user_agent="x" * 500, now=now, wake=lambda: None)


def recorded(name: str, **fields: Any) -> ConnectionRecord:
    now = timezone.now()
    moments = {"opened_at": now, "last_seen_at": now, "reported_at": now}
    return ConnectionRecord.objects.create(connection_id=name, process="p", **{**moments, **fields})


def ago(**duration: float) -> Any:
    return timezone.now() - timedelta(**duration)


@pytest.mark.usefixtures("valkey")
@pytest.mark.django_db(transaction=True)
async def test_connection_is_recorded_soon_after_it_opened_and_closed(settings: Settings) -> None:
    settings.REALTIME_OWNER = "realtime.auth.address_of"
    async with Client(headers={"user-agent": "Test/1"}) as client:
        greeting = await client.next("connection_established")
        record = await await_for(ConnectionRecord.objects.filter(pk=greeting["connection_id"]).afirst)
        assert (record.owner, record.address, record.user_agent) == ("192.0.2.1", "192.0.2.1", "Test/1")
        assert record.state == ConnectionState.OPEN
    closed = ConnectionRecord.objects.filter(pk=greeting["connection_id"], state=ConnectionState.CLOSED)
    record = await await_for(closed.afirst)
    assert record.closed_at is not None
    assert record.close_code == 1000


@contextmanager
def inserts(before: Callable[[], None] = lambda: None) -> Iterator[list[int]]:
    """How many records each transaction inserted, in whichever thread. `before` is called before each, there."""
    committed: list[int] = []
    watched: list[BaseDatabaseWrapper] = []

    def watch(connection: BaseDatabaseWrapper, **_: Any) -> None:
        rows: list[int] = []

        def commit() -> None:
            committed.append(sum(rows))
            rows.clear()

        def execute(run: Any, sql: str, parameters: Any, many: bool, context: dict[str, Any]) -> Any:
            if not sql.startswith("INSERT"):
                return run(sql, parameters, many, context)
            if not rows:
                before()
                transaction.on_commit(commit)
            result = run(sql, parameters, many, context)
            rows.append(sql.count("(%s, "))  # of what returns something the cursor knows no number before it is read
            return result

        watched.append(connection)
        connection.execute_wrappers = [execute]

    connection_created.connect(watch)
    try:
        yield committed
    finally:
        connection_created.disconnect(watch)
        for one in watched:
            one.execute_wrappers = []


@pytest.mark.django_db(transaction=True)
async def test_many_connections_are_written_in_slices() -> None:
    records, number = Records(), 2 * ROWS_AT_ONCE + 1
    for _ in range(number):
        records.opened(opened())
    with inserts() as committed:
        await records.write(100.0)
        assert committed == [ROWS_AT_ONCE, ROWS_AT_ONCE, 1]
        await records.write(101.0)
        assert len(committed) == 3  # nothing was due
    assert await ConnectionRecord.objects.filter(state=ConnectionState.OPEN).acount() == number


@pytest.mark.django_db(transaction=True)
async def test_nothing_is_lost_when_the_database_fails_between_slices() -> None:
    records, opened_now, loop = Records(), [opened() for _ in range(3 * ROWS_AT_ONCE)], asyncio.get_running_loop()
    for one in opened_now:
        records.opened(one)
    gone = [opened_now[0], opened_now[-2], opened_now[-1]]
    records.closed(gone[2], 1006)  # and the others when the first is written already, and the second is not
    begun: list[None] = []

    def close_some_and_fail() -> None:
        begun.append(None)
        if len(begun) == 2:
            for one in gone[:2]:
                loop.call_soon_threadsafe(records.closed, one, 1006)
            raise OperationalError("the disk is full")

    with inserts(close_some_and_fail) as committed:
        await records.write(100.0)
        assert committed == [ROWS_AT_ONCE]
        await records.write(101.0)
        assert committed == [ROWS_AT_ONCE] * 4  # all again: the interval's writing was not done
    closed = ConnectionRecord.objects.filter(state=ConnectionState.CLOSED, close_code=1006)
    assert {name async for name in closed.values_list("pk", flat=True)} == {one.id for one in gone}
    assert await ConnectionRecord.objects.acount() == len(opened_now)


@pytest.mark.django_db(transaction=True)
async def test_failure_is_told_once_and_its_end(caplog: pytest.LogCaptureFixture) -> None:
    records = Records()
    records.opened(opened())

    def fail() -> None:
        raise OperationalError("the disk is full")

    with inserts(before=fail):
        for now in (0.0, 1.0, 2.0):
            await records.write(now=now)
    for now in (3.0, 4.0):
        await records.write(now=now)
    told = ["Connection records cannot be written: the disk is full", "Connection records are written again"]
    assert [record.getMessage() for record in caplog.records if record.name == "realtime.records"] == told


@pytest.mark.django_db(transaction=True)
async def test_what_closes_while_a_slice_is_written_is_closed_at_last() -> None:
    records, opened_now = Records(), [opened() for _ in range(ROWS_AT_ONCE + 1)]
    for one in opened_now:
        records.opened(one)
    loop, begun = asyncio.get_running_loop(), []

    def close_all() -> None:
        if not begun:
            for one in opened_now:
                loop.call_soon_threadsafe(records.closed, one, 1006)
        begun.append(None)

    with inserts(close_all):
        await records.write(100.0)
    await records.write(101.0)
    assert await ConnectionRecord.objects.filter(state=ConnectionState.CLOSED).acount() == len(opened_now)


@pytest.mark.django_db(transaction=True)
async def test_last_words_wait_for_what_is_being_written() -> None:
    records = Records()
    for _ in range(ROWS_AT_ONCE + 1):
        records.opened(opened())
    with inserts() as committed:
        await asyncio.gather(records.write(100.0), records.write(100.0))
    assert committed == [ROWS_AT_ONCE, 1]  # the second found it done


@pytest.mark.django_db(transaction=True)
async def test_many_connections_are_one_statement_in_the_interval(settings: Settings) -> None:
    settings.REALTIME_HEALTH_CHECK_INTERVAL = 60
    records, connections = Records(), [opened() for _ in range(30)]
    for connection in connections:
        records.opened(connection)
    await records.write(100.0)
    assert await ConnectionRecord.objects.acount() == 30
    connections[0].last_heard = 110.0
    connections[0].quality.measured(12.0)
    await records.write(130.0)
    assert not await ConnectionRecord.objects.filter(latency_ms=12.0).aexists()
    await records.write(161.0)
    record = await ConnectionRecord.objects.aget(pk=connections[0].id)
    assert record.latency_ms == 12.0
    assert record.quality == "excellent"
    assert 50 < (timezone.now() - record.last_seen_at).total_seconds() < 53
    assert await ConnectionRecord.objects.acount() == 30


@pytest.mark.django_db(transaction=True)
async def test_connection_is_written_before_its_interval_once_it_has_answered() -> None:
    records, connection, gone = Records(), opened(), opened()
    for one in (connection, gone):
        records.opened(one)
    await records.write(100.0)
    for one in (connection, gone):
        one.test(101.0, 5)
        records.write_when_answered(one)
    records.closed(gone, 1006)
    written = ConnectionRecord.objects.filter(pk=connection.id, latency_ms=250.0)
    await records.write(101.1)
    assert not await written.aexists()
    test = json.loads(connection.next_frame() or "")
    answer = json.dumps({"type": "connection_test_response", "test_id": test["test_id"]})
    assert list(connection.receive(answer, 101.25)) == []
    await records.write(101.3)
    assert await written.aexists()


@pytest.mark.django_db
def test_connection_that_its_process_does_not_report_is_stale() -> None:
    recorded("fresh", reported_at=ago(seconds=80))
    recorded("silent", reported_at=ago(seconds=100))
    recorded("closed", reported_at=ago(seconds=100), state=ConnectionState.CLOSED)
    assert tasks.check_connections() == 1
    assert ConnectionRecord.objects.get(state=ConnectionState.STALE).pk == "silent"
    assert tasks.check_connections() == 0


@pytest.mark.django_db
def test_records_of_dead_processes_and_old_closed_ones_are_deleted() -> None:
    recorded("alive", reported_at=ago(seconds=100))
    recorded("dead", reported_at=ago(seconds=110), state=ConnectionState.STALE)
    recorded("dead unnoticed", reported_at=ago(seconds=110))
    recorded("closed today", reported_at=ago(hours=20), state=ConnectionState.CLOSED, closed_at=ago(hours=20))
    recorded("closed before", reported_at=ago(hours=30), state=ConnectionState.CLOSED, closed_at=ago(hours=30))
    assert tasks.clean_stale_connections() == 3
    assert set(ConnectionRecord.objects.values_list("pk", flat=True)) == {"alive", "closed today"}


@pytest.mark.django_db
def test_many_records_are_marked_and_deleted_a_slice_at_a_time() -> None:
    written: list[int] = []

    def execute(run: Any, sql: str, parameters: Any, many: bool, context: dict[str, Any]) -> Any:
        result = run(sql, parameters, many, context)
        if not sql.startswith("SELECT"):
            written.append(context["cursor"].rowcount)
        return result

    number, silent, now = 2 * ROWS_AT_ONCE + 1, ago(hours=1), timezone.now()
    moments = {"opened_at": silent, "last_seen_at": silent, "reported_at": silent}
    rows = [ConnectionRecord(connection_id=f"c{index}", process="p", **moments) for index in range(number)]
    recorded("alive")
    ConnectionRecord.objects.bulk_create(rows)
    with connections["default"].execute_wrapper(execute):
        assert health.check_connections() == number
        assert health.clean_stale_connections() == number
    assert written == [ROWS_AT_ONCE, ROWS_AT_ONCE, 1] * 2
    assert ConnectionRecord.objects.get().reported_at >= now


@pytest.fixture
def admin(client: Browser, db: None) -> Browser:
    client.force_login(User.objects.create_superuser("root"))
    return client


def test_admin_lists_and_searches_connections(admin: Browser) -> None:
    recorded("one", owner="anna", address="192.0.2.1", latency_ms=12.4)
    recorded("two", owner="bert", address="192.0.2.2")
    url = reverse("admin:realtime_connectionrecord_changelist")
    page = admin.get(url).content.decode()
    for shown in ("anna", "bert", "192.0.2.1", "12 ms"):
        assert shown in page
    for query in ("anna", "192.0.2.1", "one"):
        found = admin.get(url, {"q": query}).content.decode()
        assert "anna" in found
        assert "bert" not in found


def test_admin_changes_no_connection(admin: Browser) -> None:
    recorded("one")
    assert admin.get(reverse("admin:realtime_connectionrecord_change", args=["one"])).status_code == 200
    assert admin.post(reverse("admin:realtime_connectionrecord_change", args=["one"]), {}).status_code == 403
    assert admin.get(reverse("admin:realtime_connectionrecord_add")).status_code == 403
    assert admin.post(reverse("admin:realtime_connectionrecord_delete", args=["one"])).status_code == 403


def test_admin_reads_no_record_of_a_shown_list_twice(admin: Browser, django_assert_max_num_queries: Any) -> None:
    for number in range(5):
        recorded(f"c{number}", details={"topics": [], "life": [], "round_trips": []})
    with django_assert_max_num_queries(9):
        assert admin.get(reverse("admin:realtime_connectionrecord_changelist")).status_code == 200


@pytest.mark.django_db(transaction=True)
async def test_record_tells_frames_topics_and_why_it_was_closed() -> None:
    records, connection = Records(lambda topic: Position("e", 7) if topic == "room.blue" else None), opened()
    records.opened(connection)
    connection.topics |= {"room.red", "room.blue"}
    for _ in range(3):
        connection.send_text("{}")
        assert connection.next_frame()
    assert list(connection.receive('{"type":"ack","received":2}', 1.0)) == []
    connection.send_text("{}")
    connection.close(4408, "heartbeat_lost")
    records.closed(connection, 4408)
    connection.forget()
    connection.topics.clear()
    await records.write(1.0)
    record = await ConnectionRecord.objects.aget()
    assert (record.frames_sent, record.frames_acknowledged, record.waiting) == (3, 2, 1)
    assert (record.close_code, record.close_reason) == (4408, "heartbeat_lost")
    assert record.details is not None
    assert record.details["topics"] == [{"topic": "room.blue", "epoch": "e", "offset": 7}, {"topic": "room.red"}]


@pytest.mark.django_db(transaction=True)
async def test_connection_that_somebody_looks_at_is_written_before_its_interval() -> None:
    records, connection = Records(), opened()
    records.opened(connection)
    await records.write(100.0)
    connection.recovery_attempts = 3
    records.write_soon(connection)
    await records.write(101.0)
    assert (await ConnectionRecord.objects.aget()).recovery_attempts == 3
