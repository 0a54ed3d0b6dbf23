"""A real Dovecot and the real service: an outage of days with a new UIDVALIDITY, poison, and what is told of it."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench.dovecot import PASSWORD, Dovecot, dovecot
from channels.email.mailbox import Mailbox
from channels.email.mailbox_login import Away, MailboxOptions, Tls
from tests.mailbox import NEEDED, OURS, box, letter
from tests.running import run, serving, wait_until

pytestmark = [NEEDED, pytest.mark.slow]


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with dovecot() as made:
        yield made


def settings(folder: Path, *boxes: str) -> Path:
    config = folder / "config.toml"
    config.write_text("".join(boxes))
    return config


def test_after_an_outage_with_a_new_uidvalidity_every_mail_is_there_once(server: Dovecot, tmp_path: Path) -> None:
    config, data = settings(tmp_path, box("avbrott", server.port)), tmp_path / "data"
    server.put("avbrott", [letter(number) for number in range(50)])
    with serving(data, "--config", config) as running:
        wait_until(lambda: running.rows("SELECT count(*) FROM ticket") == [(50,)], 40)
        promised = "SELECT count(*) FROM ticket WHERE first_reply_due IS NOT NULL"
        assert running.rows(promised) == [(50,)], "people wrote these, though no Return-Path says so"
    server.forget("avbrott")
    server.put("avbrott", [letter(number) for number in range(50, 80)])  # three days of mail
    with serving(data, "--config", config) as running:
        wait_until(lambda: running.rows("SELECT count(*) FROM ticket") == [(80,)], 40)
        wait_until(lambda: running.rows("SELECT count(*) FROM mail_uid") == [(130,)])
        assert running.rows("SELECT count(DISTINCT uidvalidity) FROM mail_uid") == [(2,)]
        assert running.rows("SELECT count(*) FROM mail_uid WHERE is_repeat") == [(50,)]
        told = run("mail", "reconcile", "--data", data, "--config", config)
        assert (told.returncode, told.stdout) == (0, "avbrott: 80 known, 0 on their way, difference 0\n")
        server.put("avbrott", [letter(80)])
        took = wait_until(lambda: running.rows("SELECT count(*) FROM ticket") == [(81,)])
        assert took < 10, "the server tells of new mail by itself"
        assert running.end()[0] == 0
    assert server.flags("avbrott") == set(), "no mail was marked"
    assert run("verify", "--data", data, "--config", config).returncode == 0


def test_poison_among_fifty_is_visible_and_the_others_are_tickets(server: Dovecot, tmp_path: Path) -> None:
    boxes = box("gift", server.port, 'max_bytes = 2000000\nafter = "delete"\n'), box("sjuk", 1)
    config, data = settings(tmp_path, *boxes), tmp_path / "data"
    boundary = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="x"\n'
    poison = {
        10: letter(10, text="z" * 3_000_000),
        20: letter(20, boundary, "--x\nContent-Type: text/plain\n\na\n" * 10_000),
        30: letter(30, text="\0\0\0 nul"),
    }
    server.put("gift", [poison.get(number, letter(number)) for number in range(50)])
    with serving(data, "--config", config) as running:
        wait_until(lambda: running.rows("SELECT count(*) FROM mail_uid") == [(50,)], 30)
        wait_until(lambda: running.rows("SELECT count(*) FROM inbox WHERE state = 'waiting'") == [(0,)], 30)
        held = running.rows("SELECT reason FROM inbox WHERE state = 'quarantined' ORDER BY reason")
        assert held == [("parts",), ("too_large",)]
        assert running.rows("SELECT count(*) FROM ticket") == [(48,)]
        [(sick, code)] = running.rows("SELECT failing_since, error_code FROM mailbox_state WHERE name = 'sjuk'")
        assert (sick is not None, code) == (True, "reach")
        wait_until(lambda: len(server.mails("gift")) == 1)
        assert running.end()[0] == 0
    assert server.mails("gift") == [poison[10]]
    looked = run("doctor", "--data", data, "--config", config)
    assert "ok    mailbox gift: 1 mails in INBOX, tells of new ones" in looked.stdout
    assert "wrong mailbox sjuk: 127.0.0.1:1 cannot be reached" in looked.stdout
    told = run("mail", "reconcile", "--data", data, "--config", config)
    assert told.returncode == 1, "one of them cannot be asked"
    assert "gift: 1 known, 0 on their way, difference 0\n" in told.stdout
    assert "sjuk: 127.0.0.1:1 cannot be reached" in told.stdout


def test_what_the_server_writes_down_when_it_delivers_is_the_envelope(server: Dovecot, tmp_path: Path) -> None:
    config, data = settings(tmp_path, box("post", server.port)), tmp_path / "data"
    with smtplib.LMTP("127.0.0.1", server.lmtp, "localhost") as lmtp:
        lmtp.sendmail("maja@example.se", ["post"], letter(1))
        lmtp.sendmail("", ["post"], letter(2))
    with serving(data, "--config", config) as running:
        wait_until(lambda: running.rows("SELECT count(*) FROM ticket") == [(2,)], 30)
        found = running.rows("SELECT envelope_from, envelope_to, peer FROM inbox ORDER BY envelope_from")
        assert found == [("", f'["{OURS}"]', "imap:post"), ("maja@example.se", f'["{OURS}"]', "imap:post")]


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_certificate_that_is_not_trusted_lets_nobody_in(tls: Tls, server: Dovecot) -> None:
    port = server.tls if tls == "implicit" else server.port
    options = MailboxOptions("127.0.0.1", "tls", port, tls, PASSWORD, ca_file=str(server.certificate))
    server.put("tls", [letter(1)])
    with Mailbox(options) as mailbox:
        mailbox.select(readonly=True)
        assert mailbox.fetch(1, 10_000) == letter(1)
    with pytest.raises(Away, match=r"cannot be reached.*certificate verify failed") as away:
        Mailbox(replace(options, ca_file="")).connect()
    assert away.value.code == "reach"
