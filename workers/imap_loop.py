"""A thread for each mailbox: signs in, takes in what is there, waits for more, and begins anew when it is cut off.

Any number of processes may do so: a mailbox is read by the one that holds its lease.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from channels.email.mailbox import Mailbox
from channels.email.mailbox_login import Away
from contactcenter import logs
from contactcenter.errors import Conflict
from contactcenter.mailbox_settings import MailboxSettings
from contactcenter.services import mailboxes
from contactcenter.services.mailbox_probe import options_of
from contactcenter.services.mailboxes import Held
from workers.imap_reader import MailboxReader
from workers.loop import Loop
from workers.process import unit_of_work
from workers.reconcile import compare, is_due

log = logs.get_logger(__name__)

READ_ELSEWHERE = 10.0
"""Seconds until one looks again whether nobody reads the mailbox any more."""
LONGEST_REST = 60.0
LOGIN_REST, LONGEST_LOGIN_REST = 5.0, 300.0
"""A server that is asked with a wrong password too often locks the account."""


class MailboxLoop:
    """The thread of one mailbox."""

    def __init__(self, app: Flask, box: MailboxSettings) -> None:
        self._app = app
        self._box = box
        self._flag = threading.Event()
        self._loop = Loop(f"imap {box.name}", self.step, self._flag)
        self._reader = MailboxReader(app, box, lambda: self._loop.ending)
        self._failures = 0

    def start(self) -> None:
        """Begin."""
        self._loop.start()

    def end(self) -> None:
        """Fetch nothing more."""
        self._loop.end()

    def join(self, seconds: float) -> bool:
        """Wait for the end; False when it takes longer than `seconds`. What is left is taken in at the next start."""
        return self._loop.join(seconds)

    def step(self) -> float:
        """Read the mailbox for as long as it can be read; the seconds to rest before it is tried again."""
        with unit_of_work(self._app) as session:
            held = mailboxes.take(session, self._box.name)
        if held is None:
            return READ_ELSEWHERE
        try:
            self._read(held)
        except Away as error:
            self._failures += 1
            if self._failures == 1:
                log.warning("mailbox_fails", mailbox=self._box.name, error=error.reply)
            self._release(held, error.reply, error.code)
            doubled = 2.0 ** min(self._failures - 1, 10)
            if error.code == "login":
                return min(LOGIN_REST * doubled, LONGEST_LOGIN_REST)
            return min(doubled - 1, LONGEST_REST)
        except Conflict:
            log.warning("mailbox_read_elsewhere", mailbox=self._box.name)
            return READ_ELSEWHERE
        except Exception as error:
            self._release(held, f"{type(error).__name__}: {error}".partition("\n")[0])
            raise
        self._release(held)
        return 0.0

    def _read(self, held: Held) -> None:
        with Mailbox(options_of(self._box)) as server:
            while not self._loop.ending:
                held = self._reader.round(server, held)
                if is_due(self._app, held.name):
                    compare(self._app, self._box, server)
                self._is_well(held)
                server.wait(self._box.poll_seconds, self._pause)

    def _pause(self, seconds: float) -> bool:
        if seconds:
            self._flag.wait(seconds)
        self._reader.pulse()
        return self._loop.ending

    def _is_well(self, held: Held) -> None:
        with unit_of_work(self._app) as session:
            mailboxes.well(session, held, self._reader.warning)
        if self._failures:
            log.warning("mailbox_works", mailbox=self._box.name)
            self._failures = 0

    def _release(self, held: Held, error: str = "", code: str = "own") -> None:
        try:
            with unit_of_work(self._app) as session:
                mailboxes.release(session, held, error, code)
        except SQLAlchemyError as trouble:
            log.warning("mailbox_not_released", mailbox=held.name, error=str(trouble), next="its lease runs out")


class MailboxLoops:
    """All mailboxes of the settings."""

    def __init__(self, app: Flask, boxes: Sequence[MailboxSettings]) -> None:
        self._loops = [MailboxLoop(app, box) for box in boxes]

    def start(self) -> None:
        """Begin."""
        for loop in self._loops:
            loop.start()

    def end(self) -> None:
        """Fetch nothing more."""
        for loop in self._loops:
            loop.end()

    def join(self, seconds: float) -> bool:
        """Wait for the end of all; False when one takes longer than `seconds`."""
        until = time.monotonic() + seconds
        return all([loop.join(max(0.0, until - time.monotonic())) for loop in self._loops])
