"""To whom an answer goes, as its writer says: read at the door, for this one answer, and for no other."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from sqlalchemy.orm import Session

from channels.email.addresses import address as bare_address
from channels.email.addresses import addresses, with_letters
from channels.email.charset import one_line
from channels.email.compose import can_be_sent_to
from contactcenter import runtime
from contactcenter.errors import InvalidInput
from contactcenter.i18n import gettext as _
from contactcenter.model import EntryMessage, Ticket
from contactcenter.queries import letters, protected
from contactcenter.queries import recipients as known
from contactcenter.services import addressed, threads

MOST = 20
"""Addresses of one answer together."""
LONGEST = 4_000
"""Characters of a field."""
MAX_ADDRESS = 254  # RFC 5321 §4.5.3.1.3, without the angle brackets
MAX_LOCAL = 64  # RFC 5321 §4.5.3.1.1
_PIECE = re.compile(r"(?:\"[^\"\n]*+\"|[^,;\n])++")  # a comma in quotes is part of a name: "Ek, Maja" <…>


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was typed. `to` is None where nobody was asked: it goes to the usual one."""

    to: str | None = None
    copies: str = ""
    blind_copies: str = ""


@dataclass(frozen=True, slots=True)
class Recipients:
    """Addresses as they are stored: in lower case, each once. `own` is the ticket's address, empty if it has none."""

    to: tuple[str, ...]
    copies: tuple[str, ...] = ()
    blind_copies: tuple[str, ...] = ()
    own: str = ""

    @property
    def everybody(self) -> tuple[str, ...]:
        """All of them, once each."""
        return (*self.to, *self.copies, *self.blind_copies)

    @property
    def others(self) -> tuple[str, ...]:
        """Those who are not the ticket's own address."""
        return tuple(address for address in self.everybody if address != self.own)

    @property
    def is_changed(self) -> bool:
        """Whether it goes anywhere but to the ticket's own address alone."""
        return self.everybody != (self.own,)

    @property
    def fingerprint(self) -> str:
        """A short word for exactly these, in which a consent says what it was given for."""
        parts = ("\n".join(sorted(part)) for part in (self.to, self.copies, self.blind_copies))
        return f"r{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:8]}"

    def are_those_of(self, body: EntryMessage) -> bool:
        """Whether an answer was promised to exactly these."""
        before = (body.recipients, body.copies, body.blind_copies)
        return [list(part) for part in before] == [list(self.to), list(self.copies), list(self.blind_copies)]


def choose(session: Session, ticket: Ticket, wanted: Wanted) -> Recipients:
    """Whom an answer goes to that is sent now.

    An empty `to` is the usual one only where nobody was asked, or where the resident's address is not shown.

    Raises:
        InvalidInput: there is nobody to send to, something is no address, there are too many, or mail to one of them
            would come back to us.
    """
    usual = known.usual(session, ticket)
    own = letters.recipient(session, ticket)
    to = _read(wanted.to or "", "to")
    if not to and usual and (wanted.to is None or protected.is_protected(ticket)):
        to = (usual,)
    if not to:
        asked = wanted.to is not None and usual
        text = _("Write whom the answer goes to.") if asked else _("There is no e-mail address to answer to.")
        raise InvalidInput(text, field="to")
    copies = tuple(one for one in _read(wanted.copies, "cc") if one not in to)
    blind = tuple(one for one in _read(wanted.blind_copies, "bcc") if one not in (*to, *copies))
    found = Recipients(to, copies, blind, own.value if own is not None else "")
    if len(found.everybody) > MOST:
        raise InvalidInput(_("An answer can go to %(most)s addresses at most.", most=MOST), field="cc")
    _none_of_ours(session, found)
    return found


def _read(text: str, field: str) -> tuple[str, ...]:
    """The addresses in a field, with or without names, with commas, semicolons or new lines between them."""
    if len(text) > LONGEST:
        raise InvalidInput(_("Too many addresses have been written."), field=field)
    found: list[str] = []
    for piece in _PIECE.findall(text):
        if piece.strip():
            found += _addresses(piece.strip(), field)
    return tuple(dict.fromkeys(found))


def _addresses(piece: str, field: str) -> list[str]:
    """The address of one piece, with a name or none, or those of several that only blanks stand between."""
    bare = [bare_address(word) for word in piece.split()]
    named = [mailbox.value for mailbox in addresses(piece)] if piece.count("@") == 1 else []
    found = [with_letters(one) for one in (bare if None not in bare else named) if one]
    if not found or not all(_is_fit(one) for one in found):
        shown = one_line(piece, 80)
        raise InvalidInput(_("“%(text)s” is not an e-mail address.", text=shown), field=field)
    return found


def _is_fit(address: str) -> bool:
    local, _at, domain = address.rpartition("@")
    return (
        len(address.encode()) <= MAX_ADDRESS
        and len(local.encode()) <= MAX_LOCAL
        and "." in domain.strip(".")
        and can_be_sent_to(address)
    )


def _none_of_ours(session: Session, found: Recipients) -> None:
    """Mail of ours to ourselves would open a ticket, and an answer to that one the next."""
    keys = runtime.current().keys
    ours = known.ours(session, found.everybody)
    for field, part in (("to", found.to), ("cc", found.copies), ("bcc", found.blind_copies)):
        for address in part:
            signed = threads.answered(keys, [address]) or threads.returned(keys, [address])
            if signed or address in ours or addressed.confidential_domain(session, [address]) is not None:
                text = _("%(address)s is an address of ours: nobody outside would get it.", address=address)
                raise InvalidInput(text, field=field)


def together(begun: Wanted, taken: Wanted, usual: str) -> Wanted:
    """Whom two drafts in one are for: what was typed for the one that was `begun`, and all of the one `taken` back."""
    return Wanted(
        _added(begun.to or usual, taken.to or ""),
        _added(begun.copies, taken.copies),
        _added(begun.blind_copies, taken.blind_copies),
    )


def _added(typed: str, more: str) -> str:
    """`typed`, and those of the addresses `more` that it does not name."""
    named = set(re.split(r"[\s,;<>\"]+", typed.lower()))
    return ", ".join(filter(None, (typed.strip(" ,;"), *(one for one in more.split(", ") if one not in named))))


def as_typed(addresses: tuple[str, ...] | list[str]) -> str:
    """Addresses as they stand in a field."""
    return ", ".join(addresses)
