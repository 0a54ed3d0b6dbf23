"""Fields, encoded words, parameters and addresses."""

from __future__ import annotations

import pytest

from channels.email.addresses import address, addresses, one_spelling, with_letters
from channels.email.charset import codec, decode, one_line, tidy
from channels.email.fields import MAX_VALUE, read_fields
from channels.email.parameters import read_parameters
from channels.email.words import decode_words


class TestFields:
    def test_folded_lines_are_one_value(self) -> None:
        fields, body = read_fields(b"Subject: a\r\n b\r\n\tc\r\nTo: x\r\n\r\nbody", 0, 33)
        assert fields.first("subject").split() == ["a", "b", "c"]
        assert fields.first("to") == "x"
        assert body == 29

    def test_a_bare_cr_makes_no_new_header(self) -> None:
        raw = b"Subject: a\rBcc: x@example.se\r\n\r\n"
        fields, _ = read_fields(raw, 0, len(raw))
        assert fields.first("subject") == "a Bcc: x@example.se"
        assert "bcc" not in fields.values

    def test_the_first_line_of_an_mbox_is_skipped(self) -> None:
        raw = b"From anna Thu Mar  5 10:11:12 2026\r\nSubject: x\r\n\r\n"
        assert read_fields(raw, 0, len(raw))[0].first("subject") == "x"

    def test_a_line_that_is_no_header_begins_the_body(self) -> None:
        raw = b"Subject: x\r\nHej du\r\n"
        fields, body = read_fields(raw, 0, len(raw))
        assert (fields.first("subject"), raw[body:]) == ("x", b"Hej du\r\n")

    def test_an_endless_value_is_read_to_its_bound(self) -> None:
        raw = b"Subject: " + b"x" * 1_000_000 + b"\r\nTo: y\r\n\r\n"
        fields, body = read_fields(raw, 0, len(raw))
        assert len(fields.first("subject")) <= MAX_VALUE
        assert fields.first("to") == "y"
        assert body == len(raw)


class TestWords:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ("plain", "plain"),
            ("=?utf-8?Q?R=C3=A4k?=", "Räk"),
            ("=?utf-8?q?a_b?=", "a b"),
            ("=?UTF-8?B?w6Q=?=", "ä"),
            ("=?iso-8859-1?Q?=E5?= =?iso-8859-1?Q?=E4?=", "åä"),
            ("=?utf-8?Q?=C3?= =?utf-8?Q?=A4?=", "ä"),
            ("=?utf-8?Q?a?= b =?utf-8?Q?c?=", "a b c"),
            ("=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"),
            ("=?utf-8*sv?Q?=C3=A5?=", "å"),
            ("x=?utf-8?Q?y?=z", "xyz"),
            ("=?x?Q?", "=?x?Q?"),
            ("=?no-such?Q?=C3=A5?=", "å"),
            ("=?utf-8?Q?med blank?=", "med blank"),
            ("=?utf-8?Q?a=3D?=", "a="),
            ("=?utf-8?B?SGU=?=", "He"),
            ("=?a?q?=?a?q?b?=", "=?a?q?b"),
            ("=?utf-8?Q?a?= =?utf-8?Q?b", "ab"),
            ("=?utf-8?Q?a?= =?utf-8?Q?b c", "a =?utf-8?Q?b c"),
            ("se =?utf-8?Q?=3D=3Futf-8=3FQ=3Fa=3F=3D?=", "se =?utf-8?Q?a?="),
            ("=?utf-8?B?SGVq?= =?iso-8859-1?B?5Q==?=", "Hejå"),
        ],
    )
    def test_decoding(self, value: str, text: str) -> None:
        assert decode_words(value) == text


class TestParameters:
    @pytest.mark.parametrize(
        ("value", "head", "parameters"),
        [
            ("text/plain", "text/plain", {}),
            ("Text/HTML; Charset=UTF-8", "text/html", {"charset": "UTF-8"}),
            ('a/b; name="x; y=\\"z\\""', "a/b", {"name": 'x; y="z"'}),
            ('a/b; name="x "y" z"; w=1', "a/b", {"name": 'x "y" z', "w": "1"}),
            ('a/b; x="1" name="2"', "a/b", {"x": "1", "name": "2"}),
            ('a/b; name="C:\\anna\\x.pdf"', "a/b", {"name": "C:\\anna\\x.pdf"}),
            ("a/b; name*=utf-8''%C3%A5", "a/b", {"name": "å"}),
            ("a/b; name*=iso-8859-1'sv'%E5", "a/b", {"name": "å"}),
            ("a/b; name*1=two; name*0=one", "a/b", {"name": "onetwo"}),
            ("a/b; name*0*=utf-8''%C3; name*1*=%A5; name*2=.txt", "a/b", {"name": "å.txt"}),
            ("a/b; name=x; name*=utf-8''y", "a/b", {"name": "y"}),
            ("a/b; name==?utf-8?Q?=C3=A5?=", "a/b", {"name": "å"}),
            ("a/b; x=1; x=2", "a/b", {"x": "1"}),
            ('a/b; open="never', "a/b", {"open": "never"}),
            (";;; ; charset = utf-8 ;", "", {"charset": "utf-8"}),
            ("a/b; name*x=1", "a/b", {}),
            ("a/b; boundary=a=b", "a/b", {"boundary": "a=b"}),
            ("text/html charset=utf-8", "text/html", {"charset": "utf-8"}),
            ("text/html, charset=utf-8", "text/html", {"charset": "utf-8"}),
            ("text/html (bra; så) ; charset=utf-8", "text/html", {"charset": "utf-8"}),
        ],
    )
    def test_reading(self, value: str, head: str, parameters: dict[str, str]) -> None:
        assert read_parameters(value) == (head, parameters)


