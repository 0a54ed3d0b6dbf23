"""File names from strangers: no folders, nothing unseen, never empty, never too long."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.filenames import MAX_CHARACTERS, safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("ritning.pdf", "ritning.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Anna\\bild.png", "bild.png"),
        ("a\0b\r\n.txt", "ab.txt"),
        ("bild\u202egnp.exe", "bildgnp.exe"),
        ("\u200bdold.txt", "dold.txt"),
        ("A\u030aker o\u0308.txt", "Åker ö.txt"),
        ("", "fil"),
        ("..", "fil"),
        (" . ", "fil"),
        ("folder/", "fil"),
        ("<img src=x onerror=alert(1)>.png", "<img src=x onerror=alert(1)>.png"),
    ],
)
def test_names(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_a_long_name_keeps_its_ending() -> None:
    assert safe_name("å" * 500 + ".pdf") == "å" * (MAX_CHARACTERS - 4) + ".pdf"
    assert len(safe_name("a" * 500 + "." + "b" * 300)) == MAX_CHARACTERS


@given(st.text(max_size=400))
def test_any_name_becomes_harmless(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe) <= MAX_CHARACTERS
    assert not set(safe) & set("/\\\0")
    assert safe not in (".", "..")
    assert not [char for char in safe if unicodedata.category(char)[0] == "C"]
    safe.encode()
