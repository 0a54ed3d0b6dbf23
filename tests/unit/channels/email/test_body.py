"""Text from HTML, HTML that may be shown, flowed text, names of files, quoted history, automatic mail, content keys."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from channels.email.attachments import safe_media_type, safe_name
from channels.email.automatic import automatic_reason
from channels.email.clean import clean, has_pictures_left, is_bounded, lift_pictures
from channels.email.fields import Fields
from channels.email.identity import bare_subject, content_key
from channels.email.parse import read
from channels.email.plain import text_of_any_html, text_of_clean_html, unflow
from channels.email.quotes import find_history
from channels.email.reports import is_also_written
from channels.message import Attachment, Envelope

DATA = Path(__file__).parents[3] / "data" / "mail"

ATTACKS = """
<script>x</script>
<img src=x onerror=x>
<a href='javascript:x'>a</a>
<a href='JaVa\tScript:x'>a</a>
<a href='\u2028javascript:x'>a</a>
<a href='data:text/html,x'>a</a>
<a href='vbscript:x'>a</a>
<a href='//a.example'>a</a>
<a href='/logga-ut'>a</a>
<svg><script>x</script></svg>
<math><mi xlink:href='javascript:x'>
<iframe srcdoc='x'>
<object data=x>
<embed src=x>
<form action=x><button formaction=x>
<meta http-equiv=refresh content='0;url=x'>
<base href=x>
<link rel=stylesheet href=x>
<style>@import 'x'</style>
<p style='background:url(x)'>
<body onload=x>
<p id=x name=x class=x>
<img srcset='https://a.example/x 2x'>
<video src=x autoplay>
<noscript><p title='</noscript><img src=x onerror=x>'>
<table background='https://a.example/x'>
<img src='data:image/svg+xml;base64,x'>
<img src='file:///etc/passwd'>
<template><img onerror=x src=x></template>
"""
FORBIDDEN = (
    "script onerror onload style srcset action data: href src= url( <iframe <object <embed <form <meta <base <link "
    "<svg <math id= class= //"
)


class TestTextOfHtml:
    @pytest.mark.parametrize(
        ("html", "text"),
        [
            ("<p>a</p><p>b</p>", "a\n\nb"),
            ("<div>a</div><div>b</div>", "a\nb"),
            ("a<br>b<br><br>c", "a\nb\n\nc"),
            ("<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>", "* a\n* b\n* c"),
            ("<ol><li>a</li><li><p>b</p></li></ol>", "1. a\n2. b"),
            ("<table><tbody><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></tbody></table>", "a  b\nc"),
            ("x<blockquote><p>a</p><p>b</p></blockquote>y", "x\n\n> a\n>\n> b\n\ny"),
            ("<pre>a\n  b</pre>", "a\n  b"),
            ("a &lt;b&gt; &amp; c&nbsp;d", "a <b> & c d"),
            ('<img alt="a > b" src="cid:x">text', "text"),
            ("  a \n  b  ", "a b"),
            ("</blockquote></ul></pre>a", "a"),
            ("", ""),
        ],
    )
    def test_of_clean_html(self, html: str, text: str) -> None:
        assert text_of_clean_html(html) == text

    @pytest.mark.parametrize(
        ("html", "text"),
        [
            ("<p>a<p>b", "a\nb"),
            ("a<script>if (1<2) x()</script>b<style>p{}</style><!-- no -->c", "abc"),
            ("a<script>never closed", "anever closed"),
            ("1 < 2 & 3 &gt; 2", "1 < 2 & 3 > 2"),
        ],
    )
    def test_of_any_html(self, html: str, text: str) -> None:
        assert text_of_any_html(html) == text


class TestCleanHtml:
    @pytest.mark.parametrize("html", ATTACKS.strip().split("\n"))
    def test_nothing_that_acts_is_left(self, html: str) -> None:
        cleaned = clean(f"<p>före</p>{html}")
        assert cleaned is not None
        assert [word for word in FORBIDDEN.split() if word in cleaned.html.lower()] == []
        assert not cleaned.has_remote_images

    def test_what_is_kept(self) -> None:
        cleaned = clean(
            '<h1 dir="rtl">r</h1><a href="mailto:a@example.se">m</a><a href="tel:+46701740605">t</a>'
            '<a href="HTTPS://example.se/?a=1&b=2">l</a><img src="cid:x@y" alt="bild" width="10"><td colspan=2>'
        )
        assert cleaned is not None
        assert cleaned.html.count('rel="noopener noreferrer"') == cleaned.html.count('target="_blank"') == 3
        kept = ['dir="rtl"', "mailto:a@example.se", "tel:+46701740605", "a=1&amp;b=2", 'src="cid:x@y"', 'alt="bild"']
        assert [part for part in kept if part not in cleaned.html] == []

    @pytest.mark.parametrize("source", ["https://a.example", "http://a.example", "cid:x"])
    def test_remote_images_are_reported(self, source: str) -> None:
        cleaned = clean(f"<img src='{source}'>")
        assert cleaned is not None
        assert cleaned.has_remote_images is (source != "cid:x")
        assert source in cleaned.html

    @pytest.mark.parametrize("opening", ['<p a=x" ', "<p < ", "</p ", '<p a=">" '])
    def test_attributes_are_counted_as_parsers_see_them(self, opening: str) -> None:
        attributes = " ".join(f"a{number}" for number in range(1_000))
        assert not is_bounded(f"{opening}{attributes}>x")
        assert is_bounded(f"{opening}>{attributes}<p>")

    def test_formatting_that_would_be_repeated_without_end_is_left_out(self) -> None:
        fonts = "".join(f"<font a={number}>" for number in range(400))
        cleaned = clean(f"<p>{fonts}</p>" + "<p>Hej <b>du</b></p>" * 1_000)
        assert cleaned is not None
        assert cleaned.html.count("<p>Hej <span>du</span></p>") == 1_000
        assert len(cleaned.html) < 100_000

    def test_pictures_in_the_html_become_files(self) -> None:
        html, pictures = lift_pictures("<img src=\"data:image/jpg;base64,SGVq\"><img SRC = 'data:image/gif;base64,!'>")
        assert [(p.name, p.media_type, p.content) for p in pictures] == [("picture-1.jpg", "image/jpeg", b"Hej")]
        assert pictures[0].inline
        assert 'src="cid:picture-1@inline"' in html
        assert has_pictures_left(html)

    def test_pictures_without_quotes_and_of_any_kind_become_files(self) -> None:
        html, pictures = lift_pictures(
            "<img src=data:image/bmp;base64,SGVq alt=x><img src='data:image/svg+xml;charset=utf-8;base64,SGVq'>", 4
        )
        assert [(p.name, p.content) for p in pictures] == [("picture-4.bmp", b"Hej"), ("picture-5.svg", b"Hej")]
        assert html == '<img src="cid:picture-4@inline" alt=x><img src="cid:picture-5@inline">'
        assert not has_pictures_left(html)

    def test_what_people_wrote_in_a_form_is_text(self) -> None:
        cleaned = clean("<textarea>Min <b>fråga</b></textarea><noscript><p>Utan skript</noscript><select><option>Ja")
        assert cleaned is not None
        assert "<b>" not in cleaned.html
        assert [word for word in ("Min ", "fråga", "Utan skript", "Ja") if word not in cleaned.html] == []


class TestUnflow:
    @pytest.mark.parametrize(
        ("text", "delete_space", "unflowed"),
        [
            ("a \nb\nc", False, "a b\nc"),
            ("a \nb", True, "ab"),
            (" >stuffed\n From", False, ">stuffed\nFrom"),
            ("> a \n> b\n>> c", False, "> a b\n>> c"),
            ("> a \nb", False, "> a \nb"),
            ("a \n\nb", False, "a \n\nb"),
            ("text \n-- \nAnna", False, "text \n-- \nAnna"),
            ("", False, ""),
        ],
    )
    def test_unflow(self, text: str, delete_space: bool, unflowed: str) -> None:
        assert unflow(text, delete_space) == unflowed


class TestFileNames:
    @pytest.mark.parametrize(
        ("name", "media_type", "safe"),
        [
            ("bild.png", "image/png", "bild.png"),
            ("../../x/y.pdf", "application/pdf", "y.pdf"),
            ("C:\\x\\y.pdf", "application/pdf", "y.pdf"),
            ("", "application/pdf", "file-3.pdf"),
            ("", "message/delivery-status", "leveransrapport.txt"),
            ("rapport.txt", "message/delivery-status", "rapport.txt"),
            ("", "message/global-disposition-notification", "mottagningskvitto.txt"),
            ("", "text/rfc822-headers", "brevhuvud.txt"),
            ("...", "x/y", "file-3"),
            (".htaccess", "x/y", "htaccess"),
            ("a\0b\r\nc.txt", "x/y", "ab c.txt"),
            ("a\u200b.p\u200bhp", "x/y", "a.php"),
            ("gnp\u202eexe.png", "x/y", "gnpexe.png"),
            ('<b>"x"|y?.html', "x/y", "_b__x__y_.html"),
            ("brev", "message/rfc822", "brev.eml"),
            ("  a b .txt ", "x/y", "a b.txt"),
            ("CON", "x/y", "_CON"),
            ("aux.tar.gz", "x/y", "_aux.tar.gz"),
            ("konto.pdf", "x/y", "konto.pdf"),
            ("gnp\u061cexe.\u00adpng", "x/y", "gnpexe.png"),
            ("å" * 300 + ".pdf", "x/y", "å" * 116 + ".pdf"),
            ("utan ändelse. Men mening", "x/y", "utan ändelse. Men mening"),
        ],
    )
    def test_safe_name(self, name: str, media_type: str, safe: str) -> None:
        assert safe_name(name, media_type, 3) == safe

    @pytest.mark.parametrize("media_type", ["text", "text/html\r\nX: y", "a/b;c", "a/b/c", "", "å/b", "text /plain"])
    def test_media_types_that_are_none(self, media_type: str) -> None:
        assert safe_media_type(media_type) == "application/octet-stream"


class TestQuotes:
    @pytest.mark.parametrize(
        ("text", "own"),
        [
            ("a\n\nOn Thu, Mar 5, 2026, Anna <a@example.se> wrote:\nb", "a\n\n"),
            ("a\n\nOn Mar 5, 2026, at 10:11,\nAnna Ek\nwrote:\n> b", "a\n\n"),
            ("a\nAnna Ek <a@example.se> skrev:\n> b", "a\n"),
            ("a\n\nFrån: Anna Skickat: den 5 mars 2026 Till: oss Ämne: x\nb", "a\n\n"),
            ("a\n> b\n> c\n", "a\n"),
            ("a\n\n-------- Ursprungligt meddelande --------\nb", "a\n\n"),
            ("a\n\nLe jeu. 5 mars 2026 à 10:11, Anna <a@example.se> a écrit :\n> b", "a\n\n"),
        ],
    )
    def test_found(self, text: str, own: str) -> None:
        start = find_history(text)
        assert start is not None
        assert text[:start] == own

    @pytest.mark.parametrize(
        "text",
        [
            "", "a", "> a", "a\n> b\nc", "a\n> b\nc\n> d", "Hon skrev:\nkom hit",
            "Den 5 mars 2026 10:11 skrev jag till er:\nhej",
            "Från: Storgatan\nTill: Torget\nDatum: i morgon", "Så här skrev kommunen 2026:\nnej", "Se a > b\n-- \nAnna",
            "Hej\nNi på a@example.se skrev att jag skulle sända:\nritning\nkarta",
            "Hej\nDen 5 mars 2026 kl 10:12 skrev er handläggare:\ndet är klart.",
            "Hej\nDen 5 mars 2026 kl 10.12 skrev min granne på anslagstavlan:\nIngen får parkera.",
            "Hej\nOn 5 March 2026 at 10:12 my neighbour wrote to a@example.se:\nNo parking",
            "Se svar\nAnna <a@example.se> skrev:\n> När?\n\nHämta den via mail.",
            "Se svar\nAnna <a@example.se> skrev:\n> Hur?\n\nSkickat via mail i går",
            "Hej\nAnna <a@example.se> skrev:\n\n\n\n\n\n\n> Hur hög?\nEn meter.\n> Vilken färg?\nRöd.",
            "Hej\n\nÄmne: färdtjänst\nFrån: Storgatan 1\nTill: Torget 2\nDatum: 1 december\n\nJag behöver rullstol.",
            "Till: er\nSubject: x\n\nhej", "a\n-----\nb", "a\n_____________\nb",
        ],
    )  # fmt: skip
    def test_not_found(self, text: str) -> None:
        assert find_history(text) is None

    @pytest.mark.parametrize("subject", ["VB: x", "Fwd: x", "FW: x", "VS: x", "WG: x"])
    def test_forwarded_mail_is_never_folded(self, subject: str) -> None:
        assert find_history("a\n\n-----Original Message-----\nb", subject) is None


class TestAutomatic:
    @pytest.mark.parametrize(
        ("values", "subject", "reason"),
        [
            ({}, "Autosvar", "away_subject"),
            ({}, "Autosvaret fungerar inte", None),
            ({}, "Out of office hours: vem ringer jag?", None),
            ({}, "Frånvaromeddelande", "away_subject"),
            ({}, "Frånvaromeddelande: Bygglov", "away_subject"),
            ({}, "Frånvaromeddelande för Elias Ek, 3B", None),
            ({"x-autoreply": ["yes"]}, "", "auto_reply"),
            ({"auto-submitted": ["no"]}, "", None),
            ({"auto-submitted": ["Auto-Replied; x"]}, "", "auto_reply"),
            ({"auto-submitted": ["(away) auto-replied"]}, "", "auto_reply"),
            ({"auto-submitted": ["(a person) no"]}, "", None),
            ({"auto-submitted": ["auto-notified"]}, "", "auto_generated"),
            ({"precedence": ["auto_reply"]}, "", "auto_reply"),
            ({"precedence": ["junk"]}, "", "bulk"),
            ({"list-unsubscribe": ["<x>"]}, "", "list"),
            ({"x-failed-recipients": ["a@example.se"]}, "", None),
        ],
    )
    def test_reasons(self, values: dict[str, list[str]], subject: str, reason: str | None) -> None:
        assert automatic_reason(Fields(values), "a@example.se", "a@example.se", subject, "text/plain") == reason

    @pytest.mark.parametrize(
        ("content_type", "parts", "reason"),
        [
            ("multipart/report; report-type=delivery-status", [], "bounce"),
            ("multipart/report; report-type=disposition-notification", [], "receipt"),
            ("multipart/report; report-type=feedback-report", ["message/delivery-status"], "auto_generated"),
            ('multipart/report; report-type="tlsrpt"', ["application/tlsrpt+gzip"], "auto_generated"),
            ("multipart/report", ["text/plain", "message/disposition-notification"], "receipt"),
            ("multipart/report", ["text/plain", "message/global-delivery-status"], "bounce"),
            ("multipart/report", [], "bounce"),
        ],
    )
    def test_reports(self, content_type: str, parts: list[str], reason: str) -> None:
        fields = Fields({"content-type": [content_type]})
        assert automatic_reason(fields, "a@example.se", "a@example.se", "x", "multipart/report", parts) == reason

    def test_a_report_that_a_server_put_into_another_mail(self) -> None:
        parts = ["multipart/report", "message/delivery-status"]
        assert automatic_reason(Fields({}), "", "a@example.se", "x", "multipart/mixed", parts) == "bounce"
        assert automatic_reason(Fields({}), "a@example.se", "a@example.se", "x", "multipart/mixed", parts) is None

    def test_failed_recipients_alone_are_no_report(self) -> None:
        """Exim writes that line into its reports, and anybody can write it into a mail."""
        fields, daemon = Fields({"x-failed-recipients": ["a@example.se"]}), "mailer-daemon@example.se"
        parts = ["text/plain", "message/delivery-status"]
        assert automatic_reason(fields, "a@example.se", "a@example.se", "x", "text/plain") is None
        assert automatic_reason(fields, "", "a@example.se", "x", "text/plain") == "bounce"
        assert automatic_reason(fields, "a@example.se", daemon, "x", "text/plain") == "bounce"
        assert automatic_reason(fields, "a@example.se", "a@example.se", "x", "multipart/mixed", parts) == "bounce"

    @pytest.mark.parametrize(
        ("text", "is_written"),
        [
            ("Läst.", False),
            ("Meddelandet lästes den 19 november 2026 i Outlook.", False),
            ("Ditt meddelande\n\n   Till: Anna Ek\n   Ämne: Får jag bygga?\n   Skickat: i går\n\nlästes i dag.", False),
            ("Your message\n  To: Anna\n  Subject: May I call you?\n\nwas read on Thursday.", False),
            ("This is a Return Receipt for the mail that you sent to anna.ek@example.se.\n\nNote: This Return Receipt "
             "only acknowledges that the message was displayed on the recipient's computer.", False),
            ("Detta är en kvittens på det meddelande som du skickade. Det finns ingen garanti för att det har lästs.",
             False),
            ("Läst. Men jag undrar vem som betalar.", True),
            ("Ring 0701740605 i morgon.", True),
            ("Läst.\n\nNär öppnar kontoret?", True),
            ("Thanks, I have read it.", True),
            ("Kiitos, luin sen.", True),
        ],
    )  # fmt: skip
    def test_what_somebody_writes_beside_a_receipt(self, text: str, is_written: bool) -> None:
        assert is_also_written(text) is is_written

    def test_a_receipt_with_somebodys_words_is_a_message(self) -> None:
        """It still belongs to the mail that was read."""
        raw = (DATA / "receipt-read.eml").read_bytes()
        beside = "Meddelandet lästes den 19 november 2026.\n\nMen jag har en fråga till.".encode()
        message = read(raw.replace("Meddelandet lästes den 19 november 2026.".encode(), beside), Envelope("a@x.se", ()))
        assert (message.automatic, message.reported) == (None, None)
        assert message.references == ("<r.abc@ekhamra.example>",)

    def test_a_null_sender(self) -> None:
        assert automatic_reason(Fields({}), "", "mailer-daemon@example.se", "x", "text/plain") == "bounce"
        assert automatic_reason(Fields({}), "", "a@example.se", "x", "text/plain") == "null_sender"
        daemon = Fields({"from": ["Mail Delivery System <MAILER-DAEMON>"]})
        assert automatic_reason(daemon, "", "", "x", "text/plain") == "bounce"
        assert automatic_reason(daemon, "", "a@example.se", "x", "text/plain") == "null_sender"
        assert automatic_reason(daemon, "a@example.se", "", "x", "text/plain") is None


class TestContentKey:
    MOMENT = datetime(2026, 3, 5, 9, 11, tzinfo=UTC)

    def key(self, **changes: object) -> str | None:
        values: dict[str, object] = {
            "message_id": "<1@example.se>", "sender": "a@example.se", "sent_at": self.MOMENT, "subject": "x",
            "text": "y", "attachments": (Attachment("a", "b/c", b"d"),),
        }  # fmt: skip
        return content_key(**{**values, **changes})  # type: ignore[arg-type]

    def test_the_same_mail_on_two_ways_has_one_key(self) -> None:
        assert self.key() == self.key(subject="SV: Re:  X")

    @pytest.mark.parametrize(
        "change",
        [{"message_id": "<2@example.se>"}, {"sender": "b@example.se"}, {"sent_at": None}, {"subject": "z"},
         {"text": ""}, {"attachments": ()}, {"attachments": (Attachment("a", "b/c", b"e"),)}],
    )  # fmt: skip
    def test_any_difference_is_another_key(self, change: dict[str, object]) -> None:
        assert self.key(**change) != self.key()

    def test_without_an_identifier_there_is_none(self) -> None:
        assert self.key(message_id=None) is None

    def test_bare_subject(self) -> None:
        assert bare_subject(" Re: SV:  Re[2]: Vatten  i källaren") == "vatten i källaren"
