"""One line for each thing that happens: words and values, with the id that follows a message through all processes.

`log.info("mail_accepted", trace=…, size=…)`: an event is a name, and what belongs to it are values, never a sentence.
`trace` is bound for as long as a message or request is worked on and stands in every line meanwhile, also in those of
libraries. Lines leave on standard error, for people or as JSON. Addresses and numbers of people are masked in every
value, and bodies are never logged.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, TextIO

import structlog
from structlog.contextvars import bound_contextvars, merge_contextvars
from structlog.stdlib import BoundLogger, ProcessorFormatter

TRACE_LENGTH = 12

_QUOTED = re.compile(r'"[^"\n]{1,64}"@')
_MAIL = re.compile(r"([^\s@<>\"',;:()\[\]])[^\s@<>\"',;:()\[\]]*@(?=[\w\[-])")
_NUMBER = re.compile(r"(?<![\w.])(\+\d{2}|46|0\d)[\d() -]{4,16}(\d{2})(?![\w.])")
_PERSONAL = re.compile(r"(?<!\w)(?:19|20)?\d{6}[-+]\d{4}(?!\w)")
_ROW = re.compile(r"^(DETAIL|CONTEXT|HINT): .*$", re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_OURS = frozenset({"message_id", "timestamp", "level", "logger", "event", "trace"})

structlog.configure(
    processors=[
        merge_contextvars,
        structlog.stdlib.filter_by_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=BoundLogger,
    cache_logger_on_first_use=True,
)


def get_logger(name: str) -> BoundLogger:
    """The logger of a module."""
    logger: BoundLogger = structlog.stdlib.get_logger(name)
    return logger


@contextmanager
def traced(trace: str, **values: Any) -> Iterator[None]:
    """Let every line within carry `trace` and the other values."""
    with bound_contextvars(trace=trace, **values):
        yield


def install(kind: str = "console", level: str = "warning", to: TextIO | None = None) -> None:
    """Let every line of this process leave on `to` (standard error), in the format `kind`; libraries warn at least."""
    handler = logging.StreamHandler(to or sys.stderr)
    handler.setFormatter(_formatter(kind))
    root = logging.getLogger()
    for former in list(root.handlers):
        root.removeHandler(former)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for ours in ("contactcenter", "workers", "channels", "routing"):
        logging.getLogger(ours).setLevel(level.upper())


def _formatter(kind: str) -> logging.Formatter:
    shared: list[Any] = [
        merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
    ]
    ending: list[Any] = (
        [structlog.processors.format_exc_info, mask, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if kind == "json"
        else [structlog.processors.format_exc_info, mask, _line]
    )
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    return ProcessorFormatter(
        foreign_pre_chain=shared, processors=[ProcessorFormatter.remove_processors_meta, stamp, *ending]
    )


def mask(logger: object, method: str, values: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide whose mail address or telephone number it is, in every value and in what libraries say."""
    for name, value in values.items():
        if isinstance(value, str) and (name not in _OURS or name == "event"):
            values[name] = masked(value)
        elif not isinstance(value, bool | int | float | str | None):
            values[name] = masked(str(value))
    return values


def masked(text: str) -> str:
    """`m…@example.se` instead of an address, `+46…12` instead of a number.

    A personal identity number is hidden whole, and so is what PostgreSQL tells of the row that it refused.
    """
    text = _ROW.sub(r"\1: …", text)
    text = _MAIL.sub(r"\1…@", _QUOTED.sub('"…"@', text))
    return _NUMBER.sub(r"\1…\2", _PERSONAL.sub("…", text))


def _line(logger: object, method: str, values: MutableMapping[str, Any]) -> str:
    """For people: moment, level, event, values; a traceback below."""
    stamp, level, event = values.pop("timestamp"), values.pop("level"), values.pop("event")
    name, raised = values.pop("logger", ""), values.pop("exception", "")
    told = _CONTROL.sub(" ", " ".join(f"{key}={value}" for key, value in values.items()))
    line = f"{stamp} {level.upper()} {name}: {event}{' ' if told else ''}{told}"
    return f"{line}\n{raised}" if raised else line
