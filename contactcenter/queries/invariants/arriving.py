"""I1–I3: what arrives is stored once, dealt with in exactly one way, and told of once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from sqlalchemy import String, and_, cast, func, literal, or_, select

from contactcenter.model import Entry, Inbox, ParkedMail
from contactcenter.model.words import ChannelKind, Direction, EntryKind, InboxState
from contactcenter.queries.invariants import journals, ledger
from contactcenter.queries.invariants.check import Check, Finding, first_of
from contactcenter.queries.invariants.journals import Accepted

_Envelope = tuple[str, str, tuple[str, ...]]

_ENTRY_OF_IT = select(Entry.id).where(Entry.inbox_id == Inbox.id).correlate(Inbox).exists()
_ENTRY_IN_ITS_TICKET = (
    select(Entry.id).where(Entry.inbox_id == Inbox.id, Entry.ticket_id == Inbox.ticket_id).correlate(Inbox).exists()
)
_TWIN = (
    select(Entry.id)
    .where(
        Entry.ticket_id == Inbox.ticket_id,
        Entry.channel == Inbox.channel,
        Entry.content_key.is_not(None),
        Entry.inbox_id != Inbox.id,
    )
    .correlate(Inbox)
    .exists()
)
_PARKED = select(ParkedMail.id).where(ParkedMail.inbox_id == Inbox.id).correlate(Inbox).exists()
_PARKED_BEFORE = and_(Inbox.state == InboxState.DUPLICATE, Inbox.reason == "parked_before")


def i1_accepted_is_stored(check: Check) -> Iterator[Finding]:
    """Everything in the inbox has its bytes, no mail of one envelope is in it twice, and what the journal says that we
    said 250 to is there: the same bytes (`raw_key` is their sha256) from the same sender to the same recipients.

    That the bytes are what their name says is I13.
    """
    for row in check.stream(select(Inbox.id, Inbox.raw_key).order_by(Inbox.id)):
        if not check.blobs.has(row.raw_key):
            yield Finding("I1", f"message {row.id}", f"its bytes are gone: blob {row.raw_key!a}")
    yield from _doubled(check)
    if check.accepted is not None:
        for piece in journals.pieces(journals.accepted(check.accepted)):
            check.counts["acknowledged"] = check.counts.get("acknowledged", 0) + len(piece)
            yield from _not_there(check, piece)


def _doubled(check: Check) -> Iterator[Finding]:
    """Mail only: what comes in on other channels may be equal, and is told apart by a provider's id."""
    alike = func.count().over(partition_by=(Inbox.raw_key, Inbox.envelope_from)).label("alike")
    mails = (
        select(Inbox.id, Inbox.raw_key, Inbox.envelope_from, Inbox.envelope_to, alike)
        .where(Inbox.channel == ChannelKind.EMAIL)
        .subquery()
    )
    rows = select(mails).where(mails.c.alike > 1).order_by(mails.c.raw_key, mails.c.envelope_from, mails.c.id)
    for _, same in groupby(check.stream(rows), lambda row: (row.raw_key, row.envelope_from)):
        seen: Counter[_Envelope] = Counter()
        for row in same:
            envelope = (row.raw_key, row.envelope_from, tuple(sorted(row.envelope_to)))
            seen[envelope] += 1
            if seen[envelope] > 1:
                yield Finding("I1", f"message {row.id}", "the same bytes of the same envelope are another message too")


def _not_there(check: Check, acknowledged: list[Accepted]) -> Iterator[Finding]:
    digests = sorted({one.sha256 for one in acknowledged})
    rows = check.session.execute(
        select(Inbox.raw_key, Inbox.envelope_from, Inbox.envelope_to).where(
            Inbox.channel == ChannelKind.EMAIL, Inbox.raw_key.in_(digests)
        )
    )
    there: set[_Envelope] = {(key, sender, tuple(sorted(recipients))) for key, sender, recipients in rows}
    for one in acknowledged:
        if (one.sha256, one.sender, one.recipients) not in there:
            text = f"the mail with sha256 {one.sha256} was acknowledged and is not in the inbox"
            yield Finding("I1", f"acknowledged line {one.line}", text)


