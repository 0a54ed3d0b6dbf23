"""Colleagues and tokens in the browser: for administrators, recorded, previewed; somebody can always administer."""

from __future__ import annotations

import re
from argparse import Namespace
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

from contactcenter.access import actor_for
from contactcenter.cli import COMMANDS
from contactcenter.errors import Conflict
from contactcenter.model import Agent, AgentLink, ApiToken, Audit, DomainGrant, Skill, TeamMember, Ticket
from contactcenter.model.words import Role
from contactcenter.services import agents, staff
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import rows
from tests.integration.people import Organisation, make_agent, make_ticket

HOME, TOKENS = "/installningar/medarbetare", "/installningar/nycklar"
SEEN = re.compile(r'name="sett" value="(\w+)"')
MARK = re.compile(r'name="mark" value="(\w+)"')


@pytest.fixture
def admin(app: Flask, begin: Begin, organisation: Organisation) -> Browser:
    with begin() as session:
        session.get_one(Agent, organisation.admin.id).password_hash = "x"
    return Browser(app).signed_in(organisation.admin)


def form(browser: Browser, agent: Agent, **changed: Any) -> dict[str, Any]:
    """The form of a colleague as it is filled in on the page, with some of it changed."""
    text = browser.get(f"{HOME}/{agent.id}").text
    found = MARK.search(text)
    assert found
    ticked = re.findall(r'name="(team|domain|language)" value="([\w-]+)" checked', text)
    role = re.search(r'name="role" value="(\w+)" checked', text)
    assert role
    filled: dict[str, Any] = {"mark": found[1], "role": role[1], "name": agent.name, "title": "", "capacity": "0"}
    for name in ("team", "domain", "language"):
        filled[name] = [value for key, value in ticked if key == name]
    return filled | changed


def confirmed(browser: Browser, agent: Agent, filled: dict[str, Any]) -> str:
    """Post a form that takes something away, look at what it comes to, and save all the same; what was told."""
    asked = browser.post(f"{HOME}/{agent.id}", filled)
    assert asked.status_code == 422
    found = SEEN.search(asked.text)
    assert found
    assert browser.post(f"{HOME}/{agent.id}", filled | {"sett": found[1]}).status_code == 303
    return asked.text


def test_the_list_is_searched_by_name_group_role_and_state(admin: Browser, begin: Begin) -> None:
    text = admin.get(HOME).text
    assert all(name in text for name in ("Alice", "Bob", "Charlie", "Dora", "Admin", "Har inget lösenord än"))
    for query, found in (
        ("sok=ali", {"Alice"}),
        ("sok=SOCIALTJANST", {"Charlie"}),
        ("roll=supervisor", {"Bob"}),
        ("lage=active", {"Admin"}),
        ("lage=disabled", set()),
        ("sok=%25", set()),
        ("sok=alice+kontakt", {"Alice"}),
        ("roll=nonsense&lage=nonsense", {"Alice", "Bob", "Charlie", "Dora", "Admin"}),
    ):
        page = admin.get(f"{HOME}?{query}").text.partition("<main")[2]
        assert {name for name in ("Alice", "Bob", "Charlie", "Dora", "Admin") if f"<b>{name}</b>" in page} == found, (
            query
        )


def test_only_administrators_get_in(app: Flask, organisation: Organisation) -> None:
    bob = Browser(app).signed_in(organisation.bob)
    one = f"{HOME}/{organisation.alice.id}"
    for url in (HOME, f"{HOME}/ny", one, f"{one}/stang-av", TOKENS):
        assert bob.get(url).status_code == 403
    for url in (
        f"{HOME}/ny",
        one,
        f"{one}/lank",
        f"{one}/stang-av",
        f"{one}/slapp-in",
        TOKENS,
        f"{TOKENS}/1/aterkalla",
    ):
        assert bob.post(url, {"role": "admin", "name": "B"}).status_code == 403


