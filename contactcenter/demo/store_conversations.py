"""Writes the example conversations as tickets that look as if they had been worked: decided, taken, answered, ended."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from contactcenter import search
from contactcenter.access import Actor, actor_for
from contactcenter.demo import files
from contactcenter.demo.records import Conversation
from contactcenter.demo.store_people import Known
from contactcenter.demo.timeline import TimedEntry, timeline, wakes_at
from contactcenter.model import Agent, Decision, EntryMessage, EntryNote, Team, Ticket, Timer, Topic
from contactcenter.model.words import ChannelKind, Direction, EntryKind, EntryState, Priority, Sensitivity, Status
from contactcenter.runtime import Runtime
from contactcenter.services import deadlines, decisions, entries, outbox, threads, tickets
from contactcenter.services.decisions import Placement
from contactcenter.services.entries import NewEntry, StoredFile
from contactcenter.services.organisation import Organisation
from routing.facts import TicketFacts

CORRECTS = "ingrid@ekhamra.example"
TALKS = {"call": EntryKind.CALL, "visit": EntryKind.VISIT}


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes conversations into one database, as of one moment."""

    session: Session
    here: Runtime
    organisation: Organisation
    known: Known
    topics: dict[str, Topic]
    teams: dict[str, Team]
    now: datetime
    actors: dict[str, Actor] = field(default_factory=dict)
    overdue: dict[int, datetime] = field(default_factory=dict)

    def write(self, one: Conversation) -> Ticket:
        """One conversation with everything that happened in it."""
        lines = timeline(one, self.now)
        ticket, placed = self._open(one, lines)
        deadlines.begin(placed.promises, ticket, lines[0].at)
        for number, line in enumerate(lines):
            self._overdue(ticket, line.at)
            self._line(ticket, one, line)
            if number == 0:
                self._decided(ticket, one, placed, line.at)
        self._finish(ticket, one, lines)
        self._promised(ticket)
        self.session.flush()
        return ticket

    def _open(self, one: Conversation, lines: tuple[TimedEntry, ...]) -> tuple[Ticket, Placement]:
        topic = self.topics[one.topic]
        placed = decisions.place(self.organisation, self._facts(one, lines[0]))
        agrees = placed.topic_id == topic.id
        priority = Priority(one.priority) if one.priority else placed.priority if agrees else topic.priority
        resident = self.known.persons.get(one.resident or "")
        first = lines[0].entry
        ticket = Ticket(
            public_token=tickets.new_token(),
            subject=one.subject,
            status=Status(one.status),
            priority=priority,
            rank=tickets.rank_of(priority),
            sensitive=placed.decision.sensitive if agrees else topic.sensitivity is Sensitivity.SECRET,
            person_id=resident.id if resident else None,
            address_id=self._address(one, first.channel),
            topic_id=topic.id,
            office_id=self.organisation.offices[one.office] if one.office else placed.office_id if agrees else None,
            district=placed.decision.district or "",
            team_id=self.teams[one.team].id if one.team else topic.team_id,
            assignee_id=self.known.agents[one.assignee].id if one.assignee else None,
            domain_id=placed.domain_id if agrees else topic.domain_id,
            language=one.language,
            waiting_since=lines[0].at,
            last_message_at=lines[0].at,
            channel=ChannelKind(first.channel or "email"),
            sender=resident.name if resident and resident.name else self._written_address(one),
            created_at=lines[0].at,
            is_demo=True,
        )
        self.session.add(ticket)
        self.session.flush()
        return ticket, placed

    def _facts(self, one: Conversation, first: TimedEntry) -> TicketFacts:
        return TicketFacts(
            channel=first.entry.channel or "email",
            sender=f"visit:{one.office}:" if first.entry.kind == "visit" else self._written_address(one),
            recipients=(self.here.settings.channels.mail.address,) if first.entry.channel == "email" else (),
            subject=one.subject,
            body=first.text,
            language=one.language,
            has_attachments=bool(first.entry.attachments),
        )

    def _decided(self, ticket: Ticket, one: Conversation, placed: Placement, at: datetime) -> None:
        """The router's own reasons; where it erred, somebody has corrected it, as a guide would."""
        decisions.store(self.session, ticket, placed).created_at = at
        routed = next(team.name for team in self.teams.values() if team.id == placed.team_id)
        self._event(ticket, None, at, "routed", team=routed)
        if placed.topic_id == ticket.topic_id:
            return
        topic = self.topics[one.topic]
        actor = self._actor(one.assignee or CORRECTS)
        self.session.add(
            Decision(
                ticket_id=ticket.id,
                topic_id=topic.id,
                team_id=ticket.team_id,
                office_id=ticket.office_id,
                confidence=1.0,
                reasons=[decisions.corrected(actor.name, topic)],
                corrected_by_id=actor.agent_id,
                previous_topic_id=placed.topic_id,
                created_at=at,
            )
        )
        team = next(team.name for team in self.teams.values() if team.id == ticket.team_id)
        self._event(ticket, actor, at, "topic", to=topic.name, team=team)

    def _line(self, ticket: Ticket, one: Conversation, line: TimedEntry) -> None:
        kind = line.entry.kind
        if kind in ("closed", "reopened"):
            agent = self.known.agents.get(line.entry.author)
            actor = self._actor(agent.login) if agent else None
            extra = {"outcome": one.outcome or "solved"} if kind == "closed" else {}
            self._event(ticket, actor, line.at, kind, **extra)
            return
        new = NewEntry(EntryKind.NOTE, Direction.INTERNAL, at=line.at, state=EntryState.SENT)
        if line.entry.channel is not None:
            new.channel = ChannelKind(line.entry.channel)
        if kind == "message_in":
            self._said_by_resident(ticket, one, line, new)
        else:
            self._said_by_agent(ticket, one, line, new)

    def _said_by_resident(self, ticket: Ticket, one: Conversation, line: TimedEntry, new: NewEntry) -> None:
        new.kind, new.direction, new.state = EntryKind.MESSAGE, Direction.IN, EntryState.RECEIVED
        resident = self.known.persons[line.entry.author]
        new.author_name = resident.name
        new.address_id = self._address(replace(one, resident=line.entry.author), line.entry.channel)
        if new.channel is ChannelKind.EMAIL:
            new.message_id = f"<{one.key}.{ticket.last_seq + 1}@example.se>"
        entry = entries.append(self.session, ticket, new)
        entry.created_at = line.at
        entries.add_message(self.session, ticket, entry, EntryMessage(text=line.text, language=one.language))
        entries.add_files(self.session, ticket, entry, self._files(line))

    def _said_by_agent(self, ticket: Ticket, one: Conversation, line: TimedEntry, new: NewEntry) -> None:
        agent = self.known.agents[line.entry.author]
        new.agent_id, new.author_name = agent.id, agent.name
        said = line.entry.kind == "message_out"
        if said:
            new.kind, new.direction = EntryKind.MESSAGE, Direction.OUT
        elif line.entry.kind in TALKS:
            new.kind = TALKS[line.entry.kind]
        entry = entries.append(self.session, ticket, new)
        entry.created_at = line.at
        if said:
            if new.channel is ChannelKind.EMAIL:
                domain = self.here.settings.channels.mail.address.rpartition("@")[2]
                entry.message_id = entry.own_message_id = threads.own_message_id(self.here.keys, entry.id, domain)
            recipients = [self._written_address(one)] if one.resident else []
            body = EntryMessage(text=line.text, language=one.language, recipients=recipients)
            entries.add_message(self.session, ticket, entry, body)
        else:
            self._noted(ticket, entry.id, new, line.text)
        if said or new.kind in TALKS.values():
            ticket.first_reply_at = ticket.first_reply_at or line.at
            deadlines.answered(self.session, ticket, entry)
        entries.add_files(self.session, ticket, entry, self._files(line))

    def _noted(self, ticket: Ticket, entry_id: int, new: NewEntry, text: str) -> None:
        self.session.add(EntryNote(entry_id=entry_id, text=text))
        search.index(
            self.session,
            ticket_id=ticket.id,
            entry_id=entry_id,
            domain_id=ticket.domain_id,
            text=f"{ticket.subject} {text}",
        )
        if new.kind is not EntryKind.NOTE:
            ticket.last_message_at = new.at or self.now
            ticket.preview = ticket.preview or " ".join(text.split())[: entries.PREVIEW_CHARACTERS]

    def _finish(self, ticket: Ticket, one: Conversation, lines: tuple[TimedEntry, ...]) -> None:
        """The columns that say what is waited for, and since when."""
        spoken = [line for line in lines if line.entry.kind in ("message_in", "message_out", *TALKS)]
        last = lines[-1].at
        actor = self._actor(one.assignee) if one.assignee else None
        ticket.rev = ticket.last_seq
        if spoken[-1].entry.kind == "message_in":
            unanswered = len(spoken)
            while unanswered and spoken[unanswered - 1].entry.kind == "message_in":
                unanswered -= 1
            ticket.waiting_since = spoken[unanswered].at
            ticket.new_reply = unanswered > 0 and ticket.status in (Status.OPEN, Status.WAITING_INTERNAL)
        elif ticket.status in (Status.WAITING_RESIDENT, Status.OPEN):
            ticket.waiting_since = spoken[-1].at
        if ticket.status is Status.CLOSED:
            ticket.closed_at, ticket.outcome = last, one.outcome or "solved"
            ticket.contact_reason = one.outcome_reason or ""
            if lines[-1].entry.kind != "closed":
                self._event(ticket, actor, last, "closed", outcome=ticket.outcome)
        if ticket.status is Status.PARKED:
            until = wakes_at(one, self.now)
            ticket.snoozed_until = until
            if until is not None:
                outbox.promise(self.session, outbox.WAKE, ticket.id, until, until=until.isoformat())
            self._event(ticket, actor, last, "parked", until=until.isoformat() if until else "")

    def _overdue(self, ticket: Ticket, at: datetime) -> None:
        """That the time to answer ran out, at its place among the lines: before the one written `at`."""
        due = ticket.first_reply_due
        if due is not None and due < at and ticket.id not in self.overdue:
            self.overdue[ticket.id] = due
            self._event(ticket, None, due, "overdue", due=due.isoformat())

    def _promised(self, ticket: Ticket) -> None:
        """The timer of an answer that is still owed; it has gone off where that was noted."""
        if ticket.status is Status.CLOSED:
            ticket.first_reply_due = None
        if ticket.first_reply_due is None:
            return
        self._overdue(ticket, self.now)
        deadlines.arm(self.session, ticket)
        if ticket.id in self.overdue:
            gone_off = update(Timer).where(Timer.subject_id == ticket.id, Timer.kind == deadlines.FIRST_REPLY)
            self.session.execute(gone_off.values(done_at=ticket.first_reply_due))

    def _event(self, ticket: Ticket, actor: Actor | None, at: datetime, what: str, **data: str) -> None:
        entry = entries.add_event(self.session, ticket, what, actor, **data)
        entry.at = entry.created_at = at

    def _actor(self, login: str) -> Actor:
        if login not in self.actors:
            agent: Agent = self.known.agents[login]
            self.actors[login] = actor_for(self.session, agent)
        return self.actors[login]

    def _address(self, one: Conversation, channel: str | None) -> int | None:
        """Where the resident is answered: by mail where they have it, unless they called or texted."""
        ways = [self.known.mail, self.known.phones]
        if channel in ("phone", "sms"):
            ways.reverse()
        found = [way[one.resident] for way in ways if one.resident in way]
        return found[0].id if found else None

    def _written_address(self, one: Conversation) -> str:
        for way in (self.known.mail, self.known.phones):
            if one.resident in way:
                return way[one.resident].value
        return ""

    def _files(self, line: TimedEntry) -> tuple[StoredFile, ...]:
        return tuple(
            StoredFile(file.name, files.MEDIA_TYPES[file.kind], len(made), self.here.blobs.put(made))
            for file in line.entry.attachments
            for made in (files.content(file),)
        )
