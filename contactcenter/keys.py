"""Keys made at the first start, and what is signed with them: reply addresses, Message-IDs, form tokens, webhooks.

A signature is 16 bytes (128 bits) of HMAC-SHA256, written with its subject as lower-case base32, so that it survives
mail programs that change the case of a local part and fits the 64 characters of RFC 5321 §4.5.3.1.1.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from contactcenter.errors import StartError

_MAC_BYTES = 16
_KEY_BYTES = 32


class Signer:
    """Signs row ids for one purpose; the same id gives another token for another purpose."""

    def __init__(self, key: bytes, purpose: str) -> None:
        self._key = hmac.digest(key, purpose.encode(), hashlib.sha256)

    def sign(self, subject: int) -> str:
        """A token for `subject` (0 ≤ subject < 2**63): lower-case base32, 39 characters."""
        payload = subject.to_bytes(8, "big")
        return base64.b32encode(payload + self._mac(payload)).decode().rstrip("=").lower()

    def read(self, token: str) -> int | None:
        """The subject, or None when the token is not ours. The whole signature is compared, in constant time."""
        try:
            raw = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
        except (binascii.Error, ValueError):
            return None
        payload, mac = raw[:8], raw[8:]
        if len(mac) != _MAC_BYTES or not hmac.compare_digest(mac, self._mac(payload)):
            return None
        return int.from_bytes(payload, "big")

    def mac_text(self, text: str) -> str:
        """A signature over a text, as hexadecimal digits (form tokens)."""
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()

    def _mac(self, payload: bytes) -> bytes:
        return hmac.digest(self._key, payload, hashlib.sha256)[:_MAC_BYTES]


class KeyRing:
    """The keys of one installation, in a folder that only we may read.

    Raises:
        StartError: the file is not a key; signing with it would let anybody sign.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = _load_or_make(folder / "signing.key")
        self.reply_address = Signer(key, "reply-address")
        self.message_id = Signer(key, "message-id")
        self.form = Signer(key, "form")
        self.session = Signer(key, "session")
        self.agent_link = Signer(key, "agent-link")
        self.webhook = Signer(key, "webhook")


def _load_or_make(path: Path) -> bytes:
    """Whoever comes first makes the key; it appears whole, so that nobody ever signs with a part of it."""
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(_KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
        finally:
            draft.unlink()
    key = path.read_bytes()
    if len(key) != _KEY_BYTES:
        raise StartError(
            f"{path} must hold {_KEY_BYTES} bytes, not {len(key)}: restore it from a backup, or remove it to make a "
            "new key (everybody is signed out, and answers to letters already sent become new tickets)"
        )
    return key
