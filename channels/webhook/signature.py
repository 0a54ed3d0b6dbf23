"""What proves that a call is ours: HMAC-SHA256 (RFC 2104) over the time and the body."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

ID_HEADER = "Webhook-Id"
TIME_HEADER = "Webhook-Timestamp"
SIGNATURE_HEADER = "Webhook-Signature"
VERSION = "v1"


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """The signature with one secret, in hexadecimal digits: HMAC-SHA256 of `timestamp`, a full stop, and the body."""
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def headers(event_id: str, timestamp: int, body: bytes, secrets: Iterable[str]) -> dict[str, str]:
    """The headers of a call. While a secret is being changed there is a signature with each, and one that fits is
    enough. `timestamp` is the second of this attempt: whoever receives it refuses what is older than five minutes.
    """
    signed = ", ".join(f"{VERSION}={signature(secret, timestamp, body)}" for secret in secrets)
    return {ID_HEADER: event_id, TIME_HEADER: str(timestamp), SIGNATURE_HEADER: signed}
