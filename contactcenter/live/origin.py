"""From which pages a live connection may come: a browser lets any page open a socket, with our cookie."""

from __future__ import annotations

from urllib.parse import urlsplit


def is_allowed(origin: str, host: str, public_url: str) -> bool:
    """Whether a page at `origin` is ours: the configured address, else the host that was asked.

    A missing origin is refused: every browser sends one with a socket (ASVS 5.0 4.4.2).
    """
    parts = urlsplit(origin)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return False
    if public_url:
        ours = urlsplit(public_url)
        return (parts.scheme, parts.netloc.lower()) == (ours.scheme, ours.netloc.lower())
    return bool(host) and parts.netloc.lower() == host.lower()
