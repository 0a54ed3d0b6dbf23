"""Passwords: Argon2id, and what a password must be."""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from contactcenter.errors import InvalidInput
from contactcenter.i18n import gettext as _

MIN_LENGTH = 12
MAX_LENGTH = 200

# 19 MiB and two passes: the floor of OWASP ASVS 5.0 appendix C, quick enough for the demo on a small machine.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_TOGETHER = threading.BoundedSemaphore(4)
_NOBODY = _HASHER.hash("nobody has this password")


def hash_password(password: str) -> str:
    """The Argon2id hash to store."""
    with _TOGETHER:
        return _HASHER.hash(password)


def verify_password(stored: str, password: str) -> bool:
    """Whether `password` is the one. An empty `stored` costs the same time and is never right."""
    with _TOGETHER:
        try:
            return _HASHER.verify(stored or _NOBODY, password) and bool(stored)
        except (VerificationError, InvalidHashError):
            return False


def check_new_password(password: str, login: str) -> None:
    """Raises InvalidInput with what to change, unless `password` may be used."""
    if len(password) < MIN_LENGTH:
        raise InvalidInput(_("The password needs at least %(n)s characters.", n=MIN_LENGTH), field="new")
    if len(password) > MAX_LENGTH:
        raise InvalidInput(_("The password may have at most %(n)s characters.", n=MAX_LENGTH), field="new")
    lowered = password.lower()
    if login.partition("@")[0].lower() in lowered or len(set(lowered)) < 5:
        raise InvalidInput(_("That password is too easy to guess. Take several words in a row."), field="new")
