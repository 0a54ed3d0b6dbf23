"""Compares a mailbox with the ledger: what its server has and the ledger lacks is an alarm, until somebody looks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Flask

from channels.email.mailbox import Mailbox
from channels.email.mailbox_login import Away
from contactcenter import clock, logs, runtime
from contactcenter.errors import InvalidInput
from contactcenter.mailbox_settings import MailboxSettings
from contactcenter.services import mailboxes
from contactcenter.services.mailbox_probe import options_of
from contactcenter.settings import Settings
from workers.imap_reader import MailboxReader
from workers.process import unit_of_work

log = logs.get_logger(__name__)

AT_NIGHT = range(1, 5)  # o'clock, where people sleep
NOT_AGAIN_FOR = timedelta(hours=12)
AT_LAST_AFTER = timedelta(hours=36)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the server has: `known` mails are in the ledger, `on_their_way` are newer than it, `lacking` should be."""

    known: int
    on_their_way: int
    lacking: tuple[int, ...]


def is_due(app: Flask, name: str) -> bool:
    """Whether it is time to compare: at first, and then once a night."""
    with unit_of_work(app, read_only=True) as session:
        compared_at = mailboxes.compared_at(session, name)
        zone = runtime.current().settings.instance.timezone
    if compared_at is None:
        return True
    age, hour = clock.now() - compared_at, datetime.now(ZoneInfo(zone)).hour
    return age > AT_LAST_AFTER or (age > NOT_AGAIN_FOR and hour in AT_NIGHT)


def compare(app: Flask, box: MailboxSettings, server: Mailbox) -> Comparison:
    """Compare, and remember the difference. A mail that is moved or removed after it was taken in is none.

    Raises:
        Away: the server cannot be asked.
    """
    folder = server.select(readonly=True)
    uids = server.uids_after(0)
    with unit_of_work(app) as session:
        last_uid = mailboxes.cursor(session, box.name, folder.uidvalidity)
        lacking = mailboxes.missing(session, box.name, folder.uidvalidity, uids)
        behind = tuple(uid for uid in lacking if uid <= last_uid)
        mailboxes.reconciled(session, box.name, len(behind))
    if behind:
        log.error("mailbox_differs", mailbox=box.name, mails=len(behind), first=behind[0], next="mail rescan")
    return Comparison(len(uids) - len(lacking), len(lacking) - len(behind), behind)


def reconcile(app: Flask, settings: Settings, name: str = "") -> int:
    """Compare one mailbox or all, and print a line for each; 1 when something is lacking or cannot be asked, else 0.

    Raises:
        InvalidInput: there is no such mailbox.
    """
    wrong = 0
    for box in _chosen(settings, name):
        try:
            with Mailbox(options_of(box)) as server:
                found = compare(app, box, server)
        except Away as error:
            print(f"{box.name}: {error.reply}")
            wrong = 1
            continue
        told = f"{found.known} known, {found.on_their_way} on their way, difference {len(found.lacking)}"
        print(f"{box.name}: {told}{_first(found.lacking)}")
        wrong = wrong or int(bool(found.lacking))
    return wrong


def rescan(app: Flask, settings: Settings, name: str, since: date) -> int:
    """Take in what a mailbox has received since a day and the ledger lacks, and what has left only a notice and can be
    had now (`max_bytes` was raised), and print how much that was; 1 when its server cannot be asked, or not to the end.

    Raises:
        InvalidInput: there is no such mailbox.
    """
    [box] = _chosen(settings, name)
    try:
        print(f"{name}: {_rescanned(app, box, since)}")
    except Away as error:
        print(f"{name}: {error.reply}; run it again when the server answers")
        return 1
    return 0


def _rescanned(app: Flask, box: MailboxSettings, since: date) -> str:
    reader = MailboxReader(app, box)
    with Mailbox(options_of(box)) as server:
        folder = server.select(readonly=reader.readonly)
        uids = server.uids_since(since)
        with unit_of_work(app, read_only=True) as session:
            lacking = mailboxes.missing(session, box.name, folder.uidvalidity, uids)
            noticed = mailboxes.not_had(session, box.name, folder.uidvalidity, uids)
        written = reader.take_missing(server, folder.uidvalidity, lacking)
        had = reader.take_again(server, folder.uidvalidity, noticed)
        compare(app, box, server)
    again = f", of {len(noticed)} there was only a notice, {had} of them could be fetched now" if noticed else ""
    return f"{len(uids)} received since {since}, {len(lacking)} were lacking, {written} are new{again}"


def _chosen(settings: Settings, name: str) -> list[MailboxSettings]:
    boxes = [box for box in settings.channels.mail.mailboxes if name in ("", box.name)]
    if not boxes:
        known = ", ".join(box.name for box in settings.channels.mail.mailboxes) or "none"
        raise InvalidInput(f"there is no mailbox {name!r} in the settings: there is {known}")
    return boxes


def _first(uids: tuple[int, ...]) -> str:
    shown = ", ".join(str(uid) for uid in uids[:10])
    return f" (UID {shown}{' …' if len(uids) > 10 else ''})" if uids else ""
