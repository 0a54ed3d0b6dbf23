"""Every mail of the corpus is read as `expected.toml` says.

Its keys: `sender`, `name`, `subject`, `text`, `message_id`, `sent_at`, `doubt`, `automatic` ("" is a person), `remote`,
`references` and `to` are as in the message; `starts` and `contains` are of the text; `own` is what stands above the
quoted history and `folded = false` says that there is none; `files` are name, type and size (-1: any), `problems` and
`inline` belong to them; `key` says whether the content has a key; `envelope` is the sender that the transport saw.
"""

from __future__ import annotations

import tomllib
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from channels.email.parse import read
from channels.message import Envelope, InboundMessage

FOLDER = Path(__file__).parents[3] / "data" / "mail"
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads((FOLDER / "expected.toml").read_text(encoding="utf-8"))


def read_mail(name: str, sender: str = "envelope@example.se") -> InboundMessage:
    return read((FOLDER / f"{name}.eml").read_bytes(), Envelope(sender, ("kontakt@ekhamra.example",)))


def seen(message: InboundMessage, key: str) -> Any:
    """What `message` has for a key of the table that is compared as it is."""
    values = {
        "sender": message.sender.value,
        "name": message.sender.name,
        "to": [address.value for address in message.recipients],
        "doubt": message.sender_doubt,
        "automatic": message.automatic or "",
        "remote": message.has_remote_images,
        "references": list(message.references),
        "sent_at": message.sent_at and message.sent_at.isoformat(),
        "key": message.content_key is not None,
        "own": message.text[: message.quoted_from].rstrip() if message.quoted_from is not None else "not folded",
        "folded": message.quoted_from is not None,
        "problems": [file.problem for file in message.attachments if file.problem],
        "inline": [file.content_id for file in message.attachments if file.inline],
    }
    return values[key] if key in values else getattr(message, key)


SPECIAL = {"starts", "contains", "html_contains", "html_lacks", "files", "envelope"}


@pytest.mark.parametrize("name", EXPECTED)
def test_mail(name: str) -> None:
    expected = EXPECTED[name]
    message = read_mail(name, expected.get("envelope", "envelope@example.se"))
    assert {key: seen(message, key) for key in expected if key not in SPECIAL} == {
        key: value for key, value in expected.items() if key not in SPECIAL
    }
    assert message.sender_doubt == expected.get("doubt")
    assert message.text.startswith(expected.get("starts", ""))
    assert [part for part in expected.get("contains", []) if part not in message.text] == []
    html = message.html or ""
    assert [part for part in expected.get("html_contains", []) if part not in html] == []
    assert [part for part in expected.get("html_lacks", []) if part in html] == []
    if "files" in expected or message.attachments:
        sizes = [size for *_, size in expected["files"]]
        assert [
            [file.name, file.media_type, len(file.content) if size >= 0 else -1]
            for file, size in zip(message.attachments, sizes, strict=True)
        ] == expected["files"]


@pytest.mark.parametrize("name", EXPECTED)
def test_what_comes_out_can_be_stored_anywhere(name: str) -> None:
    message = read_mail(name)
    names = [message.sender.name, *(file.name for file in message.attachments)]
    for text in (message.subject, message.text, message.html or "", message.message_id or "", *names):
        assert "\0" not in text
        assert text.encode("utf-8").decode("utf-8") == unicodedata.normalize("NFC", text)
    assert "\n" not in message.subject + message.sender.name
    assert message.quoted_from is None or 0 < message.quoted_from <= len(message.text)


def test_every_mail_is_in_the_table() -> None:
    assert {path.stem for path in FOLDER.glob("*.eml")} == set(EXPECTED)
    assert len(EXPECTED) >= 40
