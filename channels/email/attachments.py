"""Files in a mail: names that are safe to show and to save, and content or the reason why there is none."""

from __future__ import annotations

import re

from channels.email.charset import one_line
from channels.email.structure import Part
from channels.email.words import decode_words
from channels.message import Attachment

MAX_NAME = 120  # characters; at most 480 bytes of UTF-8, below what every store takes after quoting
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|\Z)", re.IGNORECASE)  # devices of Windows
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,80}/[a-z0-9][a-z0-9!#$&^_.+-]{0,80}", re.ASCII)
_ENDINGS = {
    "application/pdf": ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/heic": ".heic",
    "image/tiff": ".tif",
    "image/webp": ".webp",
    "message/rfc822": ".eml",
    "message/global": ".eml",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/rtf": ".rtf",
    "text/vcard": ".vcf",
    "application/pkcs7-signature": ".p7s",
    "application/pgp-signature": ".asc",
    "application/ms-tnef": ".dat",
}
_REPORT, _RECEIPT, _HEADER = "leveransrapport.txt", "mottagningskvitto.txt", "brevhuvud.txt"
_PARTS_OF_REPORTS = {
    "message/delivery-status": _REPORT,
    "message/global-delivery-status": _REPORT,
    "message/disposition-notification": _RECEIPT,
    "message/global-disposition-notification": _RECEIPT,
    "text/rfc822-headers": _HEADER,
    "message/rfc822-headers": _HEADER,
    "message/global-headers": _HEADER,
}
"""What servers write for each other never has a name; people are to know what it is (RFC 3462, RFC 3464, RFC 8098)."""


def safe_name(name: str, media_type: str, number: int) -> str:
    """The last component of `name` without anything that means something to a file system or turns letters around.

    Invisible characters go before the ending is looked at: `bild.png` must not be `bild.exe` written backwards. Without
    a name it is called what it is, if it is part of a report, or `file-<number>` with the ending of its type.
    """
    name = one_line(decode_words(name).replace("\\", "/"), 1000).rpartition("/")[2]
    name = _FORBIDDEN.sub("_", name).strip(". ")
    name = f"_{name}" if _RESERVED.match(name) else name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 12:
        stem, dot, ending = name, "", ""
    if not stem and media_type in _PARTS_OF_REPORTS:
        return _PARTS_OF_REPORTS[media_type]
    if not stem:
        return f"file-{number}{_ENDINGS.get(media_type, '')}"
    if media_type == "message/rfc822" and ending.lower() != "eml":
        stem, dot, ending = name, ".", "eml"
    return stem[: MAX_NAME - len(ending) - 1].rstrip(". ") + dot + ending


def safe_media_type(media_type: str) -> str:
    """`media_type` when it is one, else `application/octet-stream`."""
    return media_type if _MEDIA_TYPE.fullmatch(media_type) else "application/octet-stream"


def read_attachment(part: Part, number: int) -> Attachment:
    """The file in `part`; `number` counts the files of the mail and names those without a name."""
    content = part.content()
    media_type = safe_media_type(part.media_type)
    return Attachment(
        name=safe_name(part.file_name or _subject_of(part, content), media_type, number),
        media_type=media_type,
        content=content if content is not None else b"",
        content_id=part.fields.first("content-id").strip().strip("<>").strip()[:250] or None,
        problem=_problem(part, content),
    )


def _problem(part: Part, content: bytes | None) -> str | None:
    if content is None:
        return "the transfer encoding is unknown"
    if part.is_damaged:
        return "the content is damaged"
    return "the mail ends in the middle of it" if part.is_cut else None


def _subject_of(part: Part, content: bytes | None) -> str:
    """A forwarded mail is named by its subject."""
    if part.media_type != "message/rfc822" or not content:
        return ""
    found = re.search(rb"^subject:[ \t]*([^\r\n]{1,300})", content[:16_384], re.IGNORECASE | re.MULTILINE)
    if found is None:
        return ""
    return decode_words(found[1].decode("utf-8", "replace")).replace("/", "-").replace("\\", "-") + ".eml"
