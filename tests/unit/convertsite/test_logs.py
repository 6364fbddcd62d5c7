"""Lines of the log: for people, for programs, and without what is nobody's business."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from django.db import OperationalError

from convertsite.logs import Formatter, NoTraceback
from tests.processes import ROOT


def log_of(form: str, private: bool = False, name: str = "site.part") -> tuple[logging.Logger, io.StringIO]:
    written, logger = io.StringIO(), logging.Logger(name)  # noqa: LOG001 (outside of the tree, so that no other handler hears it)
    handler = logging.StreamHandler(written)
    handler.setFormatter(Formatter(form, private))
    handler.addFilter(NoTraceback())
    logger.addHandler(handler)
    return logger, written


@pytest.fixture(autouse=True)
def nothing_bound() -> Iterator[None]:
    structlog.contextvars.clear_contextvars()
    yield
    structlog.contextvars.clear_contextvars()


def test_a_line_has_time_level_logger_sentence_and_fields() -> None:
    logger, written = log_of("LINE")
    structlog.contextvars.bind_contextvars(request_id="0123456789ab")
    logger.warning("%d events wait", 3, extra={"code": 4408, "reason": "heartbeat lost", "quality": "poor"})
    when, rest = written.getvalue().split(" ", 1)
    assert when.endswith("Z")
    assert rest == (
        'WARNING site.part: 3 events wait request_id=0123456789ab code=4408 reason="heartbeat lost" quality=poor\n'
    )


def test_a_field_never_breaks_the_line() -> None:
    logger, written = log_of("LINE")
    logger.info("told", extra={"what": 'two\nlines, "quoted" and a=b'})
    (line,) = written.getvalue().splitlines()
    assert line.endswith(r'what="two\nlines, \"quoted\" and a=b"')


def test_json_is_one_object_a_line_with_the_traceback_inside() -> None:
    logger, written = log_of("JSON")
    structlog.contextvars.bind_contextvars(request_id="0123456789ab")
    try:
        raise OperationalError("the database is locked")
    except OperationalError:
        logger.exception("It failed", extra={"count": 3, "odd": object()})
    (line,) = written.getvalue().splitlines()
    told = json.loads(line)
    assert (told["event"], told["level"], told["logger"], told["count"]) == ("It failed", "error", "site.part", 3)
    assert told["request_id"] == "0123456789ab"
    assert "test_logs.py" in told["exception"]
    assert told["exception"].endswith("OperationalError: the database is locked")


@pytest.mark.parametrize("form", ["LINE", "JSON"])
def test_names_addresses_tokens_and_data_are_kept_out_by_default(form: str) -> None:
    logger, written = log_of(form)
    secret = "Sec" + "ret"  # a traceback shows the lines of this test
    told = {
        "file": f"{secret} plans.docx",
        "words": f"{secret} line",
        "address": "203.0.113.7",
        "code": "engine_crashed",
    }
    try:
        try:
            raise KeyError(secret)
        except KeyError as error:
            raise ValueError(f"“{secret} plans.docx” is empty") from error
    except ValueError:
        logger.exception("From %s with Bearer %s", "203.0.113.7", secret, extra=told)
    line = written.getvalue()
    assert "Secret" not in line
    assert "From … with Bearer …" in line
    assert "engine_crashed" in line
    assert "builtins.KeyError" in line
    assert "builtins.ValueError" in line


def test_a_private_log_has_them() -> None:
    logger, written = log_of("LINE", private=True)
    try:
        raise ValueError("“plans.docx” is empty")
    except ValueError:
        logger.exception("From 203.0.113.7", extra={"file": "plans.docx"})
    assert "From 203.0.113.7 file=plans.docx" in written.getvalue()
    assert "ValueError: “plans.docx” is empty" in written.getvalue()


@pytest.mark.parametrize("name", ["celery.app.trace", "daphne.server", "asyncio"])
def test_a_sentence_that_repeats_an_exception_ends_before_it(name: str) -> None:
    logger, written = log_of("LINE", name=name)
    error = ValueError("Sec" + "ret")
    logger.error("Task raised unexpected: %r\nfuture: %r", error, error, exc_info=error, extra={"data": {"exc": error}})
    assert f"ERROR {name}: Task raised unexpected\n" in written.getvalue()
    assert "builtins.ValueError" in written.getvalue()
    assert "Secret" not in written.getvalue()


def test_all_errors_of_a_group_are_named() -> None:
    logger, written = log_of("LINE")
    place = "/private/" + "name"
    try:
        raise ExceptionGroup("several", [ValueError("a"), OSError(28, "No space left on device", place)])
    except ExceptionGroup:
        logger.exception("Failed")
    assert "builtins.ValueError" in written.getvalue()
    assert "OSError: No space left on device" in written.getvalue()
    assert "/private/name" not in written.getvalue()


def test_a_mistake_of_a_client_has_no_traceback() -> None:
    logger, written = log_of("LINE")
    try:
        raise ValueError
    except ValueError as error:
        logger.warning("Bad Request: /", exc_info=error, extra={"status_code": 400, "request": object()})
    assert "Traceback" not in written.getvalue()
    assert "request=" not in written.getvalue()


def test_the_layer_needs_no_structlog_to_be_configured() -> None:
    assert not [path for path in (ROOT / "realtime").rglob("*.py") if "structlog" in path.read_text()]