def test_a_new_colleague_is_invited_and_the_link_is_shown_once(admin: Browser, begin: Begin, app: Flask) -> None:
    wish = {"name": "Erik Ny", "login": "Erik@ekhamra.example", "role": "guide", "team": ["kontaktcenter"]}
    wish |= {
        "domain": ["common"],
        "language": ["sv", "ar"],
        "skills": "Bygglov,  teckenspråk , bygglov",
        "capacity": "6",
    }
    answer = admin.post(f"{HOME}/ny", wish)
    found = re.search(r">http://127\.0\.0\.1:8080(/valj-losenord/\w{64})<", answer.text)
    assert found
    assert Browser(app).get(found[1]).status_code == 200
    with begin(read_only=True) as session:
        erik = agents.find(session, "erik@ekhamra.example")
        made = staff.profile(session, erik)
    assert (made.teams, made.domains, made.languages, made.capacity) == (
        ("kontaktcenter",),
        ("common",),
        ("ar", "sv"),
        6,
    )
    assert [name.casefold() for name in made.skills] == ["bygglov", "teckenspråk"]
    assert found[1].rpartition("/")[2] not in admin.get(f"{HOME}/{erik.id}").text
    assert [(row.verb, row.subject_id) for row in rows(begin, Audit)[-2:]] == [
        ("agent_added", erik.id),
        ("agent_invited", erik.id),
    ]
    for wrong in ({}, {"login": "x"}, {"login": "b@c", "name": ""}, {"login": "b@c", "team": ["nope"]}):
        assert admin.post(f"{HOME}/ny", wish | {"login": "erik@ekhamra.example"} | wrong).status_code in (409, 422)
    assert len(rows(begin, AgentLink)) == 1
    assert admin.post(f"{HOME}/ny", wish | {"role": "king"}).status_code == 422


def test_what_a_change_takes_away_is_shown_before_it_is_saved(
    admin: Browser, begin: Begin, organisation: Organisation
) -> None:
    charlie = organisation.charlie
    with begin() as session:
        secret = make_ticket(session, organisation.social, organisation.social_team, assignee_id=charlie.id)
        before = session.get_one(Agent, charlie.id).rights_rev
        session.get_one(Agent, organisation.bob.id).role = Role.PARTNER
    told = confirmed(admin, charlie, form(admin, charlie, team=[], domain=["common"]))
    assert "Socialtjanst står utan medarbetare" in told
    assert "Ingen annan ser Social" in told
    assert "Öppna ärenden som Charlie inte längre får se går tillbaka till kön" in told
    with begin(read_only=True) as session:
        now = staff.profile(session, session.get_one(Agent, charlie.id))
        assert (now.teams, now.domains) == ((), ("common",))
        assert session.get_one(Ticket, secret.id).assignee_id is None
        assert session.get_one(Agent, charlie.id).rights_rev > before
    last = rows(begin, Audit)[-1]
    assert (last.verb, last.agent_id, last.subject_id) == ("agent_changed", organisation.admin.id, charlie.id)
    assert last.data["changes"]["domains"] == {"before": ["social"], "after": ["common"]}
    history = admin.get(f"{HOME}/{charlie.id}").text
    assert "Sekretessområden: +Common, −Social" in history


def test_a_change_that_takes_nothing_away_is_saved_at_once(
    admin: Browser, begin: Begin, organisation: Organisation
) -> None:
    alice = organisation.alice
    wish = form(admin, alice, name="Alice Ek", title="Samhällsvägledare", skills="Bygglov", capacity="12")
    assert admin.post(f"{HOME}/{alice.id}", wish).status_code == 303
    assert admin.post(f"{HOME}/{alice.id}", wish).status_code == 409, "the page is of before"
    assert admin.post(f"{HOME}/{alice.id}", wish | {"capacity": "100"}).status_code == 422
    assert admin.post(f"{HOME}/{alice.id}", wish | {"name": "A" * 201}).status_code == 422
    again = form(admin, alice, name="Alice Ek", title="Samhällsvägledare", capacity="12", skills="")
    assert admin.post(f"{HOME}/{alice.id}", again).status_code == 303
    assert rows(begin, Skill) == [], "nobody has it any more"


