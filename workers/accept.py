"""The moment a mail becomes ours: bytes on disk, row committed. Only then may the sender be told 250."""

from __future__ import annotations

from flask import Flask

from channels.message import Envelope
from contactcenter import metrics, runtime
from contactcenter.blobs import StoreFull
from contactcenter.model.words import ChannelKind
from contactcenter.services import inbox
from workers.process import unit_of_work
from workers.smtp import NoSpace


class Acceptor:
    """Stores what the SMTP server hands over; called in its threads."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        with app.app_context():
            self._blobs = runtime.current().blobs

    def __call__(self, raw: bytes, envelope: Envelope) -> None:
        """Make one mail durable.

        Raises:
            NoSpace: the disk is full; the sender keeps the mail (452).
            Exception: anything else; the sender keeps the mail (451).
        """
        try:
            key = self._blobs.put(raw)
        except StoreFull as error:
            raise NoSpace(str(error)) from error
        with unit_of_work(self._app) as session:
            inbox.accept(session, ChannelKind.EMAIL, envelope, raw, key)
        metrics.ACCEPTED.labels(ChannelKind.EMAIL).inc()
