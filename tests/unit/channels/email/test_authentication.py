"""Whose word is taken about a sender, and what it says: RFC 8601 lines as real servers and forgers write them."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.authentication import attested, read_line, verdict
from channels.email.parse import read
from channels.message import Envelope
from workers import reader_wire

MAJA = "maja@example.se"
MX = "mx.ekhamra.example"

OPENDMARC = f"{MX}; dmarc=pass (p=none dis=none) header.from=example.se"
OPENDKIM = f'{MX}; dkim=pass (2048-bit key; unprotected) header.d=example.se header.i=@example.se header.b="dKz/x+"'
RSPAMD = (
    f"{MX};\n\tdkim=pass header.d=example.se header.s=s1 header.b=abc;\n\tspf=pass ({MX}: domain of maja@example.se "
    "designates 192.0.2.1 as permitted sender) smtp.mailfrom=maja@example.se;\n\tdmarc=pass (policy=reject) "
    "header.from=example.se"
)
GMAIL = (
    "mx.google.com;\r\n       dkim=pass header.i=@example.se header.s=20230601 header.b=X0;\r\n       spf=pass "
    "(google.com: domain of maja@example.se designates 192.0.2.41 as permitted sender) smtp.mailfrom=maja@example.se;"
    "\r\n       dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=example.se"
)
MICROSOFT = (
    "spf=pass (sender IP is 192.0.2.1)\n smtp.mailfrom=example.se; dkim=pass (signature was verified)\n header.d="
    "example.se;dmarc=pass action=none\n header.from=example.se;compauth=pass reason=100"
)


@pytest.mark.parametrize(
    ("value", "server", "said"),
    [
        (OPENDMARC, MX, "pass"),
        (OPENDKIM, MX, "pass"),
        (RSPAMD, MX, "pass"),
        (GMAIL, "mx.google.com", "pass"),
        (MICROSOFT, "", "pass"),
        (f"{MX} 1; none", MX, ""),
        (f"{MX}", MX, ""),
        ("", "", ""),
        (f"{MX}; dmarc=fail (p=none dis=none) header.from=example.se", MX, "fail"),
        (f"{MX}; dmarc=fail header.from=example.se; dkim=pass header.d=example.se", MX, "fail"),
        (f"{MX}; dkim=pass header.d=example.se; dmarc=none header.from=example.se", MX, "pass"),
        (f"{MX}; dmarc=temperror; spf=pass smtp.mailfrom=example.se", MX, "pass"),
        (f"{MX}; spf=fail smtp.mailfrom=example.se", MX, ""),
        (f"{MX}; dkim=fail header.d=example.se; spf=softfail smtp.mailfrom=example.se", MX, ""),
        (f"{MX}; spf=pass smtp.helo=example.se", MX, ""),
        (f"{MX}; spf=pass smtp.mailfrom=bounce@news.example.se", MX, "pass"),
        (f"{MX}; dkim=pass header.d=other.example", MX, ""),
        (f"{MX}; dkim=pass header.d=se", MX, ""),
        (f"{MX}; dkim=pass header.d=notexample.se", MX, ""),
        (f"{MX}; dkim=pass header.d=other.example; dkim=pass header.d=example.se", MX, "pass"),
        (f"{MX}; dmarc=pass header.from=other.example", MX, ""),
        (f"{MX}; dmarc=pass header.from=other.example; dkim=pass header.d=example.se", MX, ""),
        (f"{MX}; dmarc=pass header.from=example.se; dmarc=fail header.from=example.se", MX, "fail"),
        (f"{MX}; DMARC = PASS Header.From = EXAMPLE.SE", MX.upper().lower(), "pass"),
        (f"{MX.upper()}.; dmarc/1=pass", MX, "pass"),
        (f"(a (comment) dmarc=fail) {MX} (and ; one) ; dmarc=(x)pass(y)", MX, "pass"),
        (f'{MX}; spf=pass smtp.mailfrom="x; dmarc=pass"@other.example', MX, ""),
        (f'{MX}; dkim=fail reason="; dmarc=pass header.from=example.se"', MX, ""),
        (f"{MX}; dkim=fail (; dmarc=pass header.from=example.se", MX, ""),
        (f'{MX}; dkim=fail reason="; dmarc=pass header.from=example.se', MX, ""),
        (f'{MX}; spf=pass smtp.mailfrom="x@example.se"@evil.example; dmarc=none header.from=example.se', MX, ""),
        (f'{MX}; spf=pass smtp.mailfrom="\\"x@example.se\\"@evil.example"', MX, ""),
        (f'{MX}; spf=pass smtp.mailfrom="x@example.se" (a) @evil.example', MX, ""),
        (f'{MX}; spf=pass smtp.mailfrom="x@example.se". y@evil.example smtp.helo=evil.example', MX, ""),
        (f"{MX}; spf=pass smtp.mailfrom=example.se=x@evil.example", MX, ""),
        (f"{MX}; spf=pass smtp.mailfrom=x=smtp.mailfrom=example.se=y@evil.example", MX, ""),
        (f"{MX}; dkim=pass header.i=x=header.d=example.se header.b=abc", MX, ""),
        (f'{MX}; dkim=pass header.i="x@example.se"@evil.example', MX, ""),
        (f'{MX}; dmarc=pass header.from="x@example.se"@evil.example', MX, ""),
        (f'{MX}; dmarc=pass header.from="x@example.se" @evil.example', MX, ""),
        (f'{MX}; spf=pass smtp.mailfrom="maja@example.se"', MX, "pass"),
        (f'{MX}; spf=pass smtp.mailfrom="maja ek"@example.se smtp.helo=evil.example', MX, "pass"),
        (f'{MX}; dkim=pass header.d=example.se header.b="a"==', MX, "pass"),
        (f"{MX}; dmarc pass", MX, ""),
        (f"{MX}; = pass", MX, ""),
    ],
)  # fmt: skip
def test_a_line(value: str, server: str, said: str) -> None:
    assert attested([value], MAJA) == ((server, said),)


@pytest.mark.parametrize("sender", ["", "maja", "@example.se "])
def test_nothing_is_said_of_nobody(sender: str) -> None:
    assert attested([f"{MX}; dkim=pass header.d=example.org"], sender) == ((MX, ""),)


def test_a_domain_beyond_ascii_is_the_same_in_both_spellings() -> None:
    for told in ("xn--rksmrgs-5wao1o.example", "räksmörgås.example"):
        assert attested([f"{MX}; dmarc=pass header.from={told}"], "anna@räksmörgås.example") == ((MX, "pass"),)


def test_only_the_topmost_line_of_a_trusted_server_is_believed() -> None:
    """What lies lower came with the mail: a stranger may have written it in that server's name."""
    honest, forged = f"{MX}; dmarc=fail header.from=example.se", f"{MX}; dmarc=pass header.from=example.se"
    silent, other = f"{MX}; spf=neutral", "mx.other.example; dmarc=pass header.from=example.se"
    assert verdict(attested([honest, forged], MAJA), [MX]) == "fail"
    assert verdict(attested([silent, forged], MAJA), [MX]) == ""
    assert verdict(attested([other, silent, forged], MAJA), [MX]) == ""
    assert verdict(attested([other, honest], MAJA), [MX, "mx.other.example"]) == "pass"
    assert verdict(attested([other], MAJA), [MX]) == ""
    assert verdict(attested([forged], MAJA), []) == ""
    assert verdict(attested([MICROSOFT], MAJA), [MX]) == ""
    assert verdict(attested([MICROSOFT], MAJA), [""]) == "pass"
    assert verdict(attested([forged], MAJA), [f" {MX.upper()}. "]) == "pass"


