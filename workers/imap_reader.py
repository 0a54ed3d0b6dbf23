"""Takes what an IMAP server shows into inbox and ledger, and only then lets the server do something with it.

Nothing in a mail stops the next one: what cannot be had leaves a notice in quarantine, and a mail that the connection
breaks on is tried again alone, twice. Whoever is killed anywhere in here leaves nothing half done: what is not
in the ledger is fetched again, and what is in it and not finished on the server is finished later.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from flask import Flask
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from channels.email import glimpse
from channels.email.mailbox import Gone, Mailbox, NotDone, Unfetchable
from channels.email.mailbox_login import Away
from channels.message import Envelope
from contactcenter import logs, metrics, runtime
from contactcenter.mailbox_settings import MailboxSettings
from contactcenter.model.words import ChannelKind
from contactcenter.services import addressed, inbox, mailboxes
from contactcenter.services.inbox import Arrived
from contactcenter.services.mailboxes import GONE, Found, Held
from workers.process import unit_of_work

log = logs.get_logger(__name__)

AT_ONCE = 50  # mails in one transaction
SMALL = 256 * 1024  # bytes of a mail that is fetched together with others
TOGETHER = 4 * 1024 * 1024  # bytes of them all
STRIKES = 2
RENEW_EVERY = 20.0  # seconds
FAILED = "failed"
_TROUBLE = (OperationalError, InterfaceError)


class MailboxReader:
    """Reads one mailbox. It is kept while connections come and go: it remembers which mail they broke on."""

    def __init__(self, app: Flask, box: MailboxSettings, ending: Callable[[], bool] = lambda: False) -> None:
        self._app = app
        self._box = box
        self._ending = ending
        self._strikes: dict[int, int] = {}
        self._singly = False
        with app.app_context():
            here = runtime.current()
        self._blobs = here.blobs
        self._domains = {domain.lower() for domain in here.settings.channels.mail.domains}
        self._action = f"move:{box.move_to}" if box.after == "move" else box.after
        self._held: Held | None = None
        self._renewed = 0.0
        self.warning = ""

    def pulse(self) -> None:
        """Keep the lease while the server is waited for.

        Raises:
            Conflict: another process reads this mailbox.
        """
        if self._held is not None and time.monotonic() - self._renewed > RENEW_EVERY:
            with unit_of_work(self._app) as session:
                mailboxes.renew(session, self._held)
            self._renewed = time.monotonic()

    @property
    def readonly(self) -> bool:
        """Whether the folder need not be opened for writing."""
        return self._box.after == "keep"

    def round(self, server: Mailbox, held: Held) -> Held:
        """Take in everything that is in the folder now.

        Raises:
            Away: the connection is lost; what is in the ledger by then stays there.
            Conflict: another process reads this mailbox.
        """
        folder = server.select(readonly=self.readonly)
        with unit_of_work(self._app) as session:
            begun = mailboxes.begin(session, held, folder.uidvalidity)
        if begun.uidvalidity != held.uidvalidity:
            self._strikes.clear()  # the same UIDs are other mails now
        held = self._held = begun
        self._renewed = time.monotonic()
        self._finish(server, held)
        uids = server.uids_after(held.last_uid)
        for start in range(0, len(uids), AT_ONCE):
            if self._ending():
                break
            held = self._take_in(server, held, uids[start : start + AT_ONCE])
        self._singly = False
        return held

    def take_missing(self, server: Mailbox, uidvalidity: int, uids: Sequence[int]) -> int:
        """Take in those of `uids` that the ledger lacks, whatever the cursor says; how many came new to the inbox."""
        written = 0
        for start in range(0, len(uids), AT_ONCE):
            with unit_of_work(self._app, read_only=True) as session:
                new = mailboxes.missing(session, self._box.name, uidvalidity, uids[start : start + AT_ONCE])
            for found in self._found(server, uidvalidity, new):
                with unit_of_work(self._app) as session:
                    keeps = self._box.after == "keep"
                    written += mailboxes.enter(session, self._box.name, uidvalidity, found, is_done=keeps)
                self._tell(found)
        return written

    def take_again(self, server: Mailbox, uidvalidity: int, uids: Sequence[int]) -> int:
        """Fetch those of `uids` that have left only a notice, each alone; how many can be had now. The others stay."""
        had = 0
        for uid, size in server.sizes(uids).items() if uids else ():
            self._strikes.pop(uid, None)
            found = self._one(server, uidvalidity, uid, size, None)
            if found.message is not None and not found.problem:
                had += self._had_at_last(uidvalidity, found)
            elif not server.is_open:
                raise Away("the connection was lost over a mail that cannot be fetched")
        return had

    def _had_at_last(self, uidvalidity: int, found: Found) -> bool:
        """Put a mail in the place of its notice; what the database still refuses keeps the notice."""
        keeps = self._box.after == "keep"
        try:
            with unit_of_work(self._app) as session:
                had = mailboxes.had_at_last(session, self._box.name, uidvalidity, found, is_done=keeps)
        except _TROUBLE:
            raise
        except DBAPIError:
            log.exception("mails_not_stored", mailbox=self._box.name, mails=1, next="the notice stays")
            return False
        self._tell([found])
        return had

    def _take_in(self, server: Mailbox, held: Held, uids: Sequence[int]) -> Held:
        with unit_of_work(self._app, read_only=True) as session:
            new = mailboxes.missing(session, held.name, held.uidvalidity, uids)
        for found in self._found(server, held.uidvalidity, new):
            held = self._store(held, found, found[-1].uid)
            self._finish(server, held)
        return held if held.last_uid >= uids[-1] else self._store(held, [], uids[-1])

    def _found(self, server: Mailbox, uidvalidity: int, uids: Sequence[int]) -> Iterator[list[Found]]:
        """The mails in order, in portions of one transaction; their bytes are durable."""
        sizes: dict[int, int] = {}
        if not self._singly and uids:
            self._singly = True  # until the server has got over what is wrong with one of them
            sizes = server.sizes(uids)
            self._singly = False
        for portion in [[uid] for uid in uids] if self._singly else _portions(uids, sizes):
            bodies = self._together(server, portion, sizes)
            found = []
            for uid in portion:
                one = self._one(server, uidvalidity, uid, sizes.get(uid), bodies.get(uid))
                found.append(one)
                if one.problem and not server.is_open:
                    break  # the notice is stored at least; the next mails are for the next connection
            yield found
            if len(found) < len(portion):
                raise Away("the connection was lost over a mail that cannot be fetched")

    def _together(self, server: Mailbox, portion: Sequence[int], sizes: dict[int, int]) -> dict[int, bytes]:
        """What can be fetched in one go. If that breaks the connection, the next one is used for one at a time."""
        if len(portion) == 1:
            return {}
        self._singly = True
        bodies = server.fetch_small([uid for uid in portion if 0 < sizes.get(uid, 0) <= self._box.max_bytes])
        self._singly = False
        return bodies

    def _one(self, server: Mailbox, uidvalidity: int, uid: int, size: int | None, body: bytes | None) -> Found:
        try:
            raw = body if body is not None and len(body) == size else self._fetch(server, uid, size, body)
        except Gone as error:
            self._strikes.pop(uid, None)
            return Found(uid, None, GONE, error.reply)
        except Unfetchable as error:
            self._strikes.pop(uid, None)
            head = server.head(uid)
            notice = self._notice(uidvalidity, uid, size, error, head)
            return Found(uid, notice, error.code, error.reply, glimpse.named(head))
        self._strikes.pop(uid, None)
        return Found(uid, self._arrived(raw))

    def _fetch(self, server: Mailbox, uid: int, size: int | None, before: bytes | None) -> bytes:
        """One mail. Where its length is not what the server said, it must be given alike twice: Exchange only guesses
        lengths, but a server whose files are damaged gives something else each time.

        Raises:
            Gone, Unfetchable, Away: as `Mailbox.fetch` does.
        """
        strikes = self._strikes.get(uid, 0)
        if strikes >= STRIKES:
            raise Unfetchable(f"the connection broke over it {strikes} times in a row")
        if size is not None and size > self._box.max_bytes:
            raise Unfetchable(f"it has {size} bytes, and `max_bytes` is {self._box.max_bytes}", "too_large")
        self._strikes[uid] = strikes + 1
        raw = server.fetch(uid, self._box.max_bytes, self.pulse)
        if size is not None and len(raw) != size and raw != before:
            if server.fetch(uid, self._box.max_bytes, self.pulse) != raw:
                raise Unfetchable("the server gives it differently each time")
            log.warning("mail_size_differs", mailbox=self._box.name, uid=uid, told=size, size=len(raw))
        return raw

    def _arrived(self, raw: bytes) -> Arrived:
        return inbox.arrived(ChannelKind.EMAIL, self._envelope(raw), raw, self._blobs.put(raw))

    def _envelope(self, head: bytes) -> Envelope:
        """By whom and to whom, as the server has written it into the header when it delivered the mail."""
        ours = [to for to in glimpse.delivered_to(head) if to.rpartition("@")[2] in self._domains]
        recipients = tuple(ours) or (self._box.address.lower(),)
        return Envelope(glimpse.sender(head), recipients, f"imap:{self._box.name}")

    def _notice(self, uidvalidity: int, uid: int, size: int | None, error: Unfetchable, head: bytes) -> Arrived:
        """What is stored in place of a mail: its header, if there is one, and what went wrong. Without a header no two
        are alike, so that none is taken for another.
        """
        where = f"{self._box.name} ({self._box.folder})"
        which = "" if head else f"\r\nUIDVALIDITY {uidvalidity}, UID {uid}."
        text = (
            f"Meddelandet kunde inte hämtas ur brevlådan {where} och ligger kvar där.\r\n"
            f"This message could not be fetched from the mailbox {where} and is still there:\r\n{error.reply}.{which}"
        )
        log.warning("mail_not_fetched", mailbox=self._box.name, uid=uid, size=size, code=error.code, error=error.reply)
        return self._arrived(glimpse.in_place_of(head, text))

    def _store(self, held: Held, found: list[Found], upto: int) -> Held:
        """All in one transaction; if the database refuses something in it, each mail has its own."""
        keeps = self._box.after == "keep"
        try:
            with unit_of_work(self._app) as session:
                held = mailboxes.accept(session, held, found, upto, is_done=keeps)
        except _TROUBLE:
            raise
        except DBAPIError as error:
            if not found or (len(found) == 1 and found[0].problem):
                raise
            log.exception("mails_not_stored", mailbox=held.name, mails=len(found), next="one by one")
            pieces = [[one] for one in found] if len(found) > 1 else [[self._refused(held, found[0], error)]]
            for piece in pieces:
                held = self._store(held, piece, piece[0].uid)
            return held
        self._tell(found)
        return held

    def _refused(self, held: Held, found: Found, error: DBAPIError) -> Found:
        """A notice in place of a mail that the database does not take."""
        reason = Unfetchable(f"the database refuses it: {type(error.orig).__name__}", FAILED)
        named = addressed.named(self._blobs, found.message.raw_key) if found.message else ()
        notice = self._notice(held.uidvalidity, found.uid, None, reason, b"")
        return Found(found.uid, notice, FAILED, reason.reply, named)

    def _tell(self, found: Sequence[Found]) -> None:
        for one in found:
            metrics.FETCHED.labels(self._box.name, one.problem or "fetched").inc()
            if one.message is not None:
                trace, size = inbox.trace(one.message.dedupe_key), one.message.size
                log.info("mail_fetched", trace=trace, mailbox=self._box.name, uid=one.uid, size=size)
            else:
                log.warning("mail_gone", mailbox=self._box.name, uid=one.uid)

    def _finish(self, server: Mailbox, held: Held) -> None:
        """Let the server do what is to be done with mails that are safe. A refusal is told, and tried again later."""
        while not self._ending():
            with unit_of_work(self._app, read_only=True) as session:
                uids = mailboxes.unfinished(session, held, AT_ONCE)
            if not uids:
                self.warning = ""
                return
            try:
                server.finish(uids, self._action)
            except NotDone as error:
                if error.reply != self.warning:
                    log.warning("mails_not_finished", mailbox=held.name, mails=len(uids), error=error.reply)
                self.warning = error.reply
                return
            with unit_of_work(self._app) as session:
                mailboxes.finished(session, held, uids)


def _portions(uids: Sequence[int], sizes: dict[int, int]) -> Iterator[list[int]]:
    """In order: a large mail alone, small ones together as far as they are not too much."""
    portion: list[int] = []
    total = 0
    for uid in uids:
        size = sizes.get(uid, 0)
        if portion and (size > SMALL or total + size > TOGETHER):
            yield portion
            portion, total = [], 0
        portion.append(uid)
        total += size
        if size > SMALL:
            yield portion
            portion, total = [], 0
    if portion:
        yield portion
