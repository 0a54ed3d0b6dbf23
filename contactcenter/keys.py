"""Keys made at the first start, and what is signed with them: reply addresses, Message-IDs, forms, webhooks, cursors.

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
_NONCE_BYTES = 12
_SEAL_MAC_BYTES = 14
_RESTORED = "restored"
"""The file that says by a random word when the database was last filled from a backup."""


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


class Sealer:
    """Hides a pair of numbers from whoever carries it for us; the same pair looks different each time.

    A place in the order of events counts what others do, also out of the carrier's sight: it may neither be read nor
    compared. The numbers are covered by a pad that HMAC-SHA256 makes of 12 random bytes (used once: NIST SP 800-38A,
    CTR with one block), and the whole is signed (encrypt, then MAC).
    """

    def __init__(self, key: bytes, purpose: str) -> None:
        self._pad_key = hmac.digest(key, f"{purpose}-pad".encode(), hashlib.sha256)
        self._mac_key = hmac.digest(key, f"{purpose}-mac".encode(), hashlib.sha256)

    def seal(self, one: int, other: int) -> str:
        """A text for two numbers (0 ≤ number < 2**63), 56 characters that are safe in an address."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        covered = self._covered(nonce, one.to_bytes(8, "big") + other.to_bytes(8, "big"))
        return base64.urlsafe_b64encode(nonce + covered + self._mac(nonce + covered)).decode().rstrip("=")

    def open(self, text: str) -> tuple[int, int] | None:
        """The two numbers, or None when the text is not ours."""
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        sealed, mac = raw[:-_SEAL_MAC_BYTES], raw[-_SEAL_MAC_BYTES:]
        if len(sealed) != _NONCE_BYTES + 16 or not hmac.compare_digest(mac, self._mac(sealed)):
            return None
        numbers = self._covered(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:])
        return int.from_bytes(numbers[:8], "big"), int.from_bytes(numbers[8:], "big")

    def _covered(self, nonce: bytes, numbers: bytes) -> bytes:
        pad = hmac.digest(self._pad_key, nonce, hashlib.sha256)
        return bytes(one ^ other for one, other in zip(numbers, pad, strict=False))

    def _mac(self, sealed: bytes) -> bytes:
        return hmac.digest(self._mac_key, sealed, hashlib.sha256)[:_SEAL_MAC_BYTES]


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
        self.cursor = Sealer(key, f"cursor{_restored(folder)}")


def begin_anew(folder: Path) -> None:
    """Know no place in the order of events any more that was given until now: a backup has taken its end back."""
    (folder / _RESTORED).write_text(secrets.token_hex(8), encoding="ascii")


def _restored(folder: Path) -> str:
    path = folder / _RESTORED
    return path.read_text(encoding="ascii") if path.exists() else ""


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