def test_a_competence_that_came_by_file_stays_until_it_is_taken_from_the_last_who_has_it(
    admin: Browser, begin: Begin, organisation: Organisation
) -> None:
    """A settings file promises that nothing is deleted; two of its spellings are two competences."""
    alice, dora = organisation.alice, organisation.dora
    with begin() as session:
        session.add_all(Skill(name=name) for name in ("bygglov", "Bygglov", "Teckenspråk"))

    def give(agent: Agent, skills: str, **changed: Any) -> list[str]:
        assert admin.post(f"{HOME}/{agent.id}", form(admin, agent, skills=skills, **changed)).status_code == 303
        return sorted(row.name for row in rows(begin, Skill))

    everything = ["Bygglov", "Teckenspråk", "bygglov"]
    assert give(alice, "", title="Vägledare") == everything
    assert give(alice, "bygglov") == everything
    assert give(alice, "bygglov, Tolk") == sorted([*everything, "Tolk"])
    assert give(dora, "TOLK, Bygglov") == sorted([*everything, "Tolk"])
    assert give(alice, "teckenspråk") == ["Bygglov", "Teckenspråk", "Tolk"], "Dora has one of them, nobody the other"


def test_an_administrator_gives_themselves_a_domain_openly(
    admin: Browser, begin: Begin, organisation: Organisation
) -> None:
    me = organisation.admin
    assert admin.post(f"{HOME}/{me.id}", form(admin, me, domain=["social"])).status_code == 303
    with begin(read_only=True) as session:
        assert actor_for(session, session.get_one(Agent, me.id)).domains == {organisation.social.id}
    assert "Admin, om sig själv" in admin.get(f"{HOME}/{me.id}").text


def test_what_a_group_lets_a_colleague_see_is_told_and_recorded(
    admin: Browser, begin: Begin, organisation: Organisation
) -> None:
    alice = organisation.alice
    with begin() as session:
        session.add(DomainGrant(domain_id=organisation.social.id, team_id=organisation.streets.id))
    told = confirmed(admin, alice, form(admin, alice, team=["kontaktcenter", "gata-park"]))
    assert "Alice får se Social, genom grupperna." in told
    last = rows(begin, Audit)[-1]
    assert last.data["changes"]["team_domains"] == {"before": [], "after": ["social"]}
    assert "Sekretessområden genom grupper: +Social" in admin.get(f"{HOME}/{alice.id}").text


def test_the_last_administrator_is_neither_disabled_nor_demoted(
    admin: Browser, begin: Begin, organisation: Organisation
) -> None:
    me = organisation.admin
    with begin() as session:
        make_agent(session, "Ny", Role.ADMIN)  # invited, and not able to sign in yet
    assert admin.post(f"{HOME}/{me.id}/stang-av").status_code == 409
    wish = form(admin, me, role="guide")
    found = SEEN.search(admin.post(f"{HOME}/{me.id}", wish).text)
    assert found
    answer = admin.post(f"{HOME}/{me.id}", wish | {"sett": found[1]})
    assert answer.status_code == 409
    assert "enda administratören" in answer.text
    assert admin.post(f"{HOME}/{me.id}/lank").status_code == 409
    assert rows(begin, Agent, Agent.id == me.id)[0].role is Role.ADMIN
    with pytest.raises(Conflict), begin() as session:
        agents.disable(session, me.login)


def test_two_administrators_cannot_end_each_other_at_once(begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        other = make_agent(session, "Ny", Role.ADMIN, password_hash="x")
        session.get_one(Agent, organisation.admin.id).password_hash = "x"

    def end(login: str) -> bool:
        try:
            with begin() as session:
                agents.disable(session, login)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(end, (other.login, organisation.admin.login))) == [False, True]


