"""Connection records in the database: written by the hub, looked after by beat, shown to admins."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from realtime import tasks
from realtime.connection import Connection
from realtime.models import ConnectionRecord, ConnectionState
from realtime.records import Records
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
