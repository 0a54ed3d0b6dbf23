"""What the header of a mail says of its way here, for what is not to be parsed or cannot be: with no way to fail."""

from __future__ import annotations

import re

from channels.email.addresses import addresses
from channels.email.charset import decode

MAX_HEAD = 65_536  # bytes of a mail that are looked at

_END = re.compile(rb"\n\r?\n")
_FIELD = rb"^(?:%s)[ \t]*+:((?:[^\n]++|\n(?=[ \t]))*+)"
_RECIPIENTS = re.compile(_FIELD % rb"to|cc", re.IGNORECASE | re.MULTILINE)
_FROM = re.compile(_FIELD % rb"from", re.IGNORECASE | re.MULTILINE)
_SERVERS = {"mailer-daemon", "mail-daemon", "postmaster"}
_RETURN_PATH = re.compile(_FIELD % rb"return-path", re.IGNORECASE | re.MULTILINE)
_DELIVERED_TO = re.compile(_FIELD % rb"delivered-to|x-original-to|envelope-to", re.IGNORECASE | re.MULTILINE)
_RECEIVED = re.compile(rb"^received[ \t]*+:", re.IGNORECASE | re.MULTILINE)
_DESCRIBES = re.compile(rb"^(?=content-|mime-version)", re.IGNORECASE | re.MULTILINE)


def named(head: bytes) -> tuple[str, ...]:
    """The addresses in the To and Cc lines of the first bytes of a mail, whatever stands between these lines."""
    found = (mailbox for line in _RECIPIENTS.finditer(_header(head)) for mailbox in addresses(decode(line[1])))
    return tuple(dict.fromkeys(mailbox.value for mailbox in found))


def sender(head: bytes) -> str:
    """The envelope's sender as the last server wrote it down (Return-Path), empty for `<>`.

    Where none did, it is whom the mail says that it is from, unless that is a mail server: an empty one would make a
    machine of everybody who writes there.
    """
    header = _header(head)
    found = _RETURN_PATH.search(header)
    if found:
        return _first_address(found[1])
    written = _FROM.search(header)
    value = _first_address(written[1]) if written else ""
    return "" if value.partition("@")[0] in _SERVERS else value


def delivered_to(head: bytes) -> tuple[str, ...]:
    """The recipients as the last server wrote them down. Lines below the first Received are anybody's claim."""
    header = _header(head)
    first = _RECEIVED.search(header)
    found = _DELIVERED_TO.finditer(header[: first.start()] if first else header)
    values = (mailbox.value for line in found for mailbox in addresses(decode(line[1])))
    return tuple(dict.fromkeys(values))


def in_place_of(head: bytes, text: str) -> bytes:
    """A mail that can be read, with the header of one that could not be had, and `text` for its content."""
    header = _DESCRIBES.sub(b"X-Left-", _header(head).strip(b"\r\n")).replace(b"\0", b"")
    kind = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
    return (header + b"\r\n" if header else b"") + kind + b"\r\n" + text.encode() + b"\r\n"


def _first_address(line: bytes) -> str:
    return next((mailbox.value for mailbox in addresses(decode(line))), "")


def _header(head: bytes) -> bytes:
    return _END.split(head[:MAX_HEAD], maxsplit=1)[0]
