"""Parts that have a mail or files inside them in a form of their own: winmail.dat and S/MIME in one piece."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass, field

from channels.email import charset, cms, rtf, tnef
from channels.email.attachments import safe_media_type, safe_name
from channels.email.structure import Part
from channels.message import Attachment

_MAX_DEPTH = 3
_SIGNED_OR_ENCRYPTED = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_ENVELOPES = ("application/ms-tnef", "application/vnd.ms-tnef")


@dataclass(slots=True)
class Unpacked:
    """What an envelope held. `text` or `html` is its message, for a mail that has no other."""

    text: str = ""
    html: str = ""
    files: list[Attachment] = field(default_factory=list)
    is_cut: bool = False
    left: int = 2 * rtf.MAX_BYTES  # bytes of letters in RTF that are still read: each of them takes its time


def is_smime(part: Part) -> bool:
    """Whether the part is S/MIME in one piece; some senders only tell by the name of the file."""
    by_name = part.media_type == "application/octet-stream" and part.file_name.lower().endswith(".p7m")
    return part.media_type in _SIGNED_OR_ENCRYPTED or by_name


def is_encrypted(part: Part) -> bool:
    """Whether S/MIME in one piece is closed to us."""
    kind = part.parameters.get("smime-type", "").lower()
    return "enveloped" in kind or (kind != "signed-data" and cms.is_encrypted(part.content() or b""))


def signed_content(part: Part) -> bytes | None:
    """The mail part that is signed in one piece, None where there is none to be seen."""
    return cms.signed_content(part.content() or b"") if is_smime(part) else None


def unpack(part: Part, number: int) -> Unpacked | None:
    """What is in the winmail.dat that `part` is; its files are counted from `number`. None when it is none."""
    if part.media_type not in _ENVELOPES and part.file_name.lower() != "winmail.dat":
        return None
    unpacked = Unpacked()
    return unpacked if _unpack(unpacked, part.content() or b"", number, 0) else None


def _unpack(unpacked: Unpacked, data: bytes, number: int, depth: int) -> bool:
    envelope = tnef.unpack(data)
    if envelope is None:
        return False
    unpacked.is_cut = unpacked.is_cut or envelope.is_cut
    if depth == 0:
        letter = _letter(unpacked, envelope)
        unpacked.text, unpacked.html = letter or ("", "")
        unpacked.is_cut = unpacked.is_cut or letter is None
    for file in envelope.files:
        place = number + len(unpacked.files)
        if file.is_envelope and depth < _MAX_DEPTH:
            inner = tnef.unpack(file.content)
            letter = _letter(unpacked, inner) if inner is not None else None
            if letter is not None:
                text, html = letter
                media_type, ending = ("text/plain", ".txt") if text or not html else ("text/html", ".html")
                name = safe_name(file.name + ending, media_type, place)
                unpacked.files.append(Attachment(name, media_type, (text or html).encode()))
                _unpack(unpacked, file.content, number, depth + 1)
                continue
        guessed = mimetypes.guess_type(file.name)[0] or ""
        media_type = safe_media_type(file.media_type or guessed)
        content_id = file.content_id.strip("<> ")[:250] or None
        unpacked.files.append(Attachment(safe_name(file.name, media_type, place), media_type, file.content, content_id))
    return True


def _letter(unpacked: Unpacked, envelope: tnef.Envelope) -> tuple[str, str] | None:
    """Its text and HTML, or what the RTF says where it has neither; None when that is too much to read."""
    if envelope.text or envelope.html:
        return charset.tidy(envelope.text), charset.tidy(envelope.html)
    if not envelope.rtf:
        return "", ""
    letter = rtf.unpack(envelope.rtf) if unpacked.left > 0 else None
    if letter is None:
        return None
    unpacked.left -= len(letter)
    unpacked.is_cut = unpacked.is_cut or len(letter) >= rtf.MAX_BYTES
    return rtf.read_rtf(letter)
