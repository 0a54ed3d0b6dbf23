"""The page of the webhooks: made, shown once, paused, and for administrators alone."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask

from contactcenter.model import Audit, DomainGrant, Webhook
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import arrive, mail, rows
from tests.integration.people import Organisation

PAGE = "/installningar/webhookar"
NEWEST = "Senaste anropen om ärenden som du ser"
FORM = {"name": "E-tjänst", "url": "https://hook.example.com/in", "event": ["ticket.opened"], "domain": ["common"]}


def test_a_webhook_is_made_and_looked_after_in_the_browser(
    app: Flask, begin: Begin, organisation: Organisation
) -> None:
    admin = Browser(app).signed_in(organisation.admin)
    assert "Inget program får veta något än." in admin.get(PAGE).text
    made = admin.post(PAGE, FORM)
    assert made.headers["Cache-Control"] == "no-store"
    [secret] = re.findall(r"whsec_[0-9a-f]{64}", made.text)
    arrive(begin, mail())
    assert NEWEST not in admin.get(PAGE).text, "the administrator does not see the ticket"
    with begin() as session:
        session.add(DomainGrant(domain_id=organisation.common.id, agent_id=organisation.admin.id))
    page = admin.get(PAGE).text
    assert secret not in page
    assert NEWEST in page
    assert "ticket.opened" in page
    assert "Väntar" in page
    one = f"{PAGE}/{rows(begin, Webhook)[0].id}"
    assert admin.post(one, {"do": "pause"}).status_code == 303
    page = admin.get(PAGE).text
    assert "Pausad sedan" in page
    assert "Gett upp" in page
    admin.post(one, {"do": "resume"})
    assert "Fungerar" in admin.get(PAGE).text
    [other] = re.findall(r"whsec_[0-9a-f]{64}", admin.post(one, {"do": "rotate"}).text)
    assert other != secret
    assert admin.post(one, {"do": "remove"}).status_code == 422
    assert admin.post(one, {"do": "remove", "sure": "1"}).status_code == 303
    assert rows(begin, Webhook) == []
    done = [row for row in rows(begin, Audit) if row.verb.startswith("webhook_") or row.verb == "agent_added"]
    assert {row.agent_id for row in done} == {organisation.admin.id}
    assert len(done) == 6


def test_what_will_not_do_is_told_and_nothing_typed_is_lost(
    app: Flask, begin: Begin, organisation: Organisation
) -> None:
    admin = Browser(app).signed_in(organisation.admin)
    mistakes: tuple[dict[str, Any], ...] = (
        {"url": "https://127.0.0.1/"},
        {"event": []},
        {"domain": ["nowhere"]},
        {"name": "<b>"},
    )
    for wrong in mistakes:
        answer = admin.post(PAGE, {**FORM, **wrong})
        assert answer.status_code == 422, wrong
        assert 'role="alert"' in answer.text
        assert not any(word in answer.text for word in ("needs a name", "must begin", "there is no"))
        assert '<b>"' not in answer.text
    assert 'value="https://hook.example.com/in"' in answer.text
    assert rows(begin, Webhook) == []


def test_only_administrators_see_it(app: Flask, begin: Begin, organisation: Organisation) -> None:
    for agent in (organisation.alice, organisation.bob):
        browser = Browser(app).signed_in(agent)
        assert browser.get(PAGE).status_code == 403
        assert browser.post(PAGE, FORM).status_code == 403
    assert rows(begin, Webhook) == []
