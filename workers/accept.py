"""The moment a mail becomes ours: bytes on disk, row committed. Only then may the sender be told 250.

Mails that arrive while a transaction is being committed wait for the next one, and share it: a commit costs the disk
the same for one row as for eight.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from threading import Lock

from flask import Flask

from channels.message import Envelope
from contactcenter import logs, metrics, runtime
from contactcenter.blobs import StoreFull
from contactcenter.model.words import ChannelKind
from contactcenter.services import inbox
from contactcenter.services.inbox import Arrived
from workers.process import unit_of_work
from workers.smtp import NoSpace

log = logs.get_logger(__name__)


@dataclass(slots=True)
class _Waiting:
    """A message whose bytes are on disk; `tried` once it was part of a transaction, `stored` once that was durable."""

    message: Arrived
    tried: bool = False
    stored: bool = False


class Acceptor:
    """Stores what the SMTP server hands over; called in its threads."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._waiting: deque[_Waiting] = deque()
        self._writing = Lock()
        with app.app_context():
            self._blobs = runtime.current().blobs

    def __call__(self, raw: bytes, envelope: Envelope) -> str:
        """Make one mail durable, and give what it is called in every line of the log from now on.

        Raises:
            NoSpace: the disk is full; the sender keeps the mail (452).
            Exception: anything else; the sender keeps the mail (451).
        """
        try:
            key = self._blobs.put(raw)
        except StoreFull as error:
            raise NoSpace(str(error)) from error
        mine = _Waiting(inbox.arrived(ChannelKind.EMAIL, envelope, raw, key))
        self._waiting.append(mine)
        with self._writing:
            if not mine.tried:
                self._write_together()
        if not mine.stored:
            self._write([mine])
        trace = inbox.trace(mine.message.dedupe_key)
        told = {"size": len(raw), "recipients": len(envelope.recipients), "peer": envelope.peer}
        log.info("mail_accepted", trace=trace, sender=envelope.sender, **told)
        return trace

    def _write_together(self) -> None:
        """Store all that wait in one transaction. If it fails nothing of it is stored, and each mail is tried alone,
        by the thread that brought it: what is wrong with one is nothing to the others.
        """
        batch = [self._waiting.popleft() for _ in range(len(self._waiting))]
        try:
            self._write(batch)
        except Exception as error:
            log.info("stored_one_by_one", mails=len(batch), error=type(error).__name__)
        finally:
            for one in batch:
                one.tried = True

    def _write(self, batch: list[_Waiting]) -> None:
        with unit_of_work(self._app) as session:
            inbox.accept_all(session, [one.message for one in batch])
        for one in batch:
            one.stored = True
            metrics.ACCEPTED.labels(ChannelKind.EMAIL).inc()
