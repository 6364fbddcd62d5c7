"""Records of a machine whose clock is wrong."""

from datetime import UTC, datetime, timedelta

from realtime.records import shifted

OPENED = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_all_times_of_a_record_are_those_of_the_shared_clock() -> None:
    details = {"topics": [{"topic": "a"}], "life": [(1_000, "tested", "")], "round_trips": [(2_000, 7.5)]}
    seen = OPENED + timedelta(seconds=5)
    row = {"connection_id": "c", "opened_at": OPENED, "last_seen_at": seen, "reported_at": seen, "closed_at": None}
    moved = shifted({**row, "details": details}, timedelta(minutes=1))
    assert moved["opened_at"] == OPENED + timedelta(minutes=1)
    assert moved["last_seen_at"] == moved["reported_at"] == seen + timedelta(minutes=1)
    assert (moved["connection_id"], moved["closed_at"]) == ("c", None)
    assert moved["details"] == {
        "topics": [{"topic": "a"}],
        "life": [(61_000, "tested", "")],
        "round_trips": [(62_000, 7.5)],
    }
    assert details["life"] == [(1_000, "tested", "")], "what is written again later is as it was"
