"""Whether what leaves from an address of ours is believed where it arrives, and what is said of it comes back here.

A receiving server believes a signature for the domain that the mail names as its author (DMARC, RFC 7489 §3.1.1): the
key's own, one below it, or one above. Replies and reports come to the domain of the address itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from contactcenter.model import Office, Team
from contactcenter.settings import Mail


@dataclass(frozen=True, slots=True)
class Gap:
    """An address that answers come from, whose it is, and what is amiss: not `signed` for, or not `taken` in."""

    owner: str
    address: str
    signed: bool
    taken: bool


def gaps(session: Session, mail: Mail) -> Iterator[Gap]:
    """The offices and groups whose answers are not covered."""
    for table in (Office, Team):
        rows = session.execute(select(table.name, table.mail_address).where(table.mail_address != ""))
        for name, address in sorted((name, address) for name, address in rows):
            signed, taken = is_signed(mail, address), is_taken(mail, address)
            if not signed or not taken:
                yield Gap(name, address, signed, taken)


def key_domain(mail: Mail) -> str:
    """The domain that answers are signed for; empty where nothing is signed here, which another server may do."""
    return (mail.dkim.domain or mail.address.rpartition("@")[2]) if mail.dkim.key.reveal() else ""


def is_signed(mail: Mail, address: str) -> bool:
    """Whether the signature counts for what comes from `address`, where we sign at all."""
    key, domain = _plain(key_domain(mail)), _plain(address.rpartition("@")[2])
    return not key or key == domain or domain.endswith(f".{key}") or key.endswith(f".{domain}")


def is_taken(mail: Mail, address: str) -> bool:
    """Whether replies and reports to `address` come in here."""
    domains = {_plain(domain) for domain in mail.domains}
    return not domains or _plain(address.rpartition("@")[2]) in domains


def _plain(domain: str) -> str:
    """A domain in the one form that is compared, its letters beyond ASCII encoded."""
    lower = domain.lower().rstrip(".")
    try:
        return lower if lower.isascii() else lower.encode("idna").decode("ascii")
    except UnicodeError:
        return lower
