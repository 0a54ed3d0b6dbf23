"""From which pages a live connection may come."""

from __future__ import annotations

import pytest

from contactcenter.live.origin import is_allowed


@pytest.mark.parametrize(
    ("origin", "host", "public_url", "allowed"),
    [
        ("http://127.0.0.1:8080", "127.0.0.1:8080", "", True),
        ("https://kontakt.example.se", "kontakt.example.se", "", True),
        ("HTTPS://Kontakt.example.se", "kontakt.example.se", "", True),
        ("http://127.0.0.1:8081", "127.0.0.1:8080", "", False),
        ("http://evil.example", "127.0.0.1:8080", "", False),
        ("", "127.0.0.1:8080", "", False),
        ("null", "127.0.0.1:8080", "", False),
        ("file://127.0.0.1:8080", "127.0.0.1:8080", "", False),
        ("http://127.0.0.1:8080", "", "", False),
        ("http://", "", "", False),
        ("https://kontakt.example.se", "127.0.0.1:8080", "https://kontakt.example.se", True),
        ("https://kontakt.example.se", "127.0.0.1:8080", "https://kontakt.example.se/", True),
        ("http://kontakt.example.se", "127.0.0.1:8080", "https://kontakt.example.se", False),
        ("https://kontakt.example.se.evil.example", "127.0.0.1:8080", "https://kontakt.example.se", False),
        ("http://127.0.0.1:8080", "127.0.0.1:8080", "https://kontakt.example.se", False),
    ],
)
def test_only_our_own_pages(origin: str, host: str, public_url: str, allowed: bool) -> None:
    assert is_allowed(origin, host, public_url) is allowed
