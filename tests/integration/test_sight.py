"""What a whole answer group may see: told before it is given or taken, in force at once, remembered of everybody."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select, text

from contactcenter.access import Permission, actor_for, visible_tickets
from contactcenter.errors import NotAllowed
from contactcenter.model import Agent, Audit, DomainGrant, SettingChange, Team, TeamMember, Ticket
from contactcenter.model.words import Role
from contactcenter.services import sight
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import rows
from tests.integration.people import Organisation, make_agent, make_ticket
from tests.integration.test_settings_pages import edit, hidden
from tests.running import wait_until

FIRST = "/installningar/grupper/kontaktcenter"
AS_IT_IS = {"name": "Kontaktcenter", "is_first_line": "1"}


@pytest.fixture
def admin(app: Flask, organisation: Organisation) -> Browser:
    return Browser(app).signed_in(organisation.admin)


def asked(browser: Browser, **form: object) -> str:
    """What a change of the first line touches."""
    answer = browser.post(FIRST, {**hidden(browser.get(FIRST).text), **AS_IT_IS, **form})
    assert answer.status_code == 200
    return str(answer.text)


def sees(begin: Begin, agent: Agent, ticket_id: int) -> bool:
    with begin(read_only=True) as session:
        actor = actor_for(session, session.get_one(Agent, agent.id))
        return session.scalar(select(Ticket.id).where(Ticket.id == ticket_id, visible_tickets(actor))) is not None


def revisions(begin: Begin) -> dict[str, int]:
    return {agent.name: agent.rights_rev for agent in rows(begin, Agent)}


def test_who_gains_sight_is_told_and_sees_at_once(begin: Begin, admin: Browser, organisation: Organisation) -> None:
    with begin() as session:
        ticket_id = make_ticket(session, organisation.social, organisation.social_team).id
        make_agent(session, "Wilma", Role.PARTNER, teams=[organisation.first_line])
    text = asked(admin, domains=["social"])
    assert "Får se Social: Alice, Dora." in text, "Bob sees it already, and a partner sees nothing"
    assert "Den som kommer till gruppen senare ser också Social." in text
    assert rows(begin, DomainGrant, DomainGrant.team_id.is_not(None)) == []
    before = revisions(begin)
    edit(admin, FIRST, **AS_IT_IS, domains=["social"])
    assert sees(begin, organisation.alice, ticket_id)
    assert sees(begin, organisation.dora, ticket_id)
    changed = {name for name, rev in revisions(begin).items() if rev != before[name]}
    assert {"Alice", "Dora"} <= changed
    assert "Charlie" not in changed
    assert "ser Social" in admin.get("/installningar/grupper").text
    [change] = rows(begin, SettingChange)
    assert (change.before["domains"], change.after["domains"]) == ([], ["social"])
    told = rows(begin, Audit, Audit.verb == "team_domains_changed")
    assert {row.subject_id for row in told} == {organisation.alice.id, organisation.dora.id}
    assert {row.agent_id for row in told} == {organisation.admin.id}
    text = admin.get(f"/installningar/medarbetare/{organisation.dora.id}").text
    assert "Det som gruppen Kontaktcenter får se ändrades" in text
    assert "+Social" in text


def test_who_loses_sight_is_told_and_gives_back_what_they_hold(
    begin: Begin, admin: Browser, organisation: Organisation
) -> None:
    edit(admin, FIRST, **AS_IT_IS, domains=["acute", "social"])
    with begin() as session:
        ticket = make_ticket(session, organisation.social, organisation.social_team, assignee_id=organisation.dora.id)
        kept = make_ticket(session, organisation.social, organisation.social_team, assignee_id=organisation.bob.id)
        ids = (ticket.id, kept.id)
    text = asked(admin, domains=["acute"])
    assert "Ser inte längre Social: Alice, Dora." in text
    assert "går tillbaka till kön" in text
    assert "Ingen ser längre" not in text, "Bob and Charlie do"
    before = revisions(begin)
    edit(admin, FIRST, **AS_IT_IS, domains=["acute"])
    assert not sees(begin, organisation.dora, ids[0])
    holders = {row.id: row.assignee_id for row in rows(begin, Ticket)}
    assert holders == {ids[0]: None, ids[1]: organisation.bob.id}
    assert revisions(begin)["Dora"] > before["Dora"]
    [row] = rows(begin, Audit, Audit.verb == "team_domains_changed", Audit.subject_id == organisation.dora.id)[1:]
    assert row.data["changes"]["domains"] == {"before": ["social"], "after": []}
    assert row.data["released"] == 1


def test_that_nobody_is_left_to_see_a_domain_is_told(begin: Begin, admin: Browser, organisation: Organisation) -> None:
    edit(admin, FIRST, **AS_IT_IS, domains=["social"])
    with begin() as session:
        session.query(DomainGrant).filter(
            DomainGrant.domain_id == organisation.social.id, DomainGrant.agent_id.is_not(None)
        ).delete()
    text = asked(admin)
    assert "Ser inte längre Social: Alice, Bob, Dora." in text
    assert "Ingen ser längre Social: nya ärenden där når ingen." in text


def test_another_group_or_an_own_grant_keeps_sight(begin: Begin, admin: Browser, organisation: Organisation) -> None:
    with begin() as session:
        session.add_all(
            (
                DomainGrant(domain_id=organisation.social.id, team_id=organisation.streets.id),
                TeamMember(team_id=organisation.streets.id, agent_id=organisation.dora.id),
            )
        )
    assert "Får se Social: Alice." in asked(admin, domains=["social"])


def test_of_many_colleagues_the_first_are_named(begin: Begin, admin: Browser, organisation: Organisation) -> None:
    with begin() as session:
        for number in range(20):
            make_agent(session, f"Guide{number:02}", teams=[organisation.streets])
    url = "/installningar/grupper/gata-park"
    form = {**hidden(admin.get(url).text), "name": "Gata-park", "domains": ["social"]}
    text = admin.post(url, form).text
    assert "Guide11, 8 till." in text
    assert "Guide12" not in text.partition('class="set-preview"')[2]


def test_a_new_group_is_given_sight_and_what_is_no_domain_is_refused(begin: Begin, admin: Browser) -> None:
    new = {"name": "Nya", "domains": ["social"]}
    shown = admin.post("/installningar/grupper/ny", new)
    assert "Den som kommer till gruppen senare ser också Social." in shown.text
    assert rows(begin, Team, Team.slug == "nya") == []
    assert admin.post("/installningar/grupper/ny", new | hidden(shown.text)).status_code == 303
    [team] = rows(begin, Team, Team.slug == "nya")
    assert [grant.team_id for grant in rows(begin, DomainGrant, DomainGrant.team_id == team.id)] == [team.id]
    refused = admin.post(FIRST, {**hidden(admin.get(FIRST).text), **AS_IT_IS, "domains": ["finnsinte"]})
    assert refused.status_code == 422
    assert "kan inte väljas" in refused.text


def test_a_change_of_the_name_touches_no_rights(begin: Begin, admin: Browser) -> None:
    edit(admin, FIRST, **AS_IT_IS, domains=["social"])
    before = revisions(begin)
    edit(admin, FIRST, **AS_IT_IS | {"name": "Center"}, domains=["social"])
    assert revisions(begin) == before


def test_only_who_looks_after_colleagues_gives_sight(begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        guide = actor_for(session, session.get_one(Agent, organisation.alice.id))
        assert not guide.may(Permission.AGENTS)
        team = session.get_one(Team, organisation.first_line.id)
        with pytest.raises(NotAllowed):
            sight.give(session, guide, team, ["social"])
    assert rows(begin, DomainGrant, DomainGrant.team_id.is_not(None)) == []


@pytest.mark.parametrize("database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_tickets_are_locked_in_one_order_whoever_they_are_taken_from(
    app: Flask, begin: Begin, admin: Browser, organisation: Organisation
) -> None:
    """Alice comes before Dora, and Dora's ticket before Alice's: who locks tickets by id would meet in the middle.

    SQLite has one writer at a time.
    """
    edit(admin, FIRST, **AS_IT_IS, domains=["social"])
    with begin() as session:
        holders = (organisation.dora.id, organisation.alice.id)
        made = [make_ticket(session, organisation.social, organisation.social_team, assignee_id=id_) for id_ in holders]
        first, second = (ticket.id for ticket in made)

    def take_sight() -> None:
        with begin() as session:
            actor = actor_for(session, session.get_one(Agent, organisation.admin.id))
            sight.give(session, actor, session.get_one(Team, organisation.first_line.id), ())

    def is_waiting() -> bool:
        with begin(read_only=True) as session:
            here = "datname = current_database() AND wait_event_type = 'Lock'"
            return bool(session.scalar(text(f"SELECT count(*) FROM pg_stat_activity WHERE {here}")))

    with begin() as session, ThreadPoolExecutor(1) as other:
        session.scalars(select(Ticket.id).where(Ticket.id == first).with_for_update()).one()
        taking = other.submit(take_sight)
        with app.app_context():
            wait_until(is_waiting)
        session.scalars(select(Ticket.id).where(Ticket.id == second).with_for_update(nowait=True)).one()
        session.rollback()
        taking.result(10)
    assert [row.assignee_id for row in rows(begin, Ticket)] == [None, None]
