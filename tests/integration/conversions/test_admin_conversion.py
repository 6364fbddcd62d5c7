"""A conversion's page in admin: what its owner was told and who acknowledged it, its life, and what can be done."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
import redis
from django.test import Client

from conversions.jobs import lifecycle
from conversions.jobs.states import State
from conversions.models import Conversion, Source
from realtime import flush, kept_events
from realtime.acknowledgements import Acknowledgements
from realtime.batch import Finals
from realtime.history import connect
from tests.integration.conversions.staff import logged, staff
from tests.integration.conversions.work import completed, failed, messages, queued, result, row, running

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/admin/conversions/conversion/"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def page(conversion: Conversion) -> str:
    return f"{LIST}{conversion.pk}/change/"


def act(client: Client, action: str, *conversions: Conversion, **fields: str) -> Any:
    chosen = [str(each.pk) for each in conversions]
    return client.post(LIST, {"action": action, "_selected_action": chosen, **fields}, follow=True)


async def acknowledge(topic: str, epoch: str, offset: int) -> None:
    gathered = Acknowledgements(connect())
    gathered.add("connection1", [Finals(topic, epoch, (offset,))], 1_700_000_000_123)
    await gathered.write()
    await gathered.close()


@pytest.mark.usefixtures("valkey")
def test_each_event_is_shown_with_its_position_and_who_acknowledged_it(tmp_path: Path) -> None:
    conversion, other = completed(tmp_path), queued()
    assert flush(5)
    kept = kept_events(conversion.owner.topic, lambda event: event["type"] == "conversion_completed")
    assert kept is not None
    asyncio.run(acknowledge(conversion.owner.topic, kept[0].epoch, kept[0].offset))
    shown = staff("view_conversion").get(page(conversion)).content.decode()
    section = shown.partition('id="told"')[2].partition("</section>")[0]
    rows = [re.sub(r"<[^>]+>|\s+", " ", each) for each in re.findall(r"<tr>.*?</tr>", section, re.DOTALL)[1:]]
    assert [each.split()[1] for each in rows] == ["conversion_queued", "conversion_started", "conversion_completed"]
    assert rows[-1].split()[0] == str(kept[0].offset)
    assert "connection1, 2023-11-14 22:13:20.123" in " ".join(rows[-1].split())
    assert "nobody yet" in rows[0]
    assert kept[0].epoch in section
    assert str(other.pk) not in section
    assert "photo.png" not in section  # names are data of users: they stand with the files alone


@pytest.mark.usefixtures("valkey")
def test_its_life_is_shown_with_worker_and_durations() -> None:
    conversion = running()
    shown = staff("view_conversion").get(page(conversion)).content.decode()
    assert row(conversion).worker in shown
    assert re.search(r"Took:.*?\d+(\.\d+)? (s|min)", shown, re.DOTALL)
    assert re.search(r"Waited:.*?\d+(\.\d+)?(e-\d+)? (s|min)", shown, re.DOTALL)


@pytest.mark.usefixtures("valkey")
def test_page_is_there_while_valkey_is_away(tmp_path: Path, settings: Any) -> None:
    conversion = queued()
    assert flush(5)
    settings.REALTIME_URL = f"unix://{tmp_path}/nothing.sock"
    assert "Valkey does not answer" in staff("view_conversion").get(page(conversion)).content.decode()


def test_who_may_change_retries_cancels_and_requeues_and_the_log_knows(valkey: redis.Redis, tmp_path: Path) -> None:
    client = staff("view_conversion", "change_conversion")
    broken, waiting, busy = failed(), queued(), running()
    before = len(messages(valkey))
    assert act(client, "retry", broken).status_code == 200
    assert (row(broken).state, row(broken).attempt) == (State.QUEUED, 2)
    act(client, "requeue", waiting, busy)
    assert (row(waiting).attempt, row(busy).state, row(busy).attempt) == (1, State.QUEUED, 2)
    assert messages(valkey)[before:] == [[str(broken.pk), 2], *sorted_like(client, waiting, busy)]
    assert not lifecycle.complete(busy, result(tmp_path))  # it is not its worker's any more
    act(client, "cancel", waiting)
    assert row(waiting).state == State.CANCELLED
    done = [(who, what) for who, _, what in logged()]
    assert done == [("grace", what) for what in ("Retried.", "Requeued.", "Requeued.", "Cancelled.")]


def sorted_like(client: Client, waiting: Conversion, busy: Conversion) -> list[list[Any]]:
    """Their messages, in the order of the list."""
    listed = list(Conversion.objects.values_list("pk", flat=True))
    attempts = {waiting.pk: 1, busy.pk: 2}
    return [[str(pk), attempts[pk]] for pk in listed if pk in attempts]


@pytest.mark.usefixtures("valkey")
@pytest.mark.parametrize("action", ["retry", "cancel", "requeue"])
def test_who_may_view_only_does_nothing(action: str) -> None:
    client, busy = staff("view_conversion"), running()
    shown = client.get(page(busy)).content.decode()
    assert 'value="requeue"' not in shown
    act(client, action, busy)
    assert (row(busy).state, row(busy).attempt) == (State.RUNNING, 1)
    assert logged() == []


@pytest.mark.usefixtures("valkey")
def test_buttons_of_the_page_lead_back_to_it() -> None:
    client, busy = staff("view_conversion", "change_conversion"), running()
    shown = client.get(page(busy)).content.decode()
    assert re.findall(r'name="action" value="(\w+)"', shown) == ["cancel", "requeue"]
    answer = act(client, "cancel", busy, from_page="1")
    assert answer.redirect_chain[-1][0] == page(busy)
    assert "Cancelled." in answer.content.decode()
    assert re.findall(r'name="action" value="(\w+)"', answer.content.decode()) == ["retry"]


@pytest.mark.usefixtures("valkey")
def test_what_cannot_be_done_is_told_and_not_logged(tmp_path: Path) -> None:
    client = staff("view_conversion", "change_conversion")
    done, without_files = completed(tmp_path), failed()
    Source.objects.filter(conversion=without_files).update(file="")
    assert "Nothing was done. Conversions: 1; completed already." in act(client, "requeue", done).content.decode()
    assert "have been removed" in act(client, "retry", without_files).content.decode()
    assert (row(done).state, row(without_files).state) == (State.COMPLETED, State.FAILED)
    assert logged() == []


@pytest.mark.usefixtures("valkey")
def test_others_see_nothing(client: Client) -> None:
    conversion = queued()
    assert client.get(page(conversion))["Location"].startswith("/admin/login/")
    assert staff().get(page(conversion)).status_code == 403
    assert staff("view_owner", name="ada").post(LIST, {"action": "cancel"}).status_code == 403
