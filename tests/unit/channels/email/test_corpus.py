"""Every mail of the corpus is read exactly as `expected.toml` says: what is not written there must not be there.

Each mail has `sender`, `subject` and either `text`, or `own` and `quoted`: what stands above the fold and what is
folded, apart only by empty lines (`text_sha256` stands for a text too long for a table). A key that is left out has its
value from `USUAL`. `files` are name, type, size and, where the bytes matter, the beginning of their SHA-256; `inline`
and `problems` belong to them by name; `automatic` "" is a person; `envelope` is the sender that the transport saw.
`signature` is the writer's own, above the fold. The keys of `WHERE_GIVEN` are compared in mails about them, and
`html_contains` and `html_lacks` are parts of the cleaned HTML.
"""

from __future__ import annotations

import hashlib
import tomllib
import unicodedata
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from channels.email.parse import read
from channels.message import Envelope, InboundMessage

FOLDER = Path(__file__).parents[3] / "data" / "mail"
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads((FOLDER / "expected.toml").read_text(encoding="utf-8"))
USUAL: dict[str, Any] = {
    "name": "",
    "to": ["kontakt@ekhamra.example"],
    "copies": [],
    "references": [],
    "language": "",
    "automatic": "",
    "doubt": "",
    "protection": "",
    "reported": "",
    "signature": "",
    "reported_to": [],
    "remote": False,
    "files": [],
    "inline": [],
    "problems": {},
}
WHERE_GIVEN = {"message_id", "sent_at", "key", "reply_to"}
ASIDE = {"envelope", "html_contains", "html_lacks"}
OTHERS = {"sender", "subject", "text", "text_sha256", "own", "quoted"} | ASIDE


def read_mail(name: str) -> InboundMessage:
    sender = EXPECTED[name].get("envelope", "envelope@example.se")
    return read((FOLDER / f"{name}.eml").read_bytes(), Envelope(sender, ("kontakt@ekhamra.example",)))


def seen(message: InboundMessage) -> dict[str, Any]:
    """What `message` has for the keys of the table."""
    start = message.signature_from
    return {
        "sender": message.sender.value,
        "name": message.sender.name,
        "subject": message.subject,
        "to": [address.value for address in message.recipients],
        "copies": [address.value for address in message.copies],
        "reply_to": message.reply_to.value if message.reply_to else "",
        "references": list(message.references),
        "message_id": message.message_id or "",
        "sent_at": message.sent_at.isoformat() if message.sent_at else "",
        "key": message.content_key is not None,
        "language": message.language or "",
        "automatic": message.automatic or "",
        "doubt": message.sender_doubt or "",
        "protection": message.protection or "",
        "reported": message.reported or "",
        "reported_to": list(message.reported_to),
        "remote": message.has_remote_images,
        "inline": [file.name for file in message.attachments if file.inline],
        "problems": {file.name: file.problem for file in message.attachments if file.problem},
        "signature": "" if start is None else message.text[start : message.quoted_from].rstrip("\n"),
        **seen_text(message),
    }


def seen_text(message: InboundMessage) -> dict[str, str]:
    text, fold = message.text, message.quoted_from
    if fold is None:
        return {"text": text}
    return {"own": text[:fold].rstrip("\n"), "quoted": text[fold:]}


def seen_files(message: InboundMessage, expected: list[list[Any]]) -> list[list[Any]]:
    """The files, with as much of each hash as the table has."""
    found: list[list[Any]] = []
    for number, file in enumerate(message.attachments):
        wanted = expected[number][3:] if number < len(expected) else []
        digest = hashlib.sha256(file.content).hexdigest()
        found.append([file.name, file.media_type, len(file.content), *(digest[: len(part)] for part in wanted)])
    return found


@pytest.mark.parametrize("name", EXPECTED)
def test_mail(name: str) -> None:
    table = EXPECTED[name]
    assert set(table) <= USUAL.keys() | WHERE_GIVEN | OTHERS
    expected = {key: value for key, value in (USUAL | table).items() if key not in ASIDE}
    message = read_mail(name)
    found = seen(message)
    found["files"] = seen_files(message, expected["files"])
    if "text_sha256" in expected:
        found["text_sha256"] = hashlib.sha256(found.pop("text").encode()).hexdigest()
    for key in WHERE_GIVEN - expected.keys():
        del found[key]
    assert found == expected
    html = message.html or ""
    assert [part for part in table.get("html_contains", []) if part not in html] == []
    assert [part for part in table.get("html_lacks", []) if part in html] == []


@pytest.mark.parametrize("name", EXPECTED)
def test_what_comes_out_can_be_stored_anywhere(name: str) -> None:
    message = read_mail(name)
    names = [message.sender.name, *(file.name for file in message.attachments)]
    for text in (message.subject, message.text, message.html or "", message.message_id or "", *names):
        assert "\0" not in text
        assert text.encode("utf-8").decode("utf-8") == unicodedata.normalize("NFC", text)
    assert "\n" not in message.subject + message.sender.name
    assert message.quoted_from is None or 0 < message.quoted_from <= len(message.text)


@pytest.mark.parametrize("name", EXPECTED)
def test_an_inline_picture_is_one_that_the_html_names(name: str) -> None:
    message = read_mail(name)
    html = unquote(message.html or "").replace('src="CID:', 'src="cid:')
    known = [file.content_id for file in message.attachments]
    for file in message.attachments:
        assert not file.inline or (f'src="cid:{file.content_id}"' in html and known.count(file.content_id) == 1)


def test_every_mail_is_in_the_table() -> None:
    assert {path.stem for path in FOLDER.glob("*.eml")} == set(EXPECTED)
    assert len(EXPECTED) >= 500