def test_the_reader_hands_it_over() -> None:
    raw = f"Authentication-Results: {GMAIL}\r\nFrom: Maja <{MAJA}>\r\nAuthentication-Results: {MX}; none\r\n\r\nHej"
    message = reader_wire.unpack_reply(reader_wire.pack_message(read(raw.encode(), Envelope(MAJA, ()))))
    assert message.attested == (("mx.google.com", "pass"), (MX, ""))


def test_of_two_senders_nothing_is_said() -> None:
    """A server looks at one From line, a mail program may show the other."""
    raw = f"Authentication-Results: {OPENDMARC}\r\nFrom: {MAJA}\r\nFrom: bo@example.com\r\n\r\nHej"
    assert read(raw.encode(), Envelope(MAJA, ())).attested == ()


@given(st.text(alphabet='abc.;=()"\\ @/1\n\tåpasdmrchefo-', max_size=300))
def test_whatever_is_written_is_read(value: str) -> None:
    line = read_line(value)
    assert line.server == line.server.lower()
    assert attested([value], MAJA)[0][1] in ("", "pass", "fail")


@given(st.text(max_size=200))
def test_what_stands_in_quotes_or_comments_is_no_result(text: str) -> None:
    quoted = text.replace("\\", "").replace('"', "")
    commented = text.replace("\\", "").replace("(", "").replace(")", "")
    assert attested([f'{MX}; spf=fail reason="{quoted}" ({commented})'], MAJA) == ((MX, ""),)


@given(
    st.sampled_from(["spf=pass smtp.mailfrom", "dkim=pass header.i", "dmarc=pass header.from"]),
    st.one_of(st.text(max_size=40), st.text(alphabet='x@.= ;"\\example.se', max_size=40)),
    st.sampled_from(["", " ", "\r\n\t", "(a)", " (a) "]),
)
def test_a_stranger_who_chooses_what_stands_before_the_at_is_not_somebody_else(
    told: str, local: str, between: str
) -> None:
    quoted = local.replace("\\", "\\\\").replace('"', '\\"')
    plain = re.sub(r"[^\w.=@]", "", local)
    for value in (f'"{quoted}"{between}@evil.example', f'"{quoted}@example.se"{between}@evil.example'):
        assert attested([f"{MX}; {told}={value}"], MAJA) == ((MX, ""),)
    assert attested([f"{MX}; {told}=example.se={plain}@evil.example"], MAJA) == ((MX, ""),)


@pytest.mark.parametrize("piece", ["(", ")", '"', ";", "=", "a=b;", "(a)", "\\", '("', "a ", "=;", "x.y=z ", 'a"b"'])
def test_the_longest_line_takes_no_time(piece: str) -> None:
    began = time.perf_counter()
    attested([f"{MX}; {piece * (16_384 // len(piece))}"] * 50, MAJA)
    assert time.perf_counter() - began < 2.0
