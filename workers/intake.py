"""Turns the inbox into tickets: claims arrived mail, has it read, takes it in.

Reading and deciding happen with no transaction open. What has been read by then goes into one transaction together;
when that fails, each mail has one of its own.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable

from flask import Flask
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from channels.errors import Unreadable
from contactcenter import logs, metrics, runtime
from contactcenter.blobs import BlobStore, StoreFull
from contactcenter.db import db
from contactcenter.services import addressed, decisions, inbox, intake
from contactcenter.services.inbox import Claimed
from contactcenter.services.organisation import Organisation, OrganisationCache
from workers.desk import PLACES, Desk, Mail, Outcome, Reader
from workers.handed import Handed
from workers.loop import Loop
from workers.process import unit_of_work
from workers.reader import ReaderBroken

log = logs.get_logger(__name__)

RENEW_EVERY = 8.0
REST = {"sqlite": 1.0}
REST_OTHERWISE = 0.25
PATIENCE = 10
Settle = Callable[[Session], None]
TROUBLE = (OperationalError, InterfaceError, StoreFull, ReaderBroken)


class Intake:
    """One loop that claims and takes in, and a desk with as many reading threads as there are children.

    It claims whatever waits, or, in a worker, only what was `handed` to it.
    """

    def __init__(
        self, app: Flask, reader: Reader, threads: int, patient: Reader | None = None, handed: Handed | None = None
    ) -> None:
        self._handed = handed
        self._app = app
        self._organisation = OrganisationCache()
        with app.app_context():
            here = runtime.current()
            self._rest = REST.get(db.engine.dialect.name, REST_OTHERWISE)
        self._blobs = here.blobs
        self._desk = Desk(here.blobs, reader, threads, patient)
        self._renewed = time.monotonic()
        self._is_cold = True
        self._loop = Loop("intake", self.step, here.bus.inbox)

    def start(self) -> None:
        """Begin taking in."""
        self._loop.start()

    def end(self) -> None:
        """Take in what is being read, claim nothing more."""
        self._loop.end()

    def join(self, seconds: float) -> bool:
        """Wait for the end, at most `seconds`; what is then left is taken in at the next start (False)."""
        until = time.monotonic() + seconds
        ended = self._loop.join(seconds)
        while ended and self._desk.claimed and time.monotonic() < until:
            self._take_in(self._desk.done(until - time.monotonic()))
        self._desk.close()
        return not self._desk.claimed

    def step(self) -> float:
        """Claim, wait for the children, take in what is done; the seconds until there may be more to do."""
        if self._is_cold:
            self._warm_up()
        if self._desk.free >= PLACES // 2:
            for item in self._claim():
                self._desk.add(item)
        if not self._desk.claimed:
            return self._rest
        self._take_in(self._desk.done(REST_OTHERWISE))
        self._renew()
        return 0.0

    def _claim(self) -> list[Claimed]:
        only = None if self._handed is None else self._handed.inbox.take(self._desk.free)
        if only == []:
            return []
        with unit_of_work(self._app) as session:
            found = inbox.claim(session, self._desk.free, only)
        for item in found:
            if item.given_up:
                self._give_up(item)
        return [item for item in found if not item.given_up]

    def _give_up(self, claimed: Claimed) -> None:
        named = addressed.named(self._blobs, claimed.raw_key)
        with unit_of_work(self._app) as session:
            inbox.give_up(session, claimed, named)

    def _warm_up(self) -> None:
        """Compile the rules before the first mail comes."""
        with unit_of_work(self._app, read_only=True) as session:
            self._organisation.get(session)
        self._is_cold = False

    def _take_in(self, batch: list[tuple[Claimed, Outcome]]) -> None:
        """All of a batch in one transaction; when that fails, each for itself."""
        if not batch:
            return
        with unit_of_work(self._app, read_only=True) as session:
            organisation = self._organisation.get(session)
        settles = [(claimed, _settle(self._blobs, organisation, claimed, outcome)) for claimed, outcome in batch]
        try:
            with unit_of_work(self._app) as session:
                for _, settle in settles:
                    settle(session)
        except Exception as error:
            log.warning("batch_not_taken_in", mails=len(batch), error=str(error), next="one by one")
            self._one_by_one(settles)
        for _, outcome in batch:
            metrics.READ.labels(type(outcome).__name__.lower()).inc()

    def _one_by_one(self, settles: list[tuple[Claimed, Settle]]) -> None:
        """Raises at the end if disk or database are in trouble; the leases run out by themselves."""
        trouble: Exception | None = None
        for claimed, settle in settles:
            try:
                with unit_of_work(self._app) as session:
                    settle(session)
            except Exception as error:
                if isinstance(error, TROUBLE) and claimed.attempt < PATIENCE:
                    trouble = error
                    continue
                log.exception("not_taken_in", trace=claimed.trace, inbox=claimed.inbox_id)
                named = addressed.named(self._blobs, claimed.raw_key)
                with unit_of_work(self._app) as session:
                    inbox.give_back(session, claimed, _told(error), named)
        if trouble is not None:
            raise trouble

    def _renew(self) -> None:
        if self._desk.claimed and time.monotonic() - self._renewed > RENEW_EVERY:
            with unit_of_work(self._app) as session:
                inbox.renew(session, self._desk.claimed)
            self._renewed = time.monotonic()
        elif not self._desk.claimed:
            self._renewed = time.monotonic()


def _settle(blobs: BlobStore, organisation: Organisation, claimed: Claimed, outcome: Outcome) -> Settle:
    """What is to be done about an outcome in a transaction; what costs time and needs none is done here."""
    if isinstance(outcome, Mail):
        message, files = outcome.message, outcome.files
        try:
            placed = decisions.place(organisation, decisions.facts_of(message, claimed.envelope))
        except Exception as error:
            outcome = error
        else:
            return lambda session: intake.take_in(session, organisation, claimed, message, files, placed)
    told = _told(outcome)
    if isinstance(outcome, TROUBLE):
        return lambda session: inbox.put_off(session, claimed, told)
    named = addressed.named(blobs, claimed.raw_key)
    if isinstance(outcome, Unreadable):
        reason, reply = outcome.code, outcome.reply
        return lambda session: inbox.quarantine(session, claimed, reason, reply, named)
    return lambda session: inbox.give_back(session, claimed, told, named)


def _told(error: Exception) -> str:
    return "".join(traceback.format_exception(error))
