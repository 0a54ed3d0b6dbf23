"""The key by which one mail that came on two ways (to two of our addresses, over a list) is known to be the same."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import datetime

from channels.message import Attachment

_PREFIX = re.compile(r"\s*(?:re|sv|vs|vb|fw|fwd|aw|wg|ang|antw)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)


def bare_subject(subject: str) -> str:
    """`subject` without "Re:", "SV:" and their like, in lower case."""
    while found := _PREFIX.match(subject):
        subject = subject[found.end() :]
    return " ".join(subject.split()).lower()


def content_key(
    message_id: str | None,
    sender: str,
    sent_at: datetime | None,
    subject: str,
    text: str,
    attachments: Iterable[Attachment],
) -> str | None:
    """SHA-256 over all that must be equal. A Message-ID alone proves nothing (strangers choose it); without one there
    is no key.
    """
    if message_id is None:
        return None
    files = [hashlib.sha256(attachment.content).hexdigest() for attachment in attachments]
    moment = sent_at.isoformat() if sent_at else None
    parts = [message_id, sender, moment, bare_subject(subject), text, files]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
