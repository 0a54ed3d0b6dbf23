"""Who may see which ticket, for every role and every way to it; what may not be seen looks like what is not there."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from contactcenter import runtime
from contactcenter.access import (
    PERMISSIONS,
    Actor,
    Permission,
    actor_for,
    actors_for,
    get_ticket,
    visible_tickets,
    watch_rooms,
)
from contactcenter.errors import NotAllowed, NotFound
from contactcenter.model import (
    Agent,
    Attachment,
    Domain,
    DomainGrant,
    Inbox,
    Team,
    TeamMember,
    Ticket,
    TicketGrant,
    TicketTeam,
)
from contactcenter.model.words import ChannelKind, InboxState, Role
from contactcenter.queries import deltas
from contactcenter.queries.deltas import Cursor
from contactcenter.services import events
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import rows
from tests.integration.people import (
    Organisation,
    make_agent,
    make_domain,
    make_entry,
    make_person,
    make_team,
    make_ticket,
)

ALL, OWN, NONE = "all of the domain", "own teams and own", "nothing"
WAYS: dict[str, dict[str, object]] = {
    "domain granted": {"domain": "granted"},
    "domain granted to the team": {"domain": "granted to team"},
    "other domain": {"domain": "other"},
    "own team": {"domain": "granted", "team": True},
    "own team, other domain": {"domain": "other", "team": True},
    "shared with own team": {"domain": "granted", "shared": True},
    "shared with own team, other domain": {"domain": "other", "shared": True},
    "assigned": {"domain": "granted", "assigned": True},
    "assigned, other domain": {"domain": "other", "assigned": True},
    "ticket granted": {"domain": "other", "grant": "agent"},
    "ticket granted to the team": {"domain": "other", "grant": "team"},
    "ticket granted to somebody else": {"domain": "other", "grant": "somebody else"},
    "ticket granted to another team": {"domain": "other", "grant": "another team"},
}
BY_TICKET = {"ticket granted", "ticket granted to the team"}
BY_HAND = {"assigned"} | BY_TICKET
BY_TEAM = {"own team", "shared with own team"} | BY_HAND
BY_DOMAIN = {"domain granted", "domain granted to the team"} | BY_TEAM
VISIBLE = {
    Role.GUIDE: BY_DOMAIN,
    Role.SUPERVISOR: BY_DOMAIN,
    Role.ADMIN: BY_DOMAIN,
    Role.SPECIALIST: BY_TEAM,
    Role.IT_HOST: BY_HAND,
    Role.PARTNER: set(),
}
READERS = [role for role in Role if Permission.READ in PERMISSIONS[role]]
WORD = "hemligord"


@dataclass
class World:
    """An agent, and one ticket for each way to it, with an HTML message, a file and its raw mail."""

    agent: Agent
    tickets: dict[str, Ticket]
    entries: dict[str, int]
    files: dict[str, int]

    def names(self, ids: set[int]) -> set[str]:
        return {way for way, ticket in self.tickets.items() if ticket.id in ids}


def build(session: Session, organisation: Organisation, role: Role) -> World:
    own_team, granted, other = make_team(session, "own"), make_domain(session, "granted"), make_domain(session, "other")
    by_team = make_domain(session, "by-team")
    agent = make_agent(session, "Vera", role, teams=[own_team], domains=[granted])
    session.add(DomainGrant(domain_id=by_team.id, team_id=own_team.id))
    domains = {"granted": granted, "granted to team": by_team, "other": other}
    world = World(agent, {}, {}, {})
    for way, how in WAYS.items():
        _add(session, organisation, world, way, how, domains[str(how["domain"])], own_team)
    return world


def _add(
    session: Session,
    organisation: Organisation,
    world: World,
    way: str,
    how: dict[str, object],
    domain: Domain,
    own_team: Team,
) -> None:
    ticket = make_ticket(session, domain, own_team if how.get("team") else organisation.streets, f"Ärende: {way}")
    ticket.assignee_id = world.agent.id if how.get("assigned") else None
    key = runtime.current().blobs.put(way.encode())
    raw = Inbox(channel=ChannelKind.EMAIL, dedupe_key=way, raw_key=key, size=1, state=InboxState.DONE)
    session.add(raw)
    session.flush()
    entry = make_entry(session, ticket, f"{WORD} {way}", html=f"<p>{WORD}</p>", inbox_id=raw.id)
    file = Attachment(entry_id=entry.id, domain_id=domain.id, name="a.txt", media_type="text/plain", size=1)
    file.sha256 = file.blob_key = key
    session.add(file)
    grant = {
        "agent": TicketGrant(ticket_id=ticket.id, agent_id=world.agent.id),
        "team": TicketGrant(ticket_id=ticket.id, team_id=own_team.id),
        "somebody else": TicketGrant(ticket_id=ticket.id, agent_id=organisation.alice.id),
        "another team": TicketGrant(ticket_id=ticket.id, team_id=organisation.first_line.id),
    }.get(str(how.get("grant")))
    session.add_all([grant] if grant else [])
    session.add_all([TicketTeam(ticket_id=ticket.id, team_id=own_team.id)] if how.get("shared") else [])
    events.changed(session, ticket, "opened")
    session.flush()
    world.tickets[way], world.entries[way], world.files[way] = ticket, entry.id, file.id


# The predicate


def test_every_role_sees_by_every_way_what_the_table_says(begin: Begin, organisation: Organisation) -> None:
    assert VISIBLE.keys() == set(Role)
    with begin() as session:
        world = build(session, organisation, Role.GUIDE)
    for role, expected in VISIBLE.items():
        with begin() as session:
            session.get_one(Agent, world.agent.id).role = role
        with begin(read_only=True) as session:
            actor = actor_for(session, session.get_one(Agent, world.agent.id))
            seen = set(session.scalars(select(Ticket.id).where(visible_tickets(actor))))
            assert world.names(seen) == expected, role
            for way, ticket in world.tickets.items():
                assert may_get(session, actor, ticket.number) is (way in expected), (role, way)


def may_get(session: Session, actor: Actor, number: int) -> bool:
    try:
        return get_ticket(session, actor, number).number == number
    except NotFound:
        return False


def test_rights_end_with_their_ground(begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        world = build(session, organisation, Role.GUIDE)
        for row in session.scalars(select(TeamMember).where(TeamMember.agent_id == world.agent.id)):
            session.delete(row)
    with begin(read_only=True) as session:
        actor = actor_for(session, session.get_one(Agent, world.agent.id))
        seen = set(session.scalars(select(Ticket.id).where(visible_tickets(actor))))
    assert world.names(seen) == BY_DOMAIN - {"domain granted to the team", "ticket granted to the team"}


def test_many_are_asked_about_as_one_is(begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        build(session, organisation, Role.GUIDE)
        everybody = session.scalars(select(Agent)).all()
        together = actors_for(session, everybody)
        assert together == {agent.id: actor_for(session, agent) for agent in everybody}
        assert len({actor.domains for actor in together.values()}) > 2
        assert actors_for(session, []) == {}


def test_no_role_has_a_domain_by_itself(begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        for domain in (organisation.common, organisation.acute):
            make_ticket(session, domain, organisation.first_line)
        agents = [make_agent(session, f"Role-{role.value}", role) for role in Role]
        for agent in agents:
            actor = actor_for(session, agent)
            assert session.scalars(select(Ticket.id).where(visible_tickets(actor))).all() == [], agent.role
            assert not [room for room in watch_rooms(actor) if room.startswith("domain")]


def test_rooms_are_never_wider_than_the_predicate() -> None:
    for role in Role:
        actor = Actor(1, "a", "A", role, frozenset({2}), frozenset({3, 4}))
        domains = {f"domain:{number}" for number in (3, 4)}
        teams = {"team:2:3", "team:2:4"}
        wide = VISIBLE[role]
        expected = domains if "domain granted" in wide else teams if "own team" in wide else set()
        own = {"agent:1"} if wide else set()
        assert watch_rooms(actor) == own | expected, role


def test_the_table_of_roles() -> None:
    desk = {"read", "open", "take", "assign", "reply", "note", "close", "topic", "sort"}
    assert {role: {str(permission) for permission in PERMISSIONS[role]} for role in Role} == {
        Role.GUIDE: desk,
        Role.SPECIALIST: desk,
        Role.SUPERVISOR: desk | {"assign_anyone", "quarantine"},
        Role.IT_HOST: {"read", "open", "note", "close"},
        Role.ADMIN: {"read", "sort", "settings", "agents", "quarantine", "remove_demo"},
        Role.PARTNER: set(),
    }
    with pytest.raises(NotAllowed):
        Actor(1, "a", "A", Role.PARTNER, frozenset(), frozenset()).require(Permission.READ)


# The pages


def lists(browser: Browser, world: World) -> dict[str, set[int]]:
    """The numbers or ids of tickets that each kind of list shows."""
    ids = "&".join(f"id={ticket.id}" for ticket in world.tickets.values())
    with browser.app.app_context():
        start = deltas.written(Cursor())
    since = browser.get(f"/f/nytt?sedan={start}").json
    assert since is not None
    number = {ticket.number: ticket.id for ticket in world.tickets.values()}

    def shown(url: str, *, part: bool = False) -> set[int]:
        answer = browser.get(url, part=part)
        assert answer.status_code == 200
        return {number[int(found)] for found in re.findall(r'href="/arenden/(\d+)', answer.text)}

    return {
        "list": shown("/arenden?vy=oppna"),
        "search": shown(f"/arenden?q={WORD}"),
        "rows": shown(f"/f/rader?vy=oppna&{ids}", part=True),
        "since": {row["id"] for row in since["tickets"]},
        "search by number": {
            found
            for way in ("ticket granted", "other domain", "own team, other domain")
            for found in shown(f"/arenden?q=KC-{world.tickets[way].number}")
        },
    }


def count_of(text: str) -> int:
    """What the navigation says there is in the view of all open tickets."""
    link = re.search(r'vy=oppna".*?</a>', text, re.DOTALL)
    assert link
    number = re.search(r'class="count.*?</span>\s*(\d+)<', link[0], re.DOTALL)
    assert number, link[0]
    return int(number[1])


@pytest.mark.parametrize("role", READERS)
def test_lists_searches_counts_and_deltas_hold_what_is_visible_and_nothing_else(
    app: Flask, begin: Begin, organisation: Organisation, role: Role
) -> None:
    with begin() as session:
        world = build(session, organisation, role)
    browser = Browser(app).signed_in(world.agent)
    found = lists(browser, world)
    assert world.names(found.pop("search by number")) == {"ticket granted"}
    for name, ids in found.items():
        assert world.names(ids) == VISIBLE[role], name
    assert count_of(browser.get("/f/antal").text) == len(VISIBLE[role])


GETS = (
    "/arenden/{number}",
    "/f/arende/{number}/tidslinje",
    "/f/arende/{number}/tidslinje?efter=0",
    "/f/arende/{number}/huvud",
    "/f/arende/{number}/utkast/reply/filer",
    "/arenden/{number}/original/{entry}",
    "/arenden/{number}/ra/{entry}",
    "/filer/{file}/a.txt",
    "/visa/{file}/a.txt",
)
POSTS = {
    "/arenden/{number}/ta": {},
    "/arenden/{number}/slapp": {},
    "/arenden/{number}/tilldela": {"agent": "1"},
    "/arenden/{number}/amne": {"topic": "parking"},
    "/arenden/{number}/vila": {"until": "week"},
    "/arenden/{number}/vack": {},
    "/arenden/{number}/avsluta": {},
    "/arenden/{number}/utfall": {"outcome": "solved"},
    "/arenden/{number}/oppna": {},
    "/arenden/{number}/svar": {"text": "Hej", "key": "k", "anyway": "1", "sure": "1"},
    "/arenden/{number}/anteckning": {"text": "Hej", "key": "k"},
    "/arenden/{number}/angra/{entry}": {},
    "/arenden/{number}/skicka-igen/{entry}": {},
    "/arenden/{number}/kom-fram/{entry}": {},
    "/f/arende/{number}/utkast/reply/filer": {"remove": "{file}"},
}


def answers(browser: Browser, role: Role, at: dict[str, int], *, part: bool) -> dict[str, tuple[int, str]]:
    """What every address below a ticket answers, by its pattern."""
    allowed = {permission.value for permission in PERMISSIONS[role]}
    found = {}
    for url in GETS:
        answer = browser.get(url.format(**at), part=part)
        found[url] = (answer.status_code, answer.text)
    for url, form in POSTS.items():
        answer = browser.post(url.format(**at), {name: value.format(**at) for name, value in form.items()}, part=part)
        found[f"POST {url}"] = (answer.status_code, answer.text)
    for name, answer in {
        "PUT draft": browser.put(f"/f/arende/{at['number']}/utkast/note", json={"text": "a", "seq": 1}),
        "DELETE file": browser.delete(f"/f/arende/{at['number']}/utkast/note/filer/{at['file']}"),
    }.items():
        found[name] = (answer.status_code, answer.text)
    for name, (status, _) in found.items():
        assert status == 404 or (status == 403 and name.startswith("POST") and "take" not in allowed), name
    return found


@pytest.mark.parametrize("role", [Role.GUIDE, Role.SPECIALIST, Role.IT_HOST])
def test_what_may_not_be_seen_looks_like_what_is_not_there(
    app: Flask, begin: Begin, organisation: Organisation, role: Role
) -> None:
    with begin() as session:
        world = build(session, organisation, role)
    browser = Browser(app).signed_in(world.agent)
    hidden = {"other domain", "ticket granted to somebody else"} | ({"domain granted", "own team"} - VISIBLE[role])
    for part in (False, True):
        missing = answers(browser, role, {"number": 999_999, "entry": 999_999, "file": 999_999}, part=part)
        for way in sorted(hidden) if part else ["assigned, other domain"]:
            at = {"number": world.tickets[way].number, "entry": world.entries[way], "file": world.files[way]}
            assert answers(browser, role, at, part=part) == missing, way
    assert {row.rev for row in rows(begin, Ticket)} == {2}, "nothing has changed"


def test_parts_of_one_ticket_are_not_got_through_another(app: Flask, begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        world = build(session, organisation, Role.GUIDE)
    browser = Browser(app).signed_in(world.agent)
    number = world.tickets["domain granted"].number
    assert browser.get(f"/arenden/{number}/original/{world.entries['domain granted']}").status_code == 200
    for way in ("other domain", "own team"):
        entry = world.entries[way]
        assert browser.get(f"/arenden/{number}/original/{entry}").status_code == 404
        assert browser.get(f"/arenden/{number}/ra/{entry}").status_code == 404
        for verb in ("angra", "skicka-igen", "kom-fram"):
            assert browser.post(f"/arenden/{number}/{verb}/{entry}").status_code == 404
        draft = f"/f/arende/{number}/utkast/reply/filer"
        assert browser.post(draft, {"remove": str(world.files[way])}).status_code == 404
        assert browser.delete(f"{draft}/{world.files[way]}").status_code == 404


def test_a_draft_is_its_writers_alone(app: Flask, begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        number = make_ticket(session, organisation.common, organisation.first_line).number
    alice, bob = (Browser(app).signed_in(agent) for agent in (organisation.alice, organisation.bob))
    alice.put(f"/f/arende/{number}/utkast/note", json={"text": f"{WORD} utkast", "seq": 1})
    for page in (f"/arenden/{number}", "/arenden?vy=oppna"):
        assert f"{WORD} utkast" in alice.get(page).text
        assert f"{WORD} utkast" not in bob.get(page).text


def test_other_tickets_of_a_person_are_shown_to_those_who_see_them(
    app: Flask, begin: Begin, organisation: Organisation
) -> None:
    with begin() as session:
        person = make_person(session)
        secret = make_ticket(session, organisation.social, organisation.social_team, "Hemlig sak", person_id=person.id)
        open_ = make_ticket(session, organisation.common, organisation.first_line, "Öppen sak", person_id=person.id)
        other = make_ticket(session, organisation.common, organisation.first_line, "Annan", related_ticket_id=secret.id)
    alice, bob = (Browser(app).signed_in(agent) for agent in (organisation.alice, organisation.bob))
    for number in (open_.number, other.number):
        assert "Hemlig sak" in bob.get(f"/arenden/{number}").text
        assert "Hemlig sak" not in alice.get(f"/arenden/{number}").text
    assert "Första kontakten" in alice.get(f"/arenden/{open_.number}").text


def test_a_protected_identity_is_masked_everywhere(app: Flask, begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        person = make_person(session, "Signe Skyddad", protected_identity=True)
        ticket = make_ticket(
            session, organisation.common, organisation.first_line, person_id=person.id, sender="Signe Skyddad"
        )
        make_entry(session, ticket, "Hej", author_name="Signe Skyddad")
    alice = Browser(app).signed_in(organisation.alice)
    for url in (f"/arenden/{ticket.number}", "/arenden?vy=oppna", f"/f/rader?id={ticket.id}"):
        answer = alice.get(url)
        assert answer.status_code == 200
        assert "Skyddade personuppgifter" in answer.text
        assert "Signe S" not in answer.text
