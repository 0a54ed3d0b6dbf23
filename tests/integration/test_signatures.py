"""Signatures: one for all and others for groups, edited here, seen before an answer is sent, below what leaves."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, update

from channels.errors import TryLater
from channels.message import Address as MailAddress
from contactcenter import clock
from contactcenter.model import Agent, Office, Outbox, SettingChange, Signature, Team, Ticket
from contactcenter.services.portable import export
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import answer, arrive, deliver, mail, rows
from tests.integration.people import Organisation
from tests.integration.test_portable import bring_in, mistakes, tell
from tests.integration.test_settings_pages import edit, hidden

PAGE = "/installningar/signaturer"
COMMON = f"{PAGE}/*"
OWN = {"team": "gata-park", "text": "Gata & park\r\n{{vägledare}}\r\nTelefon: {{telefon}}"}


@pytest.fixture
def admin(app: Flask, organisation: Organisation) -> Browser:
    return Browser(app).signed_in(organisation.admin)


@pytest.fixture
def number(begin: Begin, organisation: Organisation) -> int:
    return arrive(begin, mail())


def add(browser: Browser, **form: str) -> str:
    """Make one, whatever it touches; gives what was shown before."""
    shown = browser.post(f"{PAGE}/ny", form)
    assert shown.status_code == 200, shown.text
    assert browser.post(f"{PAGE}/ny", form | hidden(shown.text)).status_code == 303
    return shown.text


def test_the_common_one_is_there_before_anybody_has_written_it(begin: Begin, admin: Browser) -> None:
    text = admin.get(PAGE).text
    assert "Gemensam signatur" in text
    assert "{{vägledare}} · {{titel}}, {{kommun}}" in text
    assert "Ta bort…" not in admin.get(COMMON).text
    assert admin.post(f"{COMMON}/ta-bort", {"confirm": hidden(admin.get(COMMON).text)["seen"]}).status_code == 409
    assert rows(begin, Signature) == []


def test_the_common_one_is_written_after_it_was_shown_with_ones_own_name(begin: Begin, admin: Browser) -> None:
    form = {**hidden(admin.get(COMMON).text), "text": "Hälsningar\n{{vägledare}}, {{svarsgrupp}}"}
    shown = admin.post(COMMON, form)
    assert "Ta bort…" not in shown.text
    assert "Med ditt namn: \nHälsningar\nAdmin, Kontaktcenter" in shown.text
    assert rows(begin, Signature) == []
    assert admin.post(COMMON, form | hidden(shown.text)).status_code == 303
    edit(admin, COMMON, text="{{guide}}")
    [signature] = rows(begin, Signature)
    assert (signature.team_id, signature.text) == (None, "{{guide}}")
    newest = rows(begin, SettingChange)[-1]
    assert (newest.kind, newest.key, newest.before["text"]) == (
        "signaturer",
        "*",
        "Hälsningar\n{{vägledare}}, {{svarsgrupp}}",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{vägledar}}", "Menade du {{vägledare}}?"),
        ("{{vägledare", "Dubbla klamrar"),
        ("vägledare}}", "Dubbla klamrar"),
        ("Hälsningar {{vägledare\n}}", "på en rad"),
        ("{{vägledare\u2028}}", "på en rad"),
        ("{{}}", "kan inte fyllas i"),
        ("{{titel}}\r\n{{plats}}", "Det blir ingenting kvar"),
        ("{{kontor}}", "Det blir ingenting kvar"),
        (" ", "Skriv något här."),
        ("x" * 2001, "högst 2000 tecken"),
    ],
)
def test_what_cannot_be_filled_in_is_refused_and_kept(begin: Begin, admin: Browser, text: str, said: str) -> None:
    answer_ = admin.post(COMMON, {**hidden(admin.get(COMMON).text), "text": text})
    assert answer_.status_code == 422
    assert said in answer_.text
    assert f">{text}</textarea>" in answer_.text
    assert rows(begin, Signature) == []


def test_a_group_has_one_of_its_own_and_goes_back_to_the_common_one(begin: Begin, admin: Browser) -> None:
    add(admin, **OWN)
    again = admin.post(f"{PAGE}/ny", OWN)
    assert again.status_code == 422
    assert "Gruppen har redan en signatur." in again.text
    assert (
        "De här har en egen signatur: Gata-park."
        in admin.post(COMMON, {**hidden(admin.get(COMMON).text), "text": "{{vägledare}}"}).text
    )
    url = f"{PAGE}/gata-park"
    shown = admin.post(f"{url}/ta-bort").text
    assert "Gruppen får den gemensamma signaturen från och med nu." in shown
    assert admin.post(f"{url}/ta-bort", hidden(shown)).status_code == 303
    assert rows(begin, Signature) == []


def test_it_is_seen_before_sending_and_stands_below_what_leaves(
    app: Flask, begin: Begin, admin: Browser, organisation: Organisation, number: int
) -> None:
    edit(admin, COMMON, text="Vänligen <b>\n{{vägledare}}, {{titel}}\n{{kontor}}\n{{ärende}}")
    alice = Browser(app).signed_in(organisation.alice)
    seen = f"Vänligen &lt;b&gt;\nAlice\nKC-{number}"
    assert f'id="signature">{seen}</div>' in alice.get(f"/arenden/{number}").text
    answer(begin, organisation.alice, number, "Ja.")
    [letter] = deliver(begin)
    assert letter.text.endswith(f"\n\n-- \nVänligen <b>\nAlice\nKC-{number}")
    assert letter.html is not None
    assert f"Vänligen &lt;b&gt;<br>\nAlice<br>\nKC-{number}</p>" in letter.html


def test_whatever_changes_since_each_attempt_signs_as_it_was_promised(
    app: Flask, begin: Begin, admin: Browser, organisation: Organisation, number: int
) -> None:
    edit(admin, COMMON, text="{{vägledare}}\n{{svarsgrupp}}")
    answer(begin, organisation.alice, number, "Ja.")
    [first] = deliver(begin, TryLater("451 later"))
    edit(admin, COMMON, text="Någon annan")
    with begin() as session:
        session.execute(update(Ticket).values(team_id=organisation.streets.id))
        session.execute(update(Outbox).where(Outbox.done_at.is_(None)).values(due_at=clock.now()))
    [again] = deliver(begin)
    assert again.text == first.text == "Ja.\n\n-- \nAlice\nKontaktcenter"
    alice = Browser(app).signed_in(organisation.alice)
    assert '<summary>Signatur</summary><div class="text" dir="auto">Alice\nKontaktcenter</div>' in (
        alice.get(f"/arenden/{number}").text
    )


def test_the_group_of_the_ticket_signs_and_the_composer_says_so_when_it_moves(
    app: Flask, begin: Begin, admin: Browser, organisation: Organisation, number: int
) -> None:
    add(admin, **OWN)
    alice = Browser(app).signed_in(organisation.alice)
    moved = alice.post(f"/arenden/{number}/amne", {"topic": "parking"}, part=True)
    assert moved.status_code == 200
    assert 'hx-target="#signature"' in moved.text
    assert "Gata &amp; park\nAlice</template>" in moved.text
    answer(begin, organisation.alice, number, "Ja.")
    [letter] = deliver(begin)
    assert letter.text.endswith("-- \nGata & park\nAlice"), "no telephone is known, so that line is left out"


def test_the_office_fills_in_what_is_known_of_it_unless_it_is_discreet(
    begin: Begin, admin: Browser, organisation: Organisation, number: int
) -> None:
    edit(admin, COMMON, text="{{kontor}}\n{{adress}}, {{telefon}}\n{{e-post}}\n{{plats}}\n{{svarsgrupp}}")
    known = {"street_address": "Torget 1", "phone": "070-174 06 05", "signature": "Vid torget"}
    with begin() as session:
        session.execute(update(Ticket).values(office_id=organisation.north.id))
        session.execute(update(Office).where(Office.id == organisation.north.id).values(**known))
        session.execute(update(Team).values(signature="Gruppens rad"))
    answer(begin, organisation.alice, number, "Öppet")
    [letter] = deliver(begin)
    told = "Norra\nTorget 1, 070-174 06 05\nnorra@ekhamra.example\nVid torget\nKontaktcenter"
    assert letter.text.endswith(f"-- \n{told}")
    assert letter.sender == MailAddress("norra@ekhamra.example", "Norra")
    with begin() as session:
        session.execute(update(Office).where(Office.id == organisation.north.id).values(discreet=True))
    answer(begin, organisation.alice, number, "Diskret")
    [letter] = deliver(begin)
    assert letter.text.endswith("-- \nkontakt@ekhamra.example\nGruppens rad\nKontaktcenter")
    assert "orra" not in letter.text + letter.sender.value + letter.sender.name


def test_they_are_in_the_settings_file(begin: Begin, organisation: Organisation) -> None:
    given = [{"team": "", "text": "{{vägledare}}"}, {"team": "gata-park", "text": "{{guide}}, gatan"}]
    with begin() as session:
        bring_in(session, tell(signatures=given))
    with begin() as session:
        texts = dict(session.execute(select(Signature.team_id, Signature.text)).all())
        assert texts == {None: "{{vägledare}}", organisation.streets.id: "{{guide}}, gatan"}
        written = export.write(session)
        assert bring_in(session, written).items == ()
        found = mistakes(session, tell(signatures=[{"text": "{{vägledar}}"}, {"team": "gata-prak", "text": "x"}]))
        broken = mistakes(session, tell(signatures=[{"text": ["{{vägledare", "}}"]}]))
        empty = mistakes(session, tell(signatures=[{"text": "{{telefon}}"}]))
        long = {"teams": {"gata-park": {"signature": "x" * 2001}}, "offices": {"norra": {"signature": "x" * 2001}}}
        assert mistakes(session, tell(**long)).keys() == {"teams.gata-park.signature", "offices.norra.signature"}
    assert "{{vägledare}}" in found["signatures[1].text"]
    assert "signatures[1].text" in broken
    assert "Det blir ingenting kvar" in empty["signatures[1].text"]
    assert "signatures[2].team" in found


def test_a_program_that_answers_is_named_as_it_is_called(begin: Begin, organisation: Organisation, number: int) -> None:
    with begin() as session:
        session.execute(update(Agent).where(Agent.id == organisation.alice.id).values(name="{{kommun}}"))
    answer(begin, organisation.alice, number, "Ja.")
    [letter] = deliver(begin)
    assert "-- \n{{kommun}}\nEkhamra kommun" in letter.text, "what was filled in is not filled in again"
