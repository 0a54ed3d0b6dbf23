"""winmail.dat: the files, and the text if need be, that Outlook hid in an envelope of its own (MS-OXTNEF).

Read with an own small reader: bounded, never raising, and taking what is there from an envelope that was cut off.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from channels.email import charset

_SIGNATURE = 0x223E9F78
_BODY, _MESSAGE_PROPERTIES, _CODE_PAGE = 0x800C, 0x9003, 0x9007
_NEXT_FILE, _TITLE, _DATA, _FILE_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
_MAX_FILES = 200
_MAX_PROPERTIES = 2_000
_FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_STRING, _UNICODE, _OBJECT, _BINARY = 0x1E, 0x1F, 0x0D, 0x102
_SEVERAL = 0x1000
_TEXT, _RTF, _HTML = 0x1000, 0x1009, 0x1013
_FILE_DATA, _SHORT_NAME, _LONG_NAME, _MEDIA_TYPE, _CONTENT_ID = 0x3701, 0x3704, 0x3707, 0x370E, 0x3712
_EMBEDDED = 16  # bytes that say what kind of object follows


@dataclass(slots=True)
class PackedFile:
    """A file of the envelope; `is_envelope`: it is itself one, a message that was attached."""

    name: str = ""
    media_type: str = ""
    content_id: str = ""
    content: bytes = b""
    is_envelope: bool = False


@dataclass(slots=True)
class Envelope:
    """What an envelope holds; `is_cut`: it ends before it should, or has in it what could not be read."""

    text: str = ""
    html: str = ""
    rtf: bytes = b""  # packed
    files: list[PackedFile] = field(default_factory=list)
    is_cut: bool = False


def unpack(data: bytes) -> Envelope | None:
    """The content of a winmail.dat, None when `data` is none."""
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != _SIGNATURE:
        return None
    envelope = Envelope()
    code_page = "cp1252"
    for attribute, value in _attributes(data, envelope):
        if attribute == _CODE_PAGE and len(value) >= 4:
            code_page = f"cp{struct.unpack_from('<I', value)[0]}"
        elif attribute == _BODY:
            envelope.text = charset.decode(value.rstrip(b"\0"), code_page)
        elif attribute == _MESSAGE_PROPERTIES:
            _read_message(envelope, value, code_page)
        elif attribute == _NEXT_FILE:
            if len(envelope.files) == _MAX_FILES:
                envelope.is_cut = True
                break
            envelope.files.append(PackedFile())
        elif envelope.files:
            _read_file(envelope, attribute, value, code_page)
    return envelope


def _attributes(data: bytes, envelope: Envelope) -> Iterator[tuple[int, bytes]]:
    """Name and value of each attribute: a level, a name, a type, a length, the value and a sum of it."""
    position = 6
    while position + 9 <= len(data):
        attribute, length = struct.unpack_from("<xHxxI", data, position)
        position += 9
        envelope.is_cut = envelope.is_cut or position + length > len(data)
        yield attribute, data[position : position + length]
        position += length + 2


def _read_message(envelope: Envelope, value: bytes, code_page: str) -> None:
    for number, kind, content in _properties(envelope, value):
        if number == _TEXT:
            envelope.text = _words(kind, content, code_page)
        elif number == _RTF:
            envelope.rtf = content
        elif number == _HTML:
            envelope.html = charset.decode(content.rstrip(b"\0"), "" if kind == _BINARY else code_page)


def _read_file(envelope: Envelope, attribute: int, value: bytes, code_page: str) -> None:
    file = envelope.files[-1]
    if attribute == _TITLE:
        file.name = file.name or charset.decode(value.rstrip(b"\0"), code_page)
    elif attribute == _DATA:
        file.content = value
    elif attribute == _FILE_PROPERTIES:
        for number, kind, content in _properties(envelope, value):
            if number == _FILE_DATA:
                file.is_envelope = kind == _OBJECT
                file.content = content[_EMBEDDED:] if kind == _OBJECT else content
            elif number == _LONG_NAME:
                file.name = _words(kind, content, code_page) or file.name
            elif number == _SHORT_NAME:
                file.name = file.name or _words(kind, content, code_page)
            elif number == _MEDIA_TYPE:
                file.media_type = _words(kind, content, code_page).lower()
            elif number == _CONTENT_ID:
                file.content_id = _words(kind, content, code_page)


def _words(kind: int, content: bytes, code_page: str) -> str:
    text = charset.decode(content, "utf-16-le") if kind == _UNICODE else charset.decode(content, code_page)
    return text.rstrip("\0")


def _properties(envelope: Envelope, value: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Number, kind and first value of each property (MS-OXTNEF §2.1.3.4).

    Where they stop making sense there may be files behind: then the envelope is kept.
    """
    try:
        (count,) = struct.unpack_from("<I", value)
        position = 4
        for _ in range(min(count, _MAX_PROPERTIES)):
            kind, number = struct.unpack_from("<HH", value, position)
            position = _after_name(value, position + 4) if number >= 0x8000 else position + 4
            several, plain = bool(kind & _SEVERAL), kind & ~_SEVERAL
            if plain in _FIXED:
                count_of = struct.unpack_from("<I", value, position)[0] if several else 1
                position += 4 * several + _FIXED[plain] * count_of
                continue
            if plain not in (_STRING, _UNICODE, _OBJECT, _BINARY):
                raise struct.error(plain)
            (count_of,) = struct.unpack_from("<I", value, position)
            position += 4
            for place in range(min(count_of, _MAX_PROPERTIES)):
                (length,) = struct.unpack_from("<I", value, position)
                if place == 0:
                    yield number, plain, value[position + 4 : position + 4 + length]
                position += 4 + length + -length % 4
        envelope.is_cut = envelope.is_cut or count > _MAX_PROPERTIES or position > len(value) + 3
    except struct.error:
        envelope.is_cut = True


def _after_name(value: bytes, position: int) -> int:
    """A property may be named by a number or by words, in the space of a GUID."""
    kind, length = struct.unpack_from("<II", value, position + 16)
    return position + 24 if kind == 0 else position + 24 + length + -length % 4
