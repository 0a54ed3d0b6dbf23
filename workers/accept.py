"""The moment a mail becomes ours: bytes on disk, row committed. Only then may the sender be told 250.

Mails that arrive while a transaction is being committed wait for the next one, and share it: a commit costs the disk
the same for one row as for eight. One thread writes the small ones for all: threads that take turns at the interpreter
for every call of the system cost more than the disk does.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
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

LARGE = 256 * 1024
"""Bytes of a mail that is written by its own thread, so that no other waits for it."""


@dataclass(slots=True)
class _Waiting:
    """A mail on its way: `message` once its bytes are on disk, `tried` once it was part of a transaction, `stored` once
    that was durable.
    """

    raw: bytes
    envelope: Envelope
    message: Arrived | None = None
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
        mine = _Waiting(raw, envelope)
        if len(raw) > LARGE:
            self._on_disk(mine)
        self._waiting.append(mine)
        with self._writing:
            if not mine.tried:
                self._write_together()
        message = self._on_disk(mine)
        if not mine.stored:
            self._write([mine])
        trace = inbox.trace(message.dedupe_key)
        told = {"size": len(raw), "recipients": len(envelope.recipients), "peer": envelope.peer}
        log.info("mail_accepted", trace=trace, sender=envelope.sender, **told)
        return trace

    def _on_disk(self, one: _Waiting) -> Arrived:
        """What is to be written of it; its bytes are put on the disk the first time."""
        if one.message is None:
            try:
                key = self._blobs.put(one.raw)
            except StoreFull as error:
                raise NoSpace(str(error)) from error
            one.message = inbox.arrived(ChannelKind.EMAIL, one.envelope, one.raw, key)
        return one.message

    def _write_together(self) -> None:
        """Store all that wait in one transaction. What fails is stored by the thread that brought it, alone: what is
        wrong with one mail is nothing to the others. If the transaction fails nothing of it is stored.
        """
        batch = [self._waiting.popleft() for _ in range(len(self._waiting))]
        try:
            for one in batch:
                with suppress(OSError, NoSpace):  # it is met again, and told, when the mail is tried alone
                    self._on_disk(one)
            self._write([one for one in batch if one.message is not None])
        except Exception as error:
            log.info("stored_one_by_one", mails=len(batch), error=type(error).__name__)
        finally:
            for one in batch:
                one.tried = True

    def _write(self, batch: list[_Waiting]) -> None:
        with unit_of_work(self._app) as session:
            inbox.accept_all(session, [self._on_disk(one) for one in batch])
        for one in batch:
            one.stored = True
            metrics.ACCEPTED.labels(ChannelKind.EMAIL).inc()