def test_disabled_and_enabled_again(admin: Browser, app: Flask, begin: Begin, organisation: Organisation) -> None:
    alice = organisation.alice
    with begin() as session:
        session.add(DomainGrant(agent_id=organisation.admin.id, domain_id=organisation.common.id))
        make_ticket(session, organisation.common, organisation.first_line, assignee_id=alice.id)
        make_ticket(session, organisation.social, organisation.social_team, assignee_id=alice.id)
    browser = Browser(app).signed_in(alice)
    asked = admin.get(f"{HOME}/{alice.id}/stang-av").text
    assert "1 öppet ärende som du ser går tillbaka till kön." in asked, "what the reader may not see is not counted"
    assert admin.post(f"{HOME}/{alice.id}/stang-av").status_code == 303
    assert browser.get("/arenden").status_code == 303
    assert {row.assignee_id for row in rows(begin, Ticket)} == {None}
    assert "Avstängd" in admin.get(f"{HOME}/{alice.id}").text
    assert admin.post(f"{HOME}/{alice.id}/slapp-in").status_code == 303
    assert admin.post(f"{HOME}/{alice.id}/slapp-in").status_code == 409
    assert Browser(app).signed_in(alice).get("/arenden").status_code == 200


def test_what_groups_were_given_meanwhile_is_told_and_recorded_when_a_colleague_is_enabled(
    admin: Browser, begin: Begin, organisation: Organisation
) -> None:
    alice = organisation.alice
    page, door = f"{HOME}/{alice.id}", f"{HOME}/{alice.id}/slapp-in"
    admin.post(f"{page}/stang-av")
    assert "genom grupperna" not in admin.get(page).text
    with begin() as session:
        given = [DomainGrant(domain_id=each.id, team_id=organisation.first_line.id)
                 for each in (organisation.common, organisation.social)]  # fmt: skip
        session.add_all(given)
    for unread in ({}, {"sett": "x"}):
        refused = admin.post(door, unread)
        assert refused.status_code == 409, "whoever enables has not read it"
        assert "Läs vad Alice får se genom grupperna" in refused.text
    assert rows(begin, Agent, Agent.id == alice.id)[0].disabled_at is not None
    text = admin.get(page).text
    assert "Alice får se Social, genom grupperna." in text
    assert "Alice får se Common" not in text, "she was given that herself"
    found = SEEN.search(text)
    assert found
    assert admin.post(door, {"sett": found[1]}).status_code == 303
    last = rows(begin, Audit)[-1]
    assert (last.verb, last.data["team_domains"]) == ("agent_enabled", ["common", "social"])
    history = admin.get(page).text
    assert "Sekretessområden genom grupper: +Common, +Social" in history


def test_a_command_that_enables_tells_what_groups_let_the_colleague_see(
    begin: Begin, organisation: Organisation
) -> None:
    with begin() as session:
        session.add(DomainGrant(domain_id=organisation.social.id, team_id=organisation.first_line.id))
    [enable] = [command for command in COMMANDS if command.words == ("agent", "enable")]
    for agent, told in ((organisation.alice, "; through groups they see: social"), (organisation.charlie, "")):
        with begin() as session:
            agents.disable(session, agent.login)
        with begin() as session:
            assert enable.run(session, Namespace(login=agent.login)) == [f"{agent.login} can sign in again{told}"]


def test_who_begins_to_read_sees_what_their_groups_see(
    admin: Browser, begin: Begin, organisation: Organisation
) -> None:
    """What a group is given while somebody in it reads nothing is in nobody's history but this."""
    dora = organisation.dora
    with begin() as session:
        session.get_one(Agent, dora.id).role = Role.PARTNER
        session.add(DomainGrant(domain_id=organisation.social.id, team_id=organisation.first_line.id))
    told = confirmed(admin, dora, form(admin, dora, role="guide"))
    assert "Dora får se Social, genom grupperna." in told
    assert rows(begin, Audit)[-1].data["changes"]["team_domains"] == {"before": [], "after": ["social"]}


