"""The settings in the browser: found, changed after what that touches was shown, never over somebody's shoulder."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from contactcenter.model import Office, SettingChange, Team, Timer
from contactcenter.model.words import Role
from contactcenter.services import audit, deadlines, tokens
from contactcenter.services.editing import change
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import rows
from tests.integration.people import Organisation, make_agent

GROUPS = "/installningar/grupper"
STREETS = f"{GROUPS}/gata-park"
HIDDEN = re.compile(r'name="(seen|confirm)" value="([^"]*)"')
STRANGE = '"><script>alert(1)</script>'


@pytest.fixture
def admin(app: Flask, organisation: Organisation) -> Browser:
    return Browser(app).signed_in(organisation.admin)


def hidden(text: str) -> dict[str, str]:
    """What a form carries along: the fingerprint it was made from, and of what would be saved."""
    return dict(HIDDEN.findall(text))


def edit(browser: Browser, url: str, **values: Any) -> str:
    """Change an object and agree to what it touches; gives the last page."""
    form = {**hidden(browser.get(url).text), **values}
    answer = browser.post(url, form)
    if answer.status_code == 200:
        answer = browser.post(url, form | hidden(answer.text))
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def test_only_administrators_see_them(app: Flask, begin: Begin, organisation: Organisation) -> None:
    for role in Role:
        with begin() as session:
            agent = make_agent(session, f"Vera-{role}", role, domains=[organisation.common])
        browser = Browser(app).signed_in(agent)
        may = role is Role.ADMIN
        for url in (
            "/installningar",
            "/installningar/historik",
            GROUPS,
            STREETS,
            f"{GROUPS}/ny",
            f"{STREETS}/historik",
        ):
            assert browser.get(url).status_code == (200 if may else 403), (role, url)
        assert ('href="/installningar"' in browser.get("/arenden").text) is may
        assert browser.post(STREETS, {"name": "X"}).status_code == (409 if may else 403)


def test_what_does_not_exist_is_not_there(admin: Browser) -> None:
    for url in ("/installningar/finnsinte", f"{GROUPS}/finnsinte", "/installningar/finnsinte/ny", f"{GROUPS}/%00"):
        assert admin.get(url).status_code == 404


def test_what_a_change_touches_is_shown_before_it_is_saved(begin: Begin, admin: Browser) -> None:
    form = {**hidden(admin.get(STREETS).text), "name": "Gata och park"}
    answer = admin.post(STREETS, form)
    assert answer.status_code == 200
    assert "Vad påverkas?" in answer.text
    assert "1 ämne hör till den." in answer.text
    assert rows(begin, Team, Team.name == "Gata och park") == []
    assert admin.post(STREETS, form | hidden(answer.text)).status_code == 303
    [team] = rows(begin, Team, Team.slug == "gata-park")
    assert team.name == "Gata och park"


def test_other_words_than_those_previewed_are_previewed_again(begin: Begin, admin: Browser) -> None:
    form = {**hidden(admin.get(STREETS).text), "name": "Gata"}
    agreed = hidden(admin.post(STREETS, form).text)
    answer = admin.post(STREETS, form | agreed | {"name": "Park"})
    assert answer.status_code == 200
    assert "Vad påverkas?" in answer.text
    assert rows(begin, SettingChange) == []


def test_the_filters_of_the_queue_know_a_change_at_once(admin: Browser, app: Flask, organisation: Organisation) -> None:
    alice = Browser(app).signed_in(organisation.alice)
    assert "Nyaste gruppen" not in alice.get("/arenden").text
    admin.post(f"{GROUPS}/ny", {"name": "Nyaste gruppen"})
    offered = '<option value="nyaste_gruppen" {}>Nyaste gruppen</option>'
    assert offered.format("selected") in alice.get("/arenden?grupp=nyaste_gruppen").text
    assert offered.format("") in alice.get("/arenden").text


def test_what_touches_nothing_is_saved_at_once(begin: Begin, admin: Browser) -> None:
    answer = admin.post(f"{GROUPS}/ny", {"name": "Ny grupp ÅÄÖ", "signature": "Hej\r\ndå"})
    assert answer.status_code == 303
    [team] = rows(begin, Team, Team.name == "Ny grupp ÅÄÖ")
    assert (team.slug, team.signature) == ("ny_grupp_aao", "Hej\ndå")
    answer = admin.post(f"{GROUPS}/ny", {"name": "Ny grupp ÅÄÖ"})
    assert answer.status_code == 422
    assert "Det finns redan en med det namnet." in answer.text


def test_a_stale_edit_is_refused_with_both_versions(begin: Begin, admin: Browser) -> None:
    old = hidden(admin.get(STREETS).text)
    edit(admin, STREETS, name="Deras namn")
    answer = admin.post(STREETS, {**old, "name": "Mitt namn"})
    assert answer.status_code == 409
    assert "Deras namn" in answer.text
    assert answer.text.count("Mitt namn") >= 2, "beside theirs, and kept in the form"
    [team] = rows(begin, Team, Team.slug == "gata-park")
    assert team.name == "Deras namn"
    mine = {**hidden(answer.text), "name": "Mitt namn"}
    assert admin.post(STREETS, mine | hidden(admin.post(STREETS, mine).text)).status_code == 303


def test_every_change_is_remembered(begin: Begin, admin: Browser, organisation: Organisation) -> None:
    edit(admin, STREETS, name=STRANGE)
    [change] = rows(begin, SettingChange)
    assert (change.kind, change.key, change.agent_id) == ("grupper", "gata-park", organisation.admin.id)
    assert (change.before["name"], change.after["name"]) == ("Gata-park", STRANGE)
    for url in ("/installningar/historik", f"{STREETS}/historik"):
        text = admin.get(url).text
        assert "Gata-park" in text
        assert "Admin" in text
        assert STRANGE not in text
        assert "&lt;script&gt;" in text


def test_changes_of_colleagues_are_in_the_history_of_all(
    begin: Begin, admin: Browser, app: Flask, organisation: Organisation
) -> None:
    edit(admin, STREETS, name="Gatan")
    dora = f"/installningar/medarbetare/{organisation.dora.id}"
    admin.post(f"{dora}/lank")
    edit(admin, STREETS, name="Gatan igen")
    admin.post(f"{dora}/stang-av")
    with begin() as session:
        tokens.add(session, "Kartan", (tokens.Scope.READ,), tokens.service_agent(session, "Kartan"))
    text = admin.get("/installningar/historik").text
    places = [text.index(word) for word in ("Fick nyckeln Kartan", "Avstängd", "Gatan igen", "Inbjuden med länk")]
    assert places == sorted(places), "newest first"
    assert f'href="{dora}"' in text
    assert "Ett kommando på servern" in text
    found = admin.get("/installningar?q=avstängd+dora").text
    assert "Ändringar av medarbetare" in found
    assert f'href="{dora}"' in found
    assert "Inbjuden med länk" not in found
    assert "Inget i inställningarna" in admin.get("/installningar?q=kanariefågel").text
    assert Browser(app).signed_in(organisation.bob).get("/installningar/historik").status_code == 403


def test_all_of_the_history_is_paged_without_a_gap(
    begin: Begin, admin: Browser, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with begin() as session:
        for number in range(7):
            session.add(
                SettingChange(kind="x", key=f"sak-{number}", agent_id=None, before={}, after={"name": f"s{number}"})
            )
            audit.on_agent(session, None, organisation.dora.id, "token_added", name=f"t{number}")
            session.flush()
    monkeypatch.setattr(change, "HISTORY_PAGE", 3)
    url, seen = "/installningar/historik", []
    while url:
        text = admin.get(url).text
        seen += re.findall(r"<b>s(\d)|nyckeln t(\d)", text)
        more = re.search(r'href="(/installningar/historik\?fore=[^"]+)"', text)
        url = more[1] if more else ""
    assert sorted(one or other for one, other in seen) == sorted("00112233445566")
    assert [one for one, _ in seen if one] == list("6543210")
    for strange in ("1", "x", ".", "1.x", "9" * 40, "1.2.3"):
        assert admin.get(f"/installningar/historik?fore={strange}").status_code == 200


def test_the_side_list_has_one_order(admin: Browser) -> None:
    text = admin.get(GROUPS).text
    listed = re.findall(r'<a class="navi" href="/installningar/([^"]+)"', text)
    assert listed == [
        "amnen", "kontor", "medarbetare", "grupper", "fordelningsregler", "svarstider", "snabbsvar",
        "signaturer", "bekraftelser", "e-postadresser", "avsandare", "brevlador", "nycklar", "webhookar", "utseende",
        "export-import", "historik",
    ]  # fmt: skip


def test_all_settings_are_searched(admin: Browser) -> None:
    text = admin.get("/installningar?q=gata@ekhamra").text
    assert f'href="{STREETS}"' in text
    assert "/grupper/socialtjanst" not in text
    assert "Inget i inställningarna" in admin.get("/installningar?q=finnsinte").text
    assert 'id="o-gata-park"' in admin.get(f"{GROUPS}?q=park").text
    assert 'id="o-gata-park"' not in admin.get(f"{GROUPS}?q=social").text


def test_a_script_gets_the_form_and_then_the_row(admin: Browser) -> None:
    form = admin.get(STREETS, part=True)
    assert form.text.lstrip().startswith("<li")
    given = {**hidden(form.text), "name": "Gatan"}
    shown = admin.post(STREETS, given, part=True)
    done = admin.post(STREETS, given | hidden(shown.text), part=True)
    assert "Gatan" in done.text
    assert "set-row" in done.text
    assert "X-Toast" in done.headers
    assert "set-row" in admin.get(f"{STREETS}?rad", part=True).text


def test_mistakes_are_told_together_and_nothing_is_saved(begin: Begin, admin: Browser) -> None:
    answer = admin.post(STREETS, {**hidden(admin.get(STREETS).text), "name": " ", "mail_address": "gatan"})
    assert answer.status_code == 422
    assert "Skriv något här." in answer.text
    assert "#f-gata-park-name" in answer.text
    assert 'value="gatan"' in answer.text
    assert rows(begin, SettingChange) == []


def test_there_is_always_one_first_line(begin: Begin, admin: Browser) -> None:
    first = f"{GROUPS}/kontaktcenter"
    refused = admin.post(first, {**hidden(admin.get(first).text), "name": "Kontaktcenter"})
    assert refused.status_code == 422
    edit(admin, STREETS, name="Gata", is_first_line="1")
    assert [team.slug for team in rows(begin, Team, Team.is_first_line)] == ["gata-park"]


def test_ticks_that_are_the_same_are_no_change(begin: Begin, admin: Browser) -> None:
    url = "/installningar/kontor/centrum"
    with begin() as session:
        [office] = session.scalars(select(Office).where(Office.slug == "centrum"))
        office.languages = ["sv", "en"]
    form = {**hidden(admin.get(url).text), "name": "Centrum", "kind": "central", "languages": ["en", "sv"]}
    assert admin.post(url, form).status_code == 303
    assert rows(begin, SettingChange) == []


def test_a_line_that_holds_no_word_is_refused(admin: Browser) -> None:
    """It would be looked for in every message."""
    url = "/installningar/kontor/centrum"
    form = {**hidden(admin.get(url).text), "name": "Centrum", "kind": "central", "place_names": "Torget\n-"}
    answer = admin.post(url, form)
    assert answer.status_code == 422
    assert "-" in answer.text


def test_edited_hours_have_the_open_deadlines_reckoned_again(
    app: Flask, begin: Begin, admin: Browser, organisation: Organisation
) -> None:
    url = "/installningar/kontor/centrum"
    as_it_is = {"name": "Centrum", "kind": "central"}
    edit(admin, url, phone="070-174 06 05", **as_it_is)
    assert rows(begin, Timer, Timer.kind == deadlines.RECKON) == []
    edit(admin, url, intervals="måndag–fredag 09.00–15.00", **as_it_is)
    assert len(rows(begin, Timer, Timer.kind == deadlines.RECKON)) == 1
