"""What must hold at any moment, looked for in the database, the stored bytes and journals from outside.

The numbers are those of the promises of this product: I1–I3 what arrives, I4 and I5 what leaves, I6 that nothing is
left lying, I13 stored bytes, I14 one effect for each act. Only exceptions are read, in pieces; nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sqlalchemy import func, select

from contactcenter.db import Base, hold_still
from contactcenter.model import Entry, Inbox, Outbox, Ticket
from contactcenter.queries.invariants import arriving, effects, journals, leaving, lying, stored
from contactcenter.queries.invariants.check import Check, Finding, Limits

__all__ = ["INVARIANTS", "Check", "Finding", "Limits", "summary", "verify"]

INVARIANTS: Mapping[str, Callable[[Check], Iterator[Finding]]] = {
    "I1": arriving.i1_accepted_is_stored,
    "I2": arriving.i2_stored_is_dealt_with,
    "I3": arriving.i3_nothing_came_in_twice,
    "I4": leaving.i4_one_letter_for_each_answer,
    "I5": leaving.i5_promised_as_the_state_says,
    "I6": lying.i6_nothing_is_left_lying,
    "I13": stored.i13_bytes_are_there,
    "I14": effects.i14_one_effect_for_each_act,
}
_COUNTED: Mapping[str, type[Base]] = {"messages": Inbox, "tickets": Ticket, "entries": Entry, "promises": Outbox}


def verify(check: Check) -> Iterator[Finding]:
    """Every exception, invariant by invariant. The session must be new: all is read as of one moment.

    Raises:
        InvalidInput: a journal cannot be read. Both are read through before anything else.
    """
    for path, read in ((check.accepted, journals.accepted), (check.delivered, journals.delivered)):
        if path is not None:
            for _ in read(path):
                pass
    hold_still(check.session)
    for find in INVARIANTS.values():
        yield from find(check)


def summary(check: Check) -> str:
    """What there was to be looked at, once the findings have been read."""
    counted = {
        name: check.session.scalar(select(func.count()).select_from(table)) or 0 for name, table in _COUNTED.items()
    }
    return ", ".join(f"{count} {name}" for name, count in (counted | check.counts).items())
