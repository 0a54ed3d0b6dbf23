"""I3 for mailboxes: each mail of a server is in the ledger once, and is one message of the inbox."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, func, literal, select

from contactcenter.model import Inbox, MailUid
from contactcenter.model.words import ChannelKind
from contactcenter.queries.invariants.check import Check, Finding, first_of

PROBLEMS = ("", "gone", "too_large", "refused", "failed")


def i3_each_line_is_one_message(check: Check) -> Iterator[Finding]:
    """A line names a message that came in by mail, or says that its mail is gone; and a message was new only once."""
    gone = MailUid.problem == "gone"
    problem = first_of(
        (MailUid.problem.not_in(PROBLEMS), "has a problem that does not exist"),
        (and_(gone, MailUid.inbox_id.is_not(None)), "is gone, and names a message of the inbox all the same"),
        (and_(~gone, Inbox.id.is_(None)), "names no message of the inbox, and is not gone"),
        (Inbox.channel != ChannelKind.EMAIL, "names a message that is no mail"),
    )
    lines = select(MailUid.id, problem).join(Inbox, Inbox.id == MailUid.inbox_id, isouter=True)
    yield from check.exceptions("I3", "mail of the ledger", lines)
    twice = select(func.max(MailUid.id), literal("was new to the inbox, and so was another line of the same message"))
    new = and_(MailUid.inbox_id.is_not(None), ~MailUid.is_repeat)
    yield from check.exceptions(
        "I3", "mail of the ledger", twice.where(new).group_by(MailUid.inbox_id).having(func.count() > 1)
    )