class TestAddresses:
    @pytest.mark.parametrize(
        ("value", "found"),
        [
            ("anna@example.se", [("anna@example.se", "")]),
            ("<Anna@Example.SE>", [("anna@example.se", "")]),
            ("Anna Ek <anna@example.se>", [("anna@example.se", "Anna Ek")]),
            ('"Ek, Anna" <anna@example.se>', [("anna@example.se", "Ek, Anna")]),
            ("Ek, Anna <anna@example.se>", [("anna@example.se", "Ek, Anna")]),
            ("anna@example.se (Anna Ek)", [("anna@example.se", "Anna Ek")]),
            ("a@example.se, B <b@example.se>; c@example.se",
             [("a@example.se", ""), ("b@example.se", "B"), ("c@example.se", "")]),
            ("Alla: a@example.se, b@example.se;", [("a@example.se", ""), ("b@example.se", "")]),
            ("a@example.se : b@example.se", [("a@example.se", ""), ("b@example.se", "")]),
            ("undisclosed-recipients:;", []),
            ("kontakt@ekhamra.example <evil@example.com>", [("evil@example.com", "")]),
            ('"kontakt@ekhamra.example" <evil@example.com>', [("evil@example.com", "")]),
            ('"anna@example.se" <anna@example.se>', [("anna@example.se", "anna@example.se")]),
            ("a@example.se b@example.se", [("a@example.se", ""), ("b@example.se", "")]),
            ("<a@example.se> <b@example.se>", [("a@example.se", ""), ("b@example.se", "")]),
            ('"a\\" <spoof@example.se>, \\"b" <real@example.se>', [("real@example.se", "")]),
            ('"open <anna@example.se>', [("anna@example.se", "open")]),
            ('"anna.ek"@example.se', [("anna.ek@example.se", "")]),
            ('"anna;ek"@example.se', [('"anna;ek"@example.se', "")]),
            ("<@relay.example,@b.example:anna@example.se>", [("anna@example.se", "")]),
            ("mailto:anna@example.se", [("anna@example.se", "")]),
            ("=?utf-8?Q?=C3=85sa?= <åsa@räksmörgås.example>", [("åsa@räksmörgås.example", "Åsa")]),
            ("anna", []),
            ("@example.se", []),
            ("anna@", []),
            ('"x" <>', []),
            ("a\u202egro.elpmaxe@b <anna@example.se>", [("anna@example.se", "")]),
            ("(a (b) <spoof@example.se>) real@example.se", [("real@example.se", "")]),
            ("(\\) <spoof@example.se> \\() real@example.se", [("real@example.se", "")]),
            ("real@example.se (a (b) spoof@example.se)", [("real@example.se", "")]),
            ("real@example.se ( (c) <spoof@example.se>", [("real@example.se", "")]),
            ("(open <anna@example.se>", [("anna@example.se", "open")]),
            ("(open (b) <anna@example.se>", [("anna@example.se", "open b")]),
            ("< anna @ example . se >", [("anna@example.se", "")]),
            ("Anna <anna@example.se (hem)>", [("anna@example.se", "Anna")]),
            ("anna @ example.se", [("anna@example.se", "")]),
            ("kontakt＠ekhamra.example <evil@example.com>", [("evil@example.com", "")]),
            ("\u200banna@example.se\u200b", [("anna@example.se", "")]),
        ],
    )  # fmt: skip
    def test_reading(self, value: str, found: list[tuple[str, str]]) -> None:
        assert [(mailbox.value, mailbox.name) for mailbox in addresses(value)] == found

    @pytest.mark.parametrize(
        ("text", "known_as"),
        [
            ("anna@xn--rksmrgs-5wao1o.example", "anna@räksmörgås.example"),
            ("anna@räksmörgås.example", "anna@räksmörgås.example"),
            ("anna@xn--80ak6aa92e.example", "anna@xn--80ak6aa92e.example"),
            ("anna@xn--a.example", "anna@xn--a.example"),
            ("anna@xn--.example", "anna@xn--.example"),
            ("xn--a@example.se", "xn--a@example.se"),
            ("", ""),
        ],
    )
    def test_a_sender_is_known_by_letters(self, text: str, known_as: str) -> None:
        assert with_letters(text) == known_as

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "a",
            "a@b@c",
            "a b@c.se",
            "<a@b.se>",
            "a@b\n.se",
            "a@" + "b" * 400,
            "a,b@c.se",
            "\u212aalle@example.se",
            "anna\u202e@example.se",
            "an\u00adna@example.se",
            "anna@exam\u200bple.se",
            "anna\x85@example.se",
            "a\ud800@b.se",
        ],
    )
    def test_what_is_no_address(self, text: str) -> None:
        assert address(text) is None


