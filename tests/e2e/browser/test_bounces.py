"""An answer that another server sends back: its author sees at once whom it did not reach, and sends it again."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage

from playwright.sync_api import expect

from tests.e2e.browser.conftest import Begin
from tests.e2e.browser.letters import OURS, delivered, number_of, one_delivered, ticket
from tests.e2e.browser.screen import BROWSER
from tests.running import Running, wait_until

pytestmark = BROWSER

REPORT = """\
From: Mail Delivery System <MAILER-DAEMON@mx.example.se>
To: {ours}
Subject: Undelivered Mail Returned to Sender
Date: Mon, 16 Nov 2026 09:12:44 +0100
Message-ID: <20261116081244.1F3A2@mx.example.se>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.se.

<{to}>: host mail.example.se said: 550 5.1.1 User unknown

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.se

Final-Recipient: rfc822; {to}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--B
Content-Type: text/rfc822-headers

From: Ekhamra kommun <{ours}>
To: {to}
Message-ID: {message_id}

--B--
"""


def send_back(service: Running, answer: EmailMessage) -> None:
    """What the resident's server does with an address that it does not know: from the null sender (RFC 5321 §4.5.5)."""
    text = REPORT.format(ours=OURS, to=answer["To"], message_id=answer["Message-ID"])
    with smtplib.SMTP(*service.smtp, timeout=20) as server:
        server.sendmail("", [OURS], text.replace("\n", "\r\n").encode())


def test_an_answer_that_comes_back_is_its_authors_again(service: Running, begin: Begin) -> None:
    subject = "Kolonilott vid sjön"
    sara = begin("sara").open(ticket(service, subject))
    tickets = service.rows("SELECT count(*) FROM ticket")
    sara.press("r")
    sara.page.keyboard.type("Kön är två år.")
    sara.press("Control+Enter")
    expect(sara.bubble("Kön är två år.")).to_be_visible()
    answer = one_delivered(service, subject)
    expect(sara.status).to_have_text("Väntar på invånaren")
    send_back(service, answer)
    sent = sara.bubble("Kön är två år.")
    expect(sent.locator(".state")).to_have_text("Kom inte fram")
    expect(sent.locator(".fail")).to_contain_text("Kom inte fram till: anna.ek@example.se")
    expect(sara.page.locator("#timeline-items")).to_contain_text("Svaret kom inte fram till anna.ek@example.se")
    expect(sara.bubble("550 5.1.1 User unknown").locator(".tag")).to_have_text("Leveransbesked")
    expect(sara.status).to_have_text("Pågår")
    assert service.rows("SELECT count(*) FROM ticket") == tickets
    sara.visit("/arenden?vy=mina")
    expect(sara.row(number_of(service, subject))).to_be_visible()
    sara.open(number_of(service, subject))
    sent.get_by_role("button", name="Skicka igen").click()
    wait_until(
        lambda: (
            len(delivered(service, subject)) == 1
            and service.rows(f"SELECT state FROM entry WHERE own_message_id = '{answer['Message-ID']}'") == [("sent",)]
        )
    )
    expect(sent.locator(".fail")).to_have_count(0)
