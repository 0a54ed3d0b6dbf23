"""A thousand made-up mails: plain, HTML and alternative, in three encodings, some with files, two in five replies."""

from __future__ import annotations

import random
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime

from contactcenter import clock

SENTENCES = (
    "Hej! Vi undrar om det behövs bygglov för att glasa in vår altan på baksidan av huset.",
    "Gatlampan utanför skolan har varit släckt i tre veckor och det är mycket mörkt på morgonen.",
    "När öppnar anmälan till simskolan för sexåringar och vad kostar det?",
    "Jag har fått två fakturor för förskolan i november. Ska jag betala båda?",
    "Soporna hämtades inte i går som de skulle. När kommer ni?",
    "Kan man ansöka om färdtjänst på nätet eller behöver man komma till ett kontor?",
    "Mitt BankID fungerar inte. Kan någon på medborgarkontoret hjälpa mig på torsdag?",
    "Vi flyttar till Sätra i augusti och vill ställa vår dotter i kö till förskola.",
    "Det ligger krossat glas i sandlådan på lekplatsen vid parken.",
    "Jag vill ta del av protokollet från nämndens sammanträde i oktober.",
    "Tack för hjälpen i går. Jag har bifogat papperen som ni bad om.",
    "Hemtjänsten kom inte till min far i morse och han fick ingen frukost.",
)
SUBJECTS = ("Bygglov", "Gatlampa", "Simskola", "Faktura", "Sophämtning", "Färdtjänst", "BankID", "Förskola", "Fråga")
CHARSETS = ("utf-8", "utf-8", "iso-8859-1", "windows-1252")
ENCODINGS = ("quoted-printable", "8bit", "base64")


def _text(chance: random.Random, paragraphs: int) -> str:
    return "\n\n".join(" ".join(chance.choices(SENTENCES, k=chance.randint(1, 4))) for _ in range(paragraphs))


def _mail(chance: random.Random, number: int, sender: str, parent: str | None) -> EmailMessage:
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = f"Person {number} <{sender}>"
    mail["To"] = "kontakt@ekhamra.example"
    mail["Subject"] = f"{'Sv: ' if parent else ''}{chance.choice(SUBJECTS)} {number}"
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = f"<bench-{number}@example.se>"
    if parent:
        mail["In-Reply-To"] = parent
        mail["References"] = parent
    text = _text(chance, chance.randint(1, 6))
    charset = chance.choice(CHARSETS)
    mail.set_content(text, charset=charset, cte=chance.choice(ENCODINGS))
    if chance.random() < 0.4:
        body = "".join(f"<p>{paragraph}</p>" for paragraph in text.split("\n\n"))
        mail.add_alternative(f"<html><body>{body}</body></html>", subtype="html")
    if chance.random() < 0.12:
        content = chance.randbytes(chance.choice((5_000, 20_000, 80_000, 200_000)))
        mail.add_attachment(content, maintype="application", subtype="pdf", filename=f"bilaga-{number}.pdf")
    return mail


def conversations(count: int, seed: int = 1) -> list[list[tuple[str, bytes]]]:
    """`count` mails as conversations of one sender each, in order: (sender, bytes). Two in five are replies."""
    chance = random.Random(seed)
    threads: list[list[tuple[str, bytes]]] = []
    number = 0
    while number < count:
        sender = f"person{number}@example.se"
        replies = chance.choice((0, 0, 0, 1, 1, 2)) if number > 0 else 1
        thread: list[tuple[str, bytes]] = []
        parent: str | None = None
        for _ in range(min(1 + replies, count - number)):
            mail = _mail(chance, number, sender, parent)
            parent = mail["Message-ID"]
            thread.append((sender, mail.as_bytes()))
            number += 1
        threads.append(thread)
    return threads
