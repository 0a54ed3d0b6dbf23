"""A house full of tickets that one agent may and may not see, and the same house without those they may not.

What is hidden is said here by `VISIBLE`, the table of `test_access`, and never asked of the product. The second house
is the first one with the hidden rows taken out, so that what is left has the same ids in both.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import delete, literal, or_, select, text, update
from sqlalchemy.orm import Session

from contactcenter import keys, runtime
from contactcenter.db import Base, is_postgres, transaction
from contactcenter.model import (
    Acknowledgement,
    Agent,
    Attachment,
    CannedReply,
    Decision,
    DomainGrant,
    Draft,
    Entry,
    Inbox,
    Outbox,
    ParkedMail,
    ReplyTarget,
    RoutingRule,
    SenderRule,
    SettingChange,
    Signature,
    Ticket,
    Webhook,
)
from contactcenter.model.words import ChannelKind, Direction, DraftKind, EntryKind, EntryState, InboxState, Role, Status
from contactcenter.services import events, links, requests, sessions, tokens
from tests.integration.people import (
    Organisation,
    found_organisation,
    make_address,
    make_agent,
    make_domain,
    make_entry,
    make_person,
    make_topic,
)
from tests.integration.test_access import BY_HAND, VISIBLE, WAYS, World, build

NOW = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)
MISSING = 999_999
KEPT = "a-key-used-before"
CANARY = "kanariefågel"
_SEAL = keys.Sealer.seal
_HIDDEN_FIRST = sorted(WAYS, key=lambda way: (way in BY_HAND, way == "ticket granted"))
_WATCHERS_OF_QUARANTINE = {Role.SUPERVISOR, Role.ADMIN}


@dataclass
class House:
    """Where everything is: by the way to a ticket, the numbers that addresses are made of."""

    agent: Agent
    dora: Agent
    session_token: str = ""
    start: str = ""
    zoe: int = 0
    api_token: str = ""
    api_id: int = 0
    webhook: int = 0
    domain: int = 0
    link: str = ""
    places: dict[str, dict[str, Any]] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    colleagues: dict[str, int] = field(default_factory=dict)

    def hidden_from(self, role: Role) -> set[str]:
        """The ways whose tickets `role` may not see."""
        return set(WAYS) - VISIBLE[role]


def found(app: Flask) -> House:
    """Build the house, committed."""
    with app.app_context(), transaction() as session:
        organisation = found_organisation(session)
        world = build(session, organisation, Role.GUIDE)
        house = House(world.agent, organisation.dora)
        house.start = _SEAL(runtime.current().keys.cursor, 0, 0)  # the place before all events
        house.session_token = sessions.start(session, world.agent, "127.0.0.1")
        sessions.start(session, organisation.alice, "127.0.0.1")
        house.api_token = tokens.add(session, "Ett program", tuple(tokens.Scope), world.agent)
        session.flush()
        house.api_id = tokens.listed(session)[0].id
        zoe = make_agent(session, "Zoe")
        house.zoe, house.link = zoe.id, links.make(session, zoe, None).rpartition("/")[2]
        house.colleagues = {
            agent.name.lower(): agent.id for agent in (world.agent, organisation.alice, organisation.dora)
        }
        hook = Webhook(name="Kartan", url="https://example.com/hook", agent_id=zoe.id, events=["ticket.opened"])
        session.add(hook)
        session.flush()
        house.webhook = hook.id
        _use(session, organisation, world)
        _hold(session, house, world.tickets["other domain"].domain_id)
        house.domain = world.tickets["domain granted"].domain_id
        for name, domain_id in (("alone", house.domain), ("sealed", world.tickets["other domain"].domain_id)):
            house.held[f"parked_{name}"] = _park(session, f"parked {name}", domain_id).id
        taken = _park(session, "parked taken", house.domain)
        taken.taken_in, taken.handled_at, taken.agent_id = True, NOW, organisation.alice.id
        session.get_one(Inbox, taken.inbox_id).state = InboxState.DONE
        session.get_one(Entry, world.entries["other domain"]).inbox_id = taken.inbox_id
        house.held["parked_taken"] = taken.id
        session.add(DomainGrant(domain_id=world.tickets["other domain"].domain_id, agent_id=organisation.bob.id))
        person, other = make_person(session), make_person(session, f"Hilma {CANARY}")
        world.tickets["ticket granted"].number = 9000  # the next number follows the highest, which all see
        for place, way in enumerate(_HIDDEN_FIRST):
            ticket = world.tickets[way]
            secret = other if way == "ticket granted to another team" else person
            address = make_address(session, f"maja{place}@example.se", secret)
            ticket.person_id, ticket.address_id, ticket.sender = secret.id, address.id, f"Maja {place}"
            ticket.waiting_since = ticket.last_message_at = NOW - timedelta(hours=30 - place)
            _write(session, organisation, house, world, way)
        _relate(world)
        return house


def _use(session: Session, organisation: Organisation, world: World) -> None:
    """Settings that tickets use, and whose tickets they are."""
    trees = make_topic(session, "trees", organisation.streets, organisation.common)
    rule = RoutingRule(position=10, slug="trees", name="Träd", conditions={"topic": ["trees"]}, actions={"team": "own"})
    other = RoutingRule(
        position=5, slug="first", name="Först", conditions={"office": ["norra"]}, actions={"team": "own"}
    )
    promise = ReplyTarget(topic_id=trees.id, count=1, unit="days")
    signature = Signature(team_id=organisation.streets.id, text="{{vägledare}}")
    session.add_all((rule, other, promise, signature, CannedReply(slug="hej", title="Hej", text="Hej")))
    told = Acknowledgement(topic_id=trees.id, language="sv", subject="Hej", text="{{ärende}}", active=True)
    session.add_all((told, SenderRule(pattern="@example.com", action="park")))
    session.add(SettingChange(kind="amnen", key="trees", before={"name": "Trä"}, after={"name": "Träd"}))
    for ticket in world.tickets.values():
        ticket.topic_id, ticket.office_id = trees.id, organisation.north.id
        ticket.reply_owed_since = NOW
    for way in ("domain granted to the team", "shared with own team, other domain", "other domain"):
        world.tickets[way].assignee_id = organisation.dora.id


def _hold(session: Session, house: House, secret: int) -> None:
    """Mail that is not yet in any ticket: waiting, and in quarantine, there also what was sent to another domain."""
    domains = {"taken": make_domain(session, "nobody").id, "sealed": secret}
    states = {"waiting": InboxState.WAITING, "taken": InboxState.DONE}
    states |= {"held": InboxState.QUARANTINED, "sealed": InboxState.QUARANTINED}
    for name, state in states.items():
        key = runtime.current().blobs.put(f"{CANARY} {name}".encode())
        row = Inbox(channel=ChannelKind.EMAIL, dedupe_key=name, raw_key=key, size=1, state=state, created_at=NOW)
        row.envelope_from, row.reason = f"{CANARY}@example.se", "timeout"
        row.domain_id = domains.get(name)
        session.add(row)
        session.flush()
        house.held[name] = row.id


def _park(session: Session, name: str, domain_id: int, ticket_id: int | None = None) -> ParkedMail:
    """Mail that nobody has to answer, about a ticket or about none."""
    key = runtime.current().blobs.put(f"{CANARY} {name}".encode())
    raw = Inbox(channel=ChannelKind.EMAIL, dedupe_key=name, raw_key=key, size=1, state=InboxState.PARKED)
    raw.ticket_id, raw.created_at = ticket_id, NOW
    session.add(raw)
    session.flush()
    row = ParkedMail(inbox_id=raw.id, ticket_id=ticket_id, domain_id=domain_id, reason="auto_reply", created_at=NOW)
    row.sender, row.subject, row.text = f"{CANARY}@example.se", f"Frånvaro {name}", f"{CANARY} {name}"
    session.add(row)
    session.flush()
    return row


def _write(session: Session, organisation: Organisation, house: House, world: World, way: str) -> None:
    """What is said, written, promised and known about one ticket."""
    ticket = world.tickets[way]
    session.execute(update(Entry).where(Entry.ticket_id == ticket.id).values(at=NOW))
    note = make_entry(session, ticket, f"{CANARY} {way}", EntryKind.NOTE, at=NOW, agent_id=organisation.alice.id)
    queued = make_entry(
        session, ticket, f"Svar {way}", at=NOW, agent_id=house.agent.id, state=EntryState.QUEUED, author_name="Vera"
    )
    failed = make_entry(
        session, ticket, f"Nej {way}", at=NOW, state=EntryState.FAILED, direction=Direction.OUT, author_name="Vera"
    )
    session.add(Outbox(kind="deliver", subject_id=queued.id, due_at=NOW + timedelta(seconds=5), payload={"before": 1}))
    called = {"type": "ticket.opened", "number": ticket.number, "ticket_id": ticket.id}
    session.add(Outbox(kind="webhook", subject_id=house.webhook, due_at=NOW, payload=called, error=f"{CANARY} {way}"))
    session.add(Decision(ticket_id=ticket.id, team_id=ticket.team_id, reasons=[{"code": "x", "text": f"Ord {way}"}]))
    at: dict[str, Any] = {
        "number": ticket.number,
        "ticket": ticket.id,
        "entry": world.entries[way],
        "file": world.files[way],
    }
    at["parked"] = _park(session, f"parked {way}", ticket.domain_id, ticket.id).id
    at |= {"note": note.id, "queued": queued.id, "failed": failed.id}
    for agent in (organisation.alice, house.agent):
        draft = Draft(ticket_id=ticket.id, agent_id=agent.id, kind=DraftKind.REPLY, saved_at=NOW, seq=1)
        draft.text = f"Utkast {agent.name} {way}"
        session.add(draft)
        session.flush()
        key = runtime.current().blobs.put(draft.text.encode())
        file = Attachment(draft_id=draft.id, domain_id=ticket.domain_id, name="b.txt", media_type="text/plain", size=1)
        file.sha256 = file.blob_key = at["blob"] = key
        session.add(file)
        session.flush()
        at[f"{agent.name.lower()}_file"] = file.id
    of_zoe = Draft(ticket_id=ticket.id, agent_id=house.zoe, kind=DraftKind.NOTE, saved_at=NOW, seq=1)
    of_zoe.text = f"Utkast {CANARY} {way}"
    session.add(of_zoe)
    session.flush()
    raw = Inbox(channel=ChannelKind.EMAIL, dedupe_key=f"z {way}", raw_key=file.blob_key, size=1, state=InboxState.DONE)
    raw.ticket_id = ticket.id
    session.add(raw)
    if "own team, other" in way or way == "own team":
        ticket.status, ticket.closed_at, ticket.outcome = Status.CLOSED, NOW - timedelta(minutes=1), "solved"
    ticket.new_reply = ticket.status is not Status.CLOSED
    events.changed(session, ticket, "take")
    told = f"POST\0/api/v1/tickets/{ticket.number}/notes\0" + '{"text": "Hej"}'
    row_id = tokens.listed(session)[0].id
    requests.begin(session, row_id, f"{KEPT}-{ticket.number}", hashlib.sha256(told.encode()).hexdigest())
    requests.finish(session, row_id, f"{KEPT}-{ticket.number}", 201, {"told": f"{CANARY} {way}"})
    house.places[way] = at


def _relate(world: World) -> None:
    """Tickets in sight that may belong to one out of sight."""
    for near, far in (("domain granted", "other domain"), ("assigned", "own team"), ("ticket granted", "own team")):
        world.tickets[near].related_ticket_id = world.tickets[far].id


def become(app: Flask, house: House, role: Role) -> None:
    """Give the agent another role, and begin all numbers that are given next at the same place in every house."""
    with app.app_context(), transaction() as session:
        session.execute(update(Agent).where(Agent.id == house.agent.id).values(role=role))
        if is_postgres(session):
            session.execute(text("SELECT setval(c.oid, 1000000) FROM pg_class c WHERE c.relkind = 'S'"))
        else:
            session.execute(text("UPDATE sqlite_sequence SET seq = 1000000"))


def hide(app: Flask, house: House, role: Role) -> None:
    """Take out everything that `role` may not see; what is gone already stays so."""
    with app.app_context(), transaction() as session:
        ids = [house.places[way]["ticket"] for way in house.hidden_from(role)]
        numbers = [house.places[way]["number"] for way in house.hidden_from(role)]
        _unparked(session, house, ids, alone=role is Role.SPECIALIST)
        _unwritten(session, ids)
        others = select(Draft.id).where(Draft.agent_id != house.agent.id)
        _take_out(session, "attachment", Attachment.draft_id.in_(others))
        _take_out(session, "draft", Draft.agent_id != house.agent.id)
        _take_out(session, "agent_session", Base.metadata.tables["agent_session"].c.agent_id != house.agent.id)
        used = Base.metadata.tables["api_request"]
        _take_out(session, "api_request", used.c.key.in_([f"{KEPT}-{number}" for number in numbers]))
        _take_out(session, "audit", Base.metadata.tables["audit"].c.subject_id.is_(None))
        _take_out(session, "inbox", Inbox.state == InboxState.WAITING)
        _take_out(session, "inbox", Inbox.domain_id.is_not(None))
        if role not in _WATCHERS_OF_QUARANTINE:
            _take_out(session, "inbox", Inbox.state == InboxState.QUARANTINED)
        tickets, persons = Base.metadata.tables["ticket"], Base.metadata.tables["person"]
        owned = Base.metadata.tables["person_address"]
        alive = select(tickets.c.address_id).where(tickets.c.address_id.is_not(None))
        _take_out(session, "person_address", owned.c.address_id.not_in(alive))
        _take_out(session, "address", Base.metadata.tables["address"].c.id.not_in(alive))
        _take_out(session, "person", persons.c.id.not_in(select(owned.c.person_id)))


def _unparked(session: Session, house: House, ids: list[int], *, alone: bool) -> None:
    """Take out what is parked about these tickets, in a domain out of sight, and (`alone`) about none at all."""
    about_none = ParkedMail.ticket_id.is_(None)
    hidden = or_(
        ParkedMail.ticket_id.in_(ids), about_none & (ParkedMail.domain_id != house.domain), about_none & literal(alone)
    )
    mails = list(session.scalars(select(ParkedMail.inbox_id).where(hidden)))
    _take_out(session, "parked_mail", ParkedMail.inbox_id.in_(mails))
    _take_out(session, "inbox", Inbox.id.in_(mails))


def _unwritten(session: Session, ids: list[int]) -> None:
    """Take out these tickets with everything that hangs on them."""
    entries = list(session.scalars(select(Entry.id).where(Entry.ticket_id.in_(ids))))
    drafts = list(session.scalars(select(Draft.id).where(Draft.ticket_id.in_(ids))))
    raw = list(session.scalars(select(Entry.inbox_id).where(Entry.id.in_(entries), Entry.inbox_id.is_not(None))))
    _take_out(session, "attachment", or_(Attachment.entry_id.in_(entries), Attachment.draft_id.in_(drafts)))
    _take_out(session, "outbox", (Outbox.kind == "deliver") & Outbox.subject_id.in_(entries))
    _take_out(session, "outbox", (Outbox.kind == "webhook") & Outbox.payload["ticket_id"].as_integer().in_(ids))
    of_them = or_(Inbox.ticket_id.in_(ids), Inbox.id.in_(raw))
    _take_out(session, "inbox", of_them & Inbox.id.not_in(select(ParkedMail.inbox_id)))
    for name in ("entry_message", "entry_note", "search_doc"):
        _take_out(session, name, Base.metadata.tables[name].c.entry_id.in_(entries))
    for name in ("draft", "event", "decision", "audit", "ticket_team", "ticket_grant", "entry"):
        _take_out(session, name, Base.metadata.tables[name].c.ticket_id.in_(ids))
    session.execute(update(Ticket).where(Ticket.related_ticket_id.in_(ids)).values(related_ticket_id=None))
    _take_out(session, "ticket", Base.metadata.tables["ticket"].c.id.in_(ids))


def _take_out(session: Session, name: str, condition: Any) -> None:
    session.execute(delete(Base.metadata.tables[name]).where(condition).execution_options(synchronize_session=False))
