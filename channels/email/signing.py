"""DKIM (RFC 6376): a mail is signed by the domain that answers for it, so that its recipients' servers believe it."""

from __future__ import annotations

from dataclasses import dataclass, field

import dkim

RELAXED = (b"relaxed", b"relaxed")  # servers on the way may fold lines and trim blanks (§3.4)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Under which name the public key is in the DNS (`selector._domainkey.domain`), and the private one (PEM, RSA).

    Raises:
        ValueError: the key cannot be used; the text says why.
    """

    domain: str
    selector: str
    private: bytes = field(repr=False)

    def __post_init__(self) -> None:
        sign(b"From: a@" + self.domain.encode("idna") + b"\r\n\r\n", self)


def sign(data: bytes, key: SigningKey) -> bytes:
    """`data`, a mail with CRLF at the end of lines, with a signature before it.

    Signed are the fields that RFC 6376 §5.4.1 names, and From once more, so that no second one can be added.

    Raises:
        ValueError: the key cannot be used.
    """
    return _signature(data, key) + data


def _signature(data: bytes, key: SigningKey) -> bytes:
    selector, domain = key.selector.encode("ascii"), key.domain.encode("idna")
    try:
        made: bytes = dkim.sign(data, selector, domain, key.private, canonicalize=RELAXED)
    except dkim.DKIMException as error:
        raise ValueError(f"it is not the private RSA key of a domain, as PEM: {error}") from error
    return made