class TestCharset:
    @pytest.mark.parametrize("name", ["unicode_escape", "punycode", "idna", "hex", "undefined", "x\0y", "å", "a" * 99])
    def test_what_is_no_character_set(self, name: str) -> None:
        assert codec(name) is None
        assert decode(b"abc", name) == "abc"

    @pytest.mark.parametrize(
        ("data", "declared", "text"),
        [
            ("åäö".encode(), "utf-8", "åäö"),
            ("åäö".encode("latin-1"), "utf-8", "åäö"),
            ("åäö".encode(), "iso-8859-1", "åäö"),
            ("“€”".encode("cp1252"), "iso-8859-1", "“€”"),
            ("€".encode("iso-8859-15"), "latin-9", "€"),
            ("привет".encode("koi8-r"), "KOI8-R", "привет"),
            ("日本".encode("iso-2022-jp"), "iso-2022-jp", "日本"),
            (b"\xef\xbb\xbfx", "", "x"),
            (b"\x81", "utf-8", "\ufffd"),
            ("åäö ÅÄÖ".encode(), "macintosh", "åäö ÅÄÖ"),
            ("Кі".encode("cp1251"), "windows-1251", "Кі"),
            ("Кі".encode("cp1251"), "win-1251", "Кі"),
            ("Кі".encode("cp1251"), "x-cp1251", "Кі"),
            ("привет".encode("koi8-r"), "koi8r", "привет"),
            ("a\nÅsa på ön\nb".encode().decode("cp1252").encode(), "", "a\nÅsa på ön\nb"),
            ("Ã¥ är å".encode(), "utf-8", "Ã¥ är å"),
            ("Ã¥ 👍".encode(), "utf-8", "Ã¥ 👍"),
            ("på åter".encode("cp850"), "", "p† †ter"),
            ("båten såld".encode("cp850"), "", "båten såld"),
            (b"\0H\0e\0j", "utf-16", "Hej"),
            (b"Hej", "utf-16", "Hej"),
            (b"H\0e\0j\0", "utf-16", "Hej"),
            (b"\xff\xfeH\0e\0j\0", "iso-8859-1", "Hej"),
            (b"\xe5 +AOU- \x1b$", "utf-8", "å +AOU- \x1b$"),
        ],
    )
    def test_decoding(self, data: bytes, declared: str, text: str) -> None:
        assert decode(data, declared) == text

    def test_tidy(self) -> None:
        assert tidy("a\r\nb\rc\0\x1b\ud800d\u0308e\tf\u2028g") == "a\nb\ncd\u0308e\tf\ng"

    def test_normalising_in_pieces_is_the_same(self) -> None:
        text = "A\u030angstro\u0308m pa\u030a o\u0308n\n" * 1_000
        assert tidy(text) == "Ångström på ön\n" * 1_000

    def test_one_line(self) -> None:
        assert one_line(" a\r\n b\u202ec\x07  d ") == "a bc d"
        assert one_line("an\u00ad\u061c\u3164na\u200c \U000e0041x") == "anna\u200c x"
        assert len(one_line("x" * 5_000)) == 1_000


@pytest.mark.parametrize(
    ("text", "compared_as"),
    [
        ("Anna@RÄKSMÖRGÅS.example ", "anna@räksmörgås.example"),
        ("anna@xn--rksmrgs-5wao1o.example", "anna@räksmörgås.example"),
        ("@xn--rksmrgs-5wao1o.example", "@räksmörgås.example"),
        ("@ra\u0308ksmo\u0308rga\u030as.example", "@räksmörgås.example"),
        ("@пример.example", "@xn--e1afmkfd.example"),
        ("@xn--e1afmkfd.example", "@xn--e1afmkfd.example"),
        ("@straße.example", "@straße.example"),
        ("пример", "пример"),
        (f"a@{'п' * 70}.example", f"a@{'п' * 70}.example"),
        ("", ""),
    ],
)
def test_both_spellings_of_a_domain_are_compared_as_one(text: str, compared_as: str) -> None:
    assert one_spelling(text) == compared_as
    assert one_spelling(compared_as) == compared_as
