"""Lines of the log: values, one id, and nobody's address."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from contactcenter import logs
from contactcenter.settings import LOG_FORMATS


@pytest.fixture(params=LOG_FORMATS)
def told(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What is logged, in each format."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    text = io.StringIO()
    logs.install(request.param, "info", text)
    yield text
    root.handlers[:] = before
    root.setLevel(level)
    for ours in ("contactcenter", "workers", "channels", "routing"):
        logging.getLogger(ours).setLevel(logging.NOTSET)


log = logs.get_logger("contactcenter.test")


def test_a_line_has_the_id_of_what_is_worked_on(told: io.StringIO) -> None:
    with logs.traced("0a1b2c3d4e5f", ticket=4812):
        log.info("mail_taken_in", entry=7)
        logging.getLogger("contactcenter.other").warning("a library says %s", "something")
    log.info("afterwards")
    first, second, third = told.getvalue().splitlines()
    for line in (first, second):
        assert "0a1b2c3d4e5f" in line
        assert "4812" in line
    assert "mail_taken_in" in first
    assert "0a1b2c3d4e5f" not in third


def test_json_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(logs._formatter("json"))
    logger = logging.getLogger("plain.one")
    logger.addHandler(handler)
    try:
        raise ValueError("margareta.ohman@example.se ringde från 070-174 06 12")
    except ValueError:
        logger.exception("it broke")
    finally:
        logger.removeHandler(handler)
    line = json.loads(text.getvalue())
    assert line["event"] == "it broke"
    assert line["level"] == "error"
    assert "ValueError: m…@example.se" in line["exception"]
    assert "070-174 06 12" not in text.getvalue()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("margareta@example.se", "m…@example.se"),
        ("from <Åke.Ö@example.com> to", "from <Å…@example.com> to"),
        ("a@b.se,c@d.se", "a…@b.se,c…@d.se"),
        ("+46701740612", "+46…12"),
        ("070-174 06 12", "07…12"),
        ('"anna karlsson"@example.se', '"…"@example.se'),
        ("anna@[10.0.0.1]", "a…@[10.0.0.1]"),
        ("+46 (0)70-174 06 05", "+46…05"),
        ("46701740605", "46…05"),
        ("850101-1234 och 19850101-1234", "… och …"),
        ("null value\nDETAIL: Failing row contains (Hej, min son)", "null value\nDETAIL: …"),
        ("ticket 4812, 2026-11-21T05:47:12", "ticket 4812, 2026-11-21T05:47:12"),
        ("127.0.0.1:8080", "127.0.0.1:8080"),
        ("3f2a0701740612aa", "3f2a0701740612aa"),
    ],
)
def test_nobody_can_be_told_from_a_line(text: str, shown: str) -> None:
    assert logs.masked(text) == shown


def test_values_of_any_kind_are_masked(told: io.StringIO) -> None:
    log.warning("odd", recipients=("maja@example.se",), error=ValueError("maja@example.se"), none=None, yes=True)
    assert "maja" not in told.getvalue()
    assert "example.se" in told.getvalue()


def test_our_own_message_id_stays_readable(told: io.StringIO) -> None:
    log.info("answer_sent", message_id="<r.abc@ekhamra.example>")
    assert "<r.abc@ekhamra.example>" in told.getvalue()


def test_libraries_are_heard_when_they_warn(told: io.StringIO) -> None:
    logging.getLogger("sqlalchemy").info("BEGIN")
    logging.getLogger("sqlalchemy").warning("careful")
    log.debug("too much")
    assert "BEGIN" not in told.getvalue()
    assert "too much" not in told.getvalue()
    assert "careful" in told.getvalue()
