"""Addresses that answers come from: mail can leave from them, and a reply comes back to us."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import update

from contactcenter.model import Office, OurAddress, Team
from contactcenter.services.portable import export
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import rows
from tests.integration.people import Organisation
from tests.integration.test_portable import bring_in, mistakes, tell
from tests.integration.test_settings_pages import edit, hidden

STREETS, NORTH = "/installningar/grupper/gata-park", "/installningar/kontor/norra"
ADDRESSES = "/installningar/e-postadresser"
ELSEWHERE = "info@annan-kommun.example"
NOT_SENT = [f"{local}@ekhamra.example" for local in ("kund(1)", 'a"b', "a:b", "a[b]", "a\\b")]


@pytest.fixture
def admin(app: Flask, organisation: Organisation) -> Browser:
    return Browser(app).signed_in(organisation.admin)


@pytest.mark.parametrize("address", [*NOT_SENT, ELSEWHERE, "gata@sub.ekhamra.example"])
def test_what_no_answer_can_come_from_is_refused_by_forms_and_file(
    begin: Begin, admin: Browser, organisation: Organisation, address: str
) -> None:
    said = "Skriv en adress, till exempel kontakt@ekhamra.example." if address in NOT_SENT else "channels.mail.domains"
    for url, form in (
        (STREETS, {"name": "Gata-park", "mail_address": address}),
        (NORTH, {"name": "Norra", "kind": "local", "mail_address": address}),
        (f"{ADDRESSES}/ny", {"address": address}),
    ):
        answer = admin.post(url, {**hidden(admin.get(url).text), **form})
        assert answer.status_code == 422
        assert said in answer.text
    with begin(read_only=True) as session:
        file = tell(
            teams={"gata-park": {"mail_address": address}},
            offices={"norra": {"mail_address": address}},
            addresses={address: {}},
        )
        assert mistakes(session, file).keys() == {
            "teams.gata-park.mail_address",
            "offices.norra.mail_address",
            f"addresses.{address}",
        }


def test_an_address_that_is_there_already_stays(begin: Begin, admin: Browser, organisation: Organisation) -> None:
    with begin() as session:
        for table in (Team, Office):
            session.execute(update(table).values(mail_address=ELSEWHERE))
        session.add(OurAddress(address=ELSEWHERE))
    edit(admin, STREETS, name="Gatan", mail_address=ELSEWHERE)
    with begin() as session:
        assert bring_in(session, export.write(session)).items == ()
        bring_in(session, tell(teams={"gata-park": {"name": "Gata"}}, addresses={ELSEWHERE: {"team": "gata-park"}}))
    [team] = rows(begin, Team, Team.slug == "gata-park")
    assert (team.name, team.mail_address) == ("Gata", ELSEWHERE)


def test_an_address_of_ours_is_taken_however_its_domain_is_spelled(begin: Begin, admin: Browser) -> None:
    edit(admin, STREETS, name="Gata-park", mail_address="Gata+park@Ekhamra.Example")
    [team] = rows(begin, Team, Team.slug == "gata-park")
    assert team.mail_address == "Gata+park@Ekhamra.Example"
