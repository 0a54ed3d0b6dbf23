"""Offices and groups that answer from a domain that nothing is signed for, or that takes no mail, are told of."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import update

from contactcenter.model import Office, Team
from contactcenter.queries import mail_cover
from contactcenter.secret import Secret
from contactcenter.settings import Dkim, Mail
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.people import Organisation
from tests.integration.test_settings_pages import STREETS, hidden

ADDRESS = "gata@skola.example"
MAIL = Mail(domains=("ekhamra.example", "skola.example"), dkim=Dkim(key=Secret("pem")))


@pytest.mark.parametrize(
    ("key", "address", "signed"),
    [
        ("", "gata@ekhamra.example", True),
        ("", "gata@Sub.Ekhamra.example.", True),
        ("mail.ekhamra.example", "gata@ekhamra.example", True),
        ("", ADDRESS, False),
        ("", "gata@inteekhamra.example", False),
        ("räksmörgås.example", "gata@xn--rksmrgs-5wao1o.example", True),
    ],
)
def test_a_signature_counts_for_its_own_domain_and_what_is_below_and_above(
    key: str, address: str, signed: bool
) -> None:
    assert mail_cover.is_signed(replace(MAIL, dkim=replace(MAIL.dkim, domain=key)), address) is signed
    assert mail_cover.is_signed(replace(MAIL, dkim=Dkim()), address), "who signs nothing here covers nothing and all"


def test_offices_and_groups_are_looked_at(begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        session.execute(update(Team).where(Team.id == organisation.streets.id).values(mail_address=ADDRESS))
        values = {"mail_address": "norra@borta.example"}
        session.execute(update(Office).where(Office.id == organisation.north.id).values(values))
        assert list(mail_cover.gaps(session, MAIL)) == [
            mail_cover.Gap("Norra", "norra@borta.example", signed=False, taken=False),
            mail_cover.Gap("Gata-park", ADDRESS, signed=False, taken=True),
        ]
        assert [gap.owner for gap in mail_cover.gaps(session, replace(MAIL, dkim=Dkim()))] == ["Norra"]


def test_who_changes_an_address_is_told_and_so_is_who_reads_the_list(
    app: Flask, organisation: Organisation, begin: Begin
) -> None:
    here = app.extensions["contactcenter"]
    settings = replace(here.settings, channels=replace(here.settings.channels, mail=MAIL))
    app.extensions["contactcenter"] = replace(here, settings=settings)
    admin = Browser(app).signed_in(organisation.admin)
    form = {**hidden(admin.get(STREETS).text), "name": "Gata-park", "mail_address": ADDRESS}
    told = admin.post(STREETS, form)
    assert told.status_code == 200
    assert f"Svar från {ADDRESS} signeras för ekhamra.example, som är en annan domän" in told.text
    assert "signeras inte" not in admin.get("/installningar/grupper").text
    assert admin.post(STREETS, form | hidden(told.text)).status_code == 303
    assert "e-posten signeras inte för sin egen domän" in admin.get("/installningar/grupper").text
    with begin() as session:
        session.execute(update(Office).values(mail_address="kontor@borta.example"))
    offices = admin.get("/installningar/kontor").text
    assert "svar på e-posten når oss inte" in offices
