"""Settings that would put new tickets where nobody sees them say so before they hold."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import delete, update

from contactcenter.model import Agent, DomainGrant
from contactcenter.model.words import Role
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.people import Organisation
from tests.integration.test_setting_kinds import PARKING, TOPIC
from tests.integration.test_settings_pages import hidden

UNSEEN = "Ingen som kan svara ser Social: nya ärenden här når ingen."
NO_GROUP = "Ingen svarsgrupp är vald"
ADDRESSES = "/installningar/e-postadresser"


@pytest.fixture
def admin(app: Flask, organisation: Organisation) -> Browser:
    return Browser(app).signed_in(organisation.admin)


@pytest.fixture
def nobody_sees_social(begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        session.execute(delete(DomainGrant).where(DomainGrant.domain_id == organisation.social.id))


def preview(browser: Browser, url: str, **form: str) -> str:
    return browser.post(url, {**hidden(browser.get(url).text), **form}).text


def test_a_topic_in_a_domain_that_nobody_sees(nobody_sees_social: None, admin: Browser) -> None:
    assert UNSEEN in preview(admin, PARKING, **TOPIC | {"domain": "social"})
    assert UNSEEN in preview(admin, "/installningar/amnen/ny", **TOPIC | {"name": "Ny", "domain": "social"})
    assert UNSEEN not in preview(admin, PARKING, **TOPIC | {"name": "Parkera"})


def test_a_specialist_of_another_group_sees_it_not(begin: Begin, organisation: Organisation, admin: Browser) -> None:
    """Charlie, of the social services, sees their own group's alone; who guides there sees all."""
    with begin() as session:
        session.execute(
            delete(DomainGrant).where(
                DomainGrant.domain_id == organisation.social.id, DomainGrant.agent_id != organisation.charlie.id
            )
        )
    elsewhere, own = TOPIC | {"domain": "social"}, TOPIC | {"domain": "social", "team": organisation.social_team.slug}
    assert UNSEEN in preview(admin, PARKING, **elsewhere)
    assert UNSEEN not in preview(admin, PARKING, **own)
    with begin() as session:
        session.execute(update(Agent).where(Agent.id == organisation.charlie.id).values(role=Role.GUIDE))
    assert UNSEEN not in preview(admin, PARKING, **elsewhere)


def test_an_address_in_a_domain_that_nobody_sees(nobody_sees_social: None, admin: Browser) -> None:
    confidential = {"address": "oro@ekhamra.example", "domain": "social"}
    text = preview(admin, f"{ADDRESSES}/ny", **confidential)
    assert NO_GROUP in text
    assert UNSEEN in text
    assert UNSEEN in preview(admin, f"{ADDRESSES}/ny", **confidential, team="socialtjanst")


def test_an_address_that_somebody_sees_is_saved_at_once_unless_no_group_is_its_own(admin: Browser) -> None:
    confidential = {"address": "oro@ekhamra.example", "domain": "social"}
    asked = admin.post(f"{ADDRESSES}/ny", confidential)
    assert NO_GROUP in asked.text
    assert UNSEEN not in asked.text
    assert admin.post(f"{ADDRESSES}/ny", {**confidential, "team": "socialtjanst"}).status_code == 303


def test_an_address_can_be_opened_again(admin: Browser) -> None:
    """A slash would be another place."""
    refused = admin.post(f"{ADDRESSES}/ny", {"address": "a/b@ekhamra.example", "team": "gata-park"})
    assert refused.status_code == 422