def i2_stored_is_dealt_with(check: Check) -> Iterator[Finding]:
    """Every message of the inbox is one of: `waiting`, and nothing was made of it; `done`, with an entry of its own in
    the ticket it names; `duplicate`, without one, of a message its ticket has, or of what is parked; `parked`, and
    shown among what is parked; `quarantined`, with a reason. And every entry that names a message of the inbox is one
    that came in on the same channel.

    How long a message may wait is I6.
    """
    state, ticket = Inbox.state, Inbox.ticket_id
    untouched = state.in_((InboxState.WAITING, InboxState.QUARANTINED))
    settled = state.in_((InboxState.DONE, InboxState.DUPLICATE))
    problem = first_of(
        (state.not_in(tuple(InboxState)), "is in a state that does not exist"),
        (and_(state != InboxState.DONE, _ENTRY_OF_IT), "is not done, and yet an entry was made of it"),
        (and_(state == InboxState.DONE, ~_ENTRY_OF_IT), "is done, and no entry was made of it"),
        (and_(settled, ticket.is_(None), ~_PARKED_BEFORE), "is settled without a ticket"),
        (and_(untouched, ticket.is_not(None)), "has a ticket, and is not settled"),
        (and_(state == InboxState.DONE, ~_ENTRY_IN_ITS_TICKET), "names a ticket that no entry of it is in"),
        (and_(state == InboxState.PARKED, ~_PARKED), "is parked, and not among what is shown as parked"),
        (and_(state == InboxState.DUPLICATE, ~_TWIN, ~_PARKED_BEFORE), "is a duplicate of nothing in its ticket"),
        (and_(state == InboxState.QUARANTINED, Inbox.reason == ""), "is in quarantine without a reason"),
    )
    yield from check.exceptions("I2", "message", select(Inbox.id, problem))
    shown = (Inbox.state == InboxState.PARKED) != ParkedMail.taken_in
    problem = first_of((~shown, "is shown as what its message is not: parked, or taken in after all"))
    parked = select(ParkedMail.id, problem).join(Inbox, Inbox.id == ParkedMail.inbox_id)
    yield from check.exceptions("I2", "parked mail", parked)
    came_in = and_(Entry.kind == EntryKind.MESSAGE, Entry.direction == Direction.IN, Entry.channel == Inbox.channel)
    problem = first_of(
        (Inbox.id.is_(None), "was made of a message that is not in the inbox"),
        (or_(~came_in, Entry.channel.is_(None)), "names a message of the inbox, and is no message that came in there"),
    )
    yield from check.exceptions(
        "I2",
        "entry",
        select(Entry.id, problem)
        .join(Inbox, Inbox.id == Entry.inbox_id, isouter=True)
        .where(Entry.inbox_id.is_not(None)),
    )


def i3_nothing_came_in_twice(check: Check) -> Iterator[Finding]:
    """A message is in a ticket once: one entry for each message of the inbox and ticket, one for each content and
    scope. The scope is what makes the content unique (`ticket:<id>`, or `domain:<id>` where it opened the ticket), so
    it must be there and be the entry's own ticket; the domain may have changed since.
    """
    repeated = select(func.min(Entry.id), literal("is there again: the same message of the inbox in the same ticket"))
    yield from check.exceptions(
        "I3",
        "entry",
        repeated.where(Entry.inbox_id.is_not(None)).group_by(Entry.inbox_id, Entry.ticket_id).having(func.count() > 1),
    )
    repeated = select(func.min(Entry.id), literal("is there again: the same content in the same scope"))
    yield from check.exceptions(
        "I3",
        "entry",
        repeated.where(Entry.content_key.is_not(None))
        .group_by(Entry.channel, Entry.content_key, Entry.content_scope)
        .having(func.count() > 1),
    )
    scope = Entry.content_scope
    foreign = and_(scope.like("ticket:%"), scope != literal("ticket:") + cast(Entry.ticket_id, String))
    unknown = ~or_(scope.like("ticket:%"), scope.like("domain:%"))
    problem = first_of(
        (foreign, "is unique within a ticket that it is not in"), (unknown, "has a content that is unique nowhere")
    )
    yield from check.exceptions("I3", "entry", select(Entry.id, problem).where(Entry.content_key.is_not(None)))
    yield from ledger.i3_each_line_is_one_message(check)
