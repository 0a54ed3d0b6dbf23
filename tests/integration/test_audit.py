"""Every look at a confidential ticket, and every act on it, is written down in the same step as it is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from flask import Flask

from contactcenter import runtime
from contactcenter.access import actor_for, get_ticket
from contactcenter.db import WriteNeeded
from contactcenter.errors import ServiceError
from contactcenter.model import Agent, Attachment, Audit, Entry, Inbox, Ticket
from contactcenter.model.words import ChannelKind, DraftKind, InboxState, Role
from contactcenter.services import agents, audit, drafts, tickets
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import acting, count, rows
from tests.integration.people import Organisation, make_address, make_domain, make_entry, make_person, make_ticket


@pytest.fixture
def bob(app: Flask, organisation: Organisation) -> Browser:
    """Bob sees all domains."""
    return Browser(app).signed_in(organisation.bob)


def place(begin: Begin, organisation: Organisation, *, secret: bool) -> dict[str, int]:
    """A ticket with everything that can be looked at."""
    domain = organisation.social if secret else organisation.common
    with begin() as session:
        address = make_address(session, f"maja-{secret}@example.se")
        ticket = make_ticket(session, domain, organisation.social_team, address_id=address.id)
        key = runtime.current().blobs.put(b"%PDF-")
        raw = Inbox(channel=ChannelKind.EMAIL, dedupe_key=f"{secret}", raw_key=key, size=3, state=InboxState.DONE)
        session.add(raw)
        session.flush()
        entry = make_entry(session, ticket, "Hej", html="<p>Hej</p>", inbox_id=raw.id)
        file = Attachment(entry_id=entry.id, domain_id=domain.id, name="a", media_type="a/b", size=3, sha256=key)
        file.blob_key = key
        session.add(file)
        session.flush()
        return {"number": ticket.number, "entry": entry.id, "file": file.id}


LOOKS = {
    "/arenden/{number}": "read",
    "/f/arende/{number}/tidslinje": "read",
    "/f/arende/{number}/huvud": "read",
    "/arenden/{number}/original/{entry}": "read",
    "/arenden/{number}/ra/{entry}": "read_raw",
    "/filer/{file}/a": "read_file",
    "/visa/{file}/a": "read_file",
}
ACTS = {
    "/arenden/{number}/ta": ({}, "taken"),
    "/arenden/{number}/vila": ({"until": "week"}, "parked"),
    "/arenden/{number}/vack": ({}, "woken"),
    "/arenden/{number}/anteckning": ({"text": "Hej", "key": "n"}, "note"),
    "/arenden/{number}/svar": ({"text": "Hej", "key": "k", "anyway": "1", "sure": "1"}, "reply"),
    "/arenden/{number}/tilldela": ({"agent": "{bob}"}, "assigned"),
    "/arenden/{number}/avsluta": ({}, "closed"),
    "/arenden/{number}/utfall": ({"outcome": "referred"}, "outcome"),
    "/arenden/{number}/oppna": ({}, "reopened"),
    "/arenden/{number}/slapp": ({}, "released"),
}


@contextmanager
def recorded(begin: Begin, *verbs: str) -> Iterator[None]:
    """What is done inside writes exactly these lines; lists beside a ticket and first drafts have their own tests."""
    before = count(begin, Audit)
    yield
    assert [row.verb for row in rows(begin, Audit)[before:] if row.verb not in ("listed", "draft")] == list(verbs)


def test_every_look_at_a_confidential_ticket_is_one_line(
    begin: Begin, organisation: Organisation, bob: Browser
) -> None:
    at = place(begin, organisation, secret=True)
    for url, verb in LOOKS.items():
        for part in (False, True):
            with recorded(begin, verb):
                assert bob.get(url.format(**at), part=part).status_code == 200, url
    [ticket] = rows(begin, Ticket)
    for row in rows(begin, Audit)[1:]:
        if row.verb == "listed":
            continue
        assert (row.agent_id, row.ticket_id, row.domain_id) == (organisation.bob.id, ticket.id, organisation.social.id)


def test_looking_at_open_tickets_and_at_counts_writes_nothing(
    begin: Begin, organisation: Organisation, bob: Browser
) -> None:
    at = place(begin, organisation, secret=False)
    for url in (*LOOKS, "/arenden?vy=oppna", "/arenden?q=Hej", "/f/antal", "/f/nytt"):
        assert bob.get(url.format(**at)).status_code == 200
    place(begin, organisation, secret=True)
    for url in ("/f/antal", "/f/nytt"):
        assert bob.get(url.format(**at)).status_code == 200
    assert {row.verb for row in rows(begin, Audit)} <= {"login"}


def test_a_list_is_recorded_with_the_confidential_tickets_it_shows(
    begin: Begin, organisation: Organisation, bob: Browser
) -> None:
    place(begin, organisation, secret=False)
    place(begin, organisation, secret=True)
    [ticket] = rows(begin, Ticket, Ticket.domain_id == organisation.social.id)
    for url in ("/arenden?vy=oppna", "/arenden?q=Hej", f"/f/rader?id={ticket.id}&vy=oppna"):
        assert bob.get(url).status_code == 200
        last = rows(begin, Audit)[-1]
        assert (last.verb, last.agent_id, last.data) == ("listed", organisation.bob.id, {"tickets": [ticket.id]}), url


def test_a_draft_in_a_confidential_ticket_is_recorded_once(
    begin: Begin, organisation: Organisation, bob: Browser
) -> None:
    at = place(begin, organisation, secret=True)
    with begin() as session:
        actor = actor_for(session, session.get_one(Agent, organisation.bob.id))
        for seq in (1, 2):
            ticket = get_ticket(session, actor, at["number"])
            drafts.save(session, actor, ticket, DraftKind.NOTE, "Hej", seq, 0)
    assert [row.verb for row in rows(begin, Audit) if row.verb == "draft"] == ["draft"]


def test_every_act_on_a_confidential_ticket_is_one_line(begin: Begin, organisation: Organisation, bob: Browser) -> None:
    at = place(begin, organisation, secret=True) | {"bob": organisation.bob.id}
    for url, (form, verb) in ACTS.items():
        filled = {name: value.format(**at) for name, value in form.items()}
        with recorded(begin, verb):
            assert bob.post(url.format(**at), filled, part=True).status_code == 200, url
    with recorded(begin, "undo"):
        answer = rows(begin, Entry, Entry.own_message_id.is_not(None))[-1]
        assert bob.post(f"/arenden/{at['number']}/angra/{answer.id}", part=True).status_code == 200


def test_a_confidential_ticket_shown_again_with_a_problem_is_a_look(
    begin: Begin, organisation: Organisation, bob: Browser
) -> None:
    """A held answer shows what is new in the ticket."""
    at = place(begin, organisation, secret=True)
    held = {"text": "Hej", "key": "k", "seen_seq": "0"}
    for part in (True, False):
        with recorded(begin, "read"):
            assert bob.post(f"/arenden/{at['number']}/svar", held, part=part).status_code == 409
    with recorded(begin, "read"):
        assert bob.post(f"/arenden/{at['number']}/svar", {"text": " ", "key": "k"}).status_code == 422


def test_a_look_that_is_refused_is_no_look(app: Flask, begin: Begin, organisation: Organisation) -> None:
    at = place(begin, organisation, secret=True)
    alice = Browser(app).signed_in(organisation.alice)
    with recorded(begin):
        for url in LOOKS:
            assert alice.get(url.format(**at)).status_code == 404


def test_a_look_that_cannot_be_recorded_does_not_happen(
    begin: Begin, organisation: Organisation, bob: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = place(begin, organisation, secret=True)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the record is broken")

    monkeypatch.setattr(audit, "Audit", broken)
    answer = bob.get(f"/arenden/{at['number']}")
    assert answer.status_code == 500
    assert "Hej" not in answer.text


def test_an_act_and_its_record_are_kept_together_or_not_at_all(begin: Begin, organisation: Organisation) -> None:
    at = place(begin, organisation, secret=True)
    actor = acting(begin, organisation.bob)
    with suppress(KeyError), begin() as session:
        tickets.take(session, actor, session.get_one(Ticket, rows(begin, Ticket)[0].id))
        raise KeyError
    assert (rows(begin, Ticket)[0].assignee_id, count(begin, Audit), at["number"]) == (None, 0, 1001)


def test_recording_in_a_reading_step_asks_for_a_writing_one(begin: Begin, organisation: Organisation) -> None:
    place(begin, organisation, secret=True)
    actor = acting(begin, organisation.bob)
    with pytest.raises(WriteNeeded), begin(read_only=True) as session:
        audit.on_ticket(session, actor, "read", session.get_one(Ticket, rows(begin, Ticket)[0].id))


def test_every_domain_but_the_common_one_is_confidential(begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        for domain in (organisation.social, organisation.acute, make_domain(session, "new")):
            assert audit.is_confidential(session, make_ticket(session, domain, organisation.first_line))
        assert not audit.is_confidential(session, make_ticket(session, organisation.common, organisation.first_line))


def test_changes_of_accounts_are_recorded(begin: Begin, organisation: Organisation) -> None:
    with recorded(begin, "agent_added", "password_set", "agent_disabled"), begin() as session:
        teams, domains = (organisation.first_line.slug,), (organisation.common.slug,)
        agents.add(session, "Erik@Ekhamra.example", "Erik", Role.GUIDE, teams=teams, domains=domains)
        agents.set_password(session, "erik@ekhamra.example", "en lång mening om päron")
        agents.disable(session, "erik@ekhamra.example")
    added = rows(begin, Audit)[0]
    assert (added.agent_id, added.subject_id) == (None, rows(begin, Agent)[-1].id)
    told = {"role": "guide", "domains": ["common"], "teams": ["kontaktcenter"], "team_domains": []}
    assert added.data == told


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"login": "alice@ekhamra.example"}, "redan"),
        ({"login": "nobody"}, "e-postadress"),
        ({"login": "a b@c"}, "e-postadress"),
        ({"teams": ("nothing",)}, "gata-park, kontaktcenter, socialtjanst"),
        ({"domains": ("nothing",)}, "acute, common, social"),
        ({"password": "short"}, "12"),
    ],
)
def test_an_agent_that_cannot_be_is_refused_with_the_reason(
    begin: Begin, organisation: Organisation, wrong: dict[str, Any], told: str
) -> None:
    how = {"login": "erik@ekhamra.example", "name": "Erik", "role": Role.GUIDE} | wrong
    with pytest.raises(ServiceError, match=told), begin() as session:
        agents.add(session, **how)
    assert count(begin, Audit) == 0


def test_naming_other_tickets_of_a_person_is_a_look_at_them(
    app: Flask, begin: Begin, organisation: Organisation
) -> None:
    with begin() as session:
        person = make_person(session)
        secret = make_ticket(
            session, organisation.social, organisation.social_team, "Mitt bistånd", person_id=person.id
        )
        number = make_ticket(session, organisation.common, organisation.first_line, person_id=person.id).number
    bob = Browser(app).signed_in(organisation.bob)
    for url in (f"/f/arende/{number}/huvud", f"/arenden/{number}?vy=mina"):
        before = len(rows(begin, Audit))
        assert "Mitt bistånd" in bob.get(url).text
        [look] = rows(begin, Audit)[before:]
        assert (look.verb, look.data["tickets"]) == ("listed", [secret.id])


def test_what_is_known_of_a_person_elsewhere_is_not_told(app: Flask, begin: Begin, organisation: Organisation) -> None:
    """The name, the language and the other address that only a ticket out of sight has."""
    with begin() as session:
        person = make_person(session, "Maja Skyddsboende", language="ar")
        elsewhere = make_address(session, "maja.hemlig@example.com", person)
        address = make_address(session, "m@example.se", person)
        make_ticket(
            session, organisation.social, organisation.social_team, person_id=person.id, address_id=elsewhere.id
        )
        number = make_ticket(
            session,
            organisation.common,
            organisation.first_line,
            person_id=person.id,
            address_id=address.id,
            sender="M",
            language="sv",
        ).number
    seen = Browser(app).signed_in(organisation.alice).get(f"/f/arende/{number}/huvud").text
    assert "m<wbr>@example.se" in seen
    assert not [word for word in ("Skyddsboende", "Arabiska", "maja.hemlig") if word in seen]
    more = Browser(app).signed_in(organisation.bob).get(f"/f/arende/{number}/huvud").text
    assert "maja.hemlig" in more
