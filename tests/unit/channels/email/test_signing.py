"""Answers are signed as their recipients' servers check it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import dkim
import pytest

from channels.email.compose import compose
from channels.email.signing import SigningKey, sign
from channels.message import Address, Attachment, OutboundMessage

MESSAGE = OutboundMessage(
    message_id="<r.abc@ekhamra.example>",
    sender=Address("kontakt@ekhamra.example", "Ekhamra kommun"),
    recipients=(Address("anna@example.se", "Anna Åkesson"),),
    subject="Sv: Bygglov för altan på Ekvägen, och en lång rubrik som måste brytas på flera rader för att få plats",
    text="Hej!\n.\n\nÅäö\n",
    html="<p>Hej!</p>",
    reply_to=Address("kontakt+token@ekhamra.example"),
    references=tuple(f"<{number}@example.se>" for number in range(20)),
    attachments=(Attachment("ritning.pdf", "application/pdf", b"%PDF" * 1000),),
)


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A private key, made by the tool that people make theirs with."""
    path = tmp_path_factory.mktemp("keys") / "dkim.pem"
    subprocess.run(["openssl", "genrsa", "-out", path, "2048"], check=True, capture_output=True)
    return path


def record(pem: Path) -> bytes:
    """What is in the DNS."""
    made = subprocess.run(["openssl", "rsa", "-in", pem, "-pubout"], check=True, capture_output=True, text=True)
    return b"v=DKIM1; k=rsa; p=" + "".join(made.stdout.splitlines()[1:-1]).encode()


def verified(mail: bytes, pem: Path) -> bool:
    asked: list[bytes] = []

    def dns(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return record(pem)

    good: bool = dkim.verify(mail, dnsfunc=dns)
    assert asked == [b"cc._domainkey.ekhamra.example."]
    return good


def test_a_signed_mail_is_believed_and_a_changed_one_is_not(pem: Path) -> None:
    data = compose(MESSAGE)
    mail = sign(data, SigningKey("ekhamra.example", "cc", pem.read_bytes()))
    assert mail.endswith(data)
    assert verified(mail, pem)
    assert verified(mail.replace(b"Subject: ", b"Subject:   "), pem), "blanks may change on the way"
    for old, new in ((b"Subject: ", b"Subject: x"), (b"From: ", b"From: b@example.com, "), (b"--", b"--x")):
        assert not verified(mail.replace(old, new, 1), pem)
    assert not verified(b"From: b@example.com\r\n" + mail, pem), "nor may a second From be put before it"


def test_a_key_is_tried_before_it_is_needed_and_never_printed(pem: Path) -> None:
    good = pem.read_bytes()
    assert b"PRIVATE" not in repr(SigningKey("ekhamra.example", "cc", good)).encode()
    public = subprocess.run(["openssl", "rsa", "-in", pem, "-pubout"], check=True, capture_output=True).stdout
    for wrong in (b"", b"not a key", good[:200], public):
        with pytest.raises(ValueError, match="private RSA key"):
            SigningKey("ekhamra.example", "cc", wrong)
