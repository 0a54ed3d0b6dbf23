"""What the header of a mail says of its recipients, for a mail that cannot be read: with no way to fail."""

from __future__ import annotations

import re

from channels.email.addresses import addresses
from channels.email.charset import decode

MAX_HEAD = 65_536  # bytes of a mail that are looked at

_END = re.compile(rb"\n\r?\n")
_RECIPIENTS = re.compile(rb"^(?:to|cc)[ \t]*+:((?:[^\n]++|\n(?=[ \t]))*+)", re.IGNORECASE | re.MULTILINE)


def named(head: bytes) -> tuple[str, ...]:
    """The addresses in the To and Cc lines of the first bytes of a mail, whatever stands between these lines."""
    header = _END.split(head[:MAX_HEAD], maxsplit=1)[0]
    found = (mailbox for line in _RECIPIENTS.finditer(header) for mailbox in addresses(decode(line[1])))
    return tuple(dict.fromkeys(mailbox.value for mailbox in found))
