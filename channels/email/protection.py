"""Is a mail signed or encrypted (S/MIME, RFC 8551; PGP/MIME, RFC 3156; PGP in the text)? Only said, never verified."""

from __future__ import annotations

import re
from collections.abc import Iterator

from channels.email.structure import Part
from channels.email.wrapped import is_encrypted, is_smime

_ARMOUR = re.compile(r"^-----BEGIN PGP (SIGNED )?MESSAGE-----$", re.MULTILINE)
_SIGNATURES = (
    "application/pkcs7-signature",
    "application/x-pkcs7-signature",
    "application/pgp-signature",
)


def protection(root: Part, text: str) -> str | None:
    """`encrypted`, `signed` or None, from the form of the mail and of its text."""
    kinds = {kind for part in _parts(root) if (kind := _kind(part))}
    kinds |= {"signed" if found[1] else "encrypted" for found in _ARMOUR.finditer(text)}
    return "encrypted" if "encrypted" in kinds else "signed" if kinds else None


def _parts(part: Part) -> Iterator[Part]:
    yield part
    for child in part.children:
        yield from _parts(child)


def _kind(part: Part) -> str | None:
    if part.media_type in ("multipart/encrypted", "application/pgp-encrypted"):
        return "encrypted"
    if is_smime(part):
        return "encrypted" if is_encrypted(part) else "signed"
    return "signed" if part.media_type in ("multipart/signed", *_SIGNATURES) else None
