"""Files that old programs write into the text itself (`begin 644 name` … `end`), found in linear time."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass

_BEGIN = re.compile(r"^begin(?:-base64)? [0-7]{3,4} +([^\n]{1,300})\n", re.MULTILINE)
_LINE = re.compile(r"[ -`]{1,90}\s*")
_MAX_FILES = 100


@dataclass(frozen=True, slots=True)
class EncodedFile:
    """A file that stood in the text; `is_cut`: its end is missing or broken."""

    name: str
    content: bytes
    is_cut: bool


def lift_files(text: str) -> tuple[str, list[EncodedFile]]:
    """`text` without the files in it, and the files. A line that only looks like a beginning stays text."""
    kept: list[str] = []
    files: list[EncodedFile] = []
    position = 0
    for found in _BEGIN.finditer(text):
        if found.start() < position or len(files) == _MAX_FILES:
            continue
        read = _read(text, found.end(), found[0].startswith("begin-base64"))
        if read is None:
            continue
        content, end, is_cut = read
        files.append(EncodedFile(found[1].strip(), content, is_cut))
        kept.append(text[position : found.start()])
        position = end
    kept.append(text[position:])
    return "".join(kept), files


def _read(text: str, position: int, is_base64: bool) -> tuple[bytes, int, bool] | None:
    """Content, the offset after it, and whether it was cut; None when the first line is no such line."""
    out: list[bytes] = []
    while position < len(text):
        end = text.find("\n", position) + 1 or len(text)
        line = text[position:end].rstrip("\n")
        if line in ("end", "===="):
            return b"".join(out), end, False
        piece = _piece(line, is_base64)
        if piece is None:
            return (b"".join(out), position, True) if out else None
        out.append(piece)
        position = end
    return (b"".join(out), position, True) if out else None


def _piece(line: str, is_base64: bool) -> bytes | None:
    if not line.isascii() or (not is_base64 and not _LINE.fullmatch(line)):
        return None
    try:
        return binascii.a2b_base64(line, strict_mode=True) if is_base64 else binascii.a2b_uu(line)
    except binascii.Error:
        return None
