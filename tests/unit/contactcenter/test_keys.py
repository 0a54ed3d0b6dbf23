"""Signatures are ours alone, survive mail programs, and fit an address; keys are made once and kept to ourselves."""

from __future__ import annotations

import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.errors import StartError
from contactcenter.keys import KeyRing, Signer

SIGNER = Signer(b"k" * 32, "reply-address")
SUBJECTS = st.integers(min_value=0, max_value=2**63 - 1)


@given(SUBJECTS)
def test_a_token_says_whose_it_is_in_any_case(subject: int) -> None:
    token = SIGNER.sign(subject)
    assert re.fullmatch(r"[a-z2-7]{39}", token)
    assert SIGNER.read(token) == SIGNER.read(token.upper()) == subject


@given(SUBJECTS, st.integers(0, 37), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_changed_token_is_nobodys(subject: int, place: int, letter: str) -> None:
    token = SIGNER.sign(subject)
    changed = token[:place] + letter + token[place + 1 :]
    assert SIGNER.read(changed) == (subject if changed == token else None)


@pytest.mark.parametrize("token", ["", "a", "é" * 39, "0" * 39, "a" * 39, "a" * 4000, SIGNER.sign(5)[:-2], "\0" * 39])
def test_what_is_no_token_is_nobodys(token: str) -> None:
    assert SIGNER.read(token) is None


def test_a_token_for_one_purpose_or_installation_is_none_for_another() -> None:
    token = SIGNER.sign(7)
    assert Signer(b"k" * 32, "message-id").read(token) is None
    assert Signer(b"l" * 32, "reply-address").read(token) is None


def test_the_signature_has_128_bits_and_an_address_fits_64_characters() -> None:
    assert len(SIGNER.sign(2**63 - 1)) * 5 - 64 >= 128
    assert len("k" * 24 + "+" + SIGNER.sign(1)) <= 64


def test_keys_are_made_once_and_only_we_may_read_them(tmp_path: Path) -> None:
    first = KeyRing(tmp_path / "keys")
    again = KeyRing(tmp_path / "keys")
    assert again.reply_address.read(first.reply_address.sign(9)) == 9
    assert first.message_id.read(first.reply_address.sign(9)) is None
    assert [file.name for file in (tmp_path / "keys").iterdir()] == ["signing.key"], "no half-made key is left"
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "keys" / "signing.key").stat().st_mode) == 0o600
    assert len((tmp_path / "keys" / "signing.key").read_bytes()) == 32


def test_processes_that_start_together_share_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        rings = list(pool.map(lambda _: KeyRing(tmp_path / "keys"), range(40)))
    assert {ring.form.mac_text("x") for ring in rings} == {rings[0].form.mac_text("x")}


@pytest.mark.parametrize("content", [b"", b"short"])
def test_a_broken_key_stops_the_start(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "signing.key").write_bytes(content)
    with pytest.raises(StartError, match=r"signing\.key"):
        KeyRing(tmp_path)


def test_form_tokens_differ_by_text() -> None:
    assert SIGNER.mac_text("session:a") == SIGNER.mac_text("session:a") != SIGNER.mac_text("session:b")


def test_a_sealed_pair_can_be_opened_and_neither_read_nor_compared(tmp_path: Path) -> None:
    cursor = KeyRing(tmp_path / "a").cursor
    texts = {cursor.seal(7, 2**62) for _ in range(20)}
    assert len(texts) == 20
    assert {len(text) for text in texts} == {56}
    assert {cursor.open(text) for text in texts} == {(7, 2**62)}
    text = texts.pop()
    for wrong in ("", "0-0", "å", text[:-1], text + "A", ("B" if text[0] == "A" else "A") + text[1:]):
        assert cursor.open(wrong) is None, wrong
    assert KeyRing(tmp_path / "b").cursor.open(text) is None