def test_a_program_or_nobody_is_not_there(admin: Browser, begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        program = make_agent(session, "Program", is_service=True)
    for number in (program.id, 999_999, 10**17):
        assert admin.get(f"{HOME}/{number}").status_code == 404
        for act in ("", "/lank", "/stang-av", "/slapp-in"):
            assert admin.post(f"{HOME}/{number}{act}", {"role": "guide"}).status_code == 404


def test_a_token_is_shown_once_works_and_is_ended(admin: Browser, app: Flask, begin: Begin) -> None:
    wish = {"name": "E-tjänster", "scope": ["read"], "as": "program", "domain": ["common"]}
    answer = admin.post(TOKENS, wish)
    found = re.search(r">(cc_[\w-]+)<", answer.text)
    assert found
    asking = {"Authorization": f"Bearer {found[1]}"}
    assert app.test_client().get("/api/v1/tickets", headers=asking).status_code == 200
    text = admin.get(TOKENS).text
    assert found[1] not in text
    assert "Programmet självt" in text
    [token] = rows(begin, ApiToken)
    assert admin.post(f"{TOKENS}/{token.id}/aterkalla").status_code == 303
    assert admin.post(f"{TOKENS}/{token.id}/aterkalla").status_code == 404
    assert app.test_client().get("/api/v1/tickets", headers=asking).status_code == 401
    assert [row.verb for row in rows(begin, Audit)[-2:]] == ["token_added", "token_revoked"]


def test_a_token_for_oneself_is_in_ones_history(admin: Browser, begin: Begin, organisation: Organisation) -> None:
    form = admin.get(TOKENS).text
    assert "alice@ekhamra.example" not in form, "nobody else can be chosen"
    assert "Alice" not in form
    wish = {"name": "Rapporter", "scope": ["read", "write"], "as": "me"}
    assert admin.post(TOKENS, wish).status_code == 200
    [token] = rows(begin, ApiToken)
    assert token.agent_id == organisation.admin.id
    assert "Fick nyckeln Rapporter" in admin.get(f"{HOME}/{organisation.admin.id}").text
    made = rows(begin, Audit)[-1]
    assert (made.verb, made.agent_id, made.subject_id) == ("token_added", organisation.admin.id, organisation.admin.id)


@pytest.mark.parametrize("acts_as", ["agent", "me", "program", ""])
def test_no_token_acts_as_a_colleague(
    admin: Browser, app: Flask, begin: Begin, organisation: Organisation, acts_as: str
) -> None:
    """Whoever administers reads no tickets by it; with a colleague's rights they would read all that colleague may."""
    make = {"name": "Rapporter", "scope": ["read"], "as": acts_as, "domain": ["common"]}
    admin.post(TOKENS, make | {"agent": organisation.alice.login, "login": organisation.alice.login})
    assert organisation.alice.id not in {row.agent_id for row in rows(begin, ApiToken)}


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"name": "<b>"}, {"scope": []}, {"scope": ["all"]}, {"domain": []}, {"domain": ["nope"]},
     {"as": "agent", "agent": "alice@ekhamra.example"}, {"as": ""}],
)  # fmt: skip
def test_a_token_that_cannot_be_is_refused(admin: Browser, begin: Begin, wrong: dict[str, Any]) -> None:
    wish = {"name": "E-tjänster", "scope": ["read"], "as": "program", "domain": ["common"]}
    assert admin.post(TOKENS, wish | wrong).status_code in (404, 422)
    assert rows(begin, ApiToken) == []
    assert {row.is_service for row in rows(begin, Agent)} == {False}


def test_a_second_program_of_a_name_is_refused(admin: Browser, begin: Begin) -> None:
    wish = {"name": "E-tjänster", "scope": ["read"], "as": "program", "domain": ["common"]}
    assert admin.post(TOKENS, wish).status_code == 200
    assert admin.post(TOKENS, wish | {"domain": ["social"]}).status_code == 422
    assert len(rows(begin, TeamMember)) == 4
