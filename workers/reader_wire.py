"""Messages between the reader's pool and its children: frames of bytes, JSON for values, files as they are.

Never pickle: a child has read a stranger's bytes, and what it answers must not be able to run anything here.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, BinaryIO

from channels.errors import Unreadable
from channels.message import Address, Attachment, Envelope, InboundMessage

OUT_OF_MEMORY = 77  # what a child ends with that could not even take a mail in

_COUNT = struct.Struct(">I")
_LENGTH = struct.Struct(">Q")


def send(connection: socket.socket, blobs: Sequence[bytes]) -> None:
    """Send `blobs` as one message."""
    connection.sendall(_COUNT.pack(len(blobs)) + b"".join(_LENGTH.pack(len(blob)) for blob in blobs))
    for blob in blobs:
        connection.sendall(blob)


def receive(stream: BinaryIO) -> list[bytes]:
    """The next message.

    Raises:
        EOFError: the other side has gone, before or in the middle of it.
    """
    (count,) = _COUNT.unpack(_exactly(stream, _COUNT.size))
    lengths = [_LENGTH.unpack(_exactly(stream, _LENGTH.size))[0] for _ in range(count)]
    return [_exactly(stream, length) for length in lengths]


def _exactly(stream: BinaryIO, length: int) -> bytes:
    data = stream.read(length)
    if len(data) != length:
        raise EOFError
    return data


def pack_request(raw: bytes, envelope: Envelope) -> list[bytes]:
    """A mail to be read."""
    return [json.dumps(asdict(envelope)).encode(), raw]


def unpack_request(blobs: list[bytes]) -> tuple[bytes, Envelope]:
    """The other side of `pack_request`."""
    table = json.loads(blobs[0])
    return blobs[1], Envelope(table["sender"], tuple(table["recipients"]), table["peer"])


def pack_message(message: InboundMessage) -> list[bytes]:
    """A message that was read: its values, then the content of each attachment."""
    table = asdict(replace(message, attachments=()))
    table["sent_at"] = message.sent_at.isoformat() if message.sent_at else None
    table["attachments"] = [{**asdict(replace(file, content=b"")), "content": None} for file in message.attachments]
    return [json.dumps(table).encode(), *(file.content for file in message.attachments)]


def pack_unreadable(error: Unreadable) -> list[bytes]:
    """Why a mail could not be read."""
    return [json.dumps({"unreadable": error.reply, "code": error.code}).encode()]


def unpack_reply(blobs: list[bytes]) -> InboundMessage:
    """The message that a child has read.

    Raises:
        Unreadable: it could not.
    """
    table: dict[str, Any] = json.loads(blobs[0])
    if "unreadable" in table:
        raise Unreadable(table["unreadable"], table["code"])
    files = [
        Attachment(**{**entry, "content": content})
        for entry, content in zip(table["attachments"], blobs[1:], strict=True)
    ]
    table |= {
        "sender": Address(**table["sender"]),
        "recipients": tuple(Address(**entry) for entry in table["recipients"]),
        "copies": tuple(Address(**entry) for entry in table["copies"]),
        "reply_to": Address(**table["reply_to"]) if table["reply_to"] else None,
        "references": tuple(table["references"]),
        "reported_to": tuple(table["reported_to"]),
        "attested": tuple((server, said) for server, said in table["attested"]),
        "sent_at": datetime.fromisoformat(table["sent_at"]) if table["sent_at"] else None,
        "attachments": tuple(files),
    }
    return InboundMessage(**table)
