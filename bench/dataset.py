"""Fills a database with many tickets quickly: a message and for most an answer each; one in five is open."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, text
from sqlalchemy.orm import Session

from bench.corpus import SENTENCES, SUBJECTS
from contactcenter import clock, terms
from contactcenter.db import is_postgres
from contactcenter.model import Agent, Domain, Entry, EntryMessage, SearchDoc, Team, Ticket, Topic
from contactcenter.model.words import ChannelKind, Direction, EntryKind, EntryState, Priority, Status
from contactcenter.services.tickets import rank_of

CHUNK = 2_000
FIRST = 10_001
RARE = "ovanlighetsord"


class Filler:
    """Makes the rows of tickets `FIRST …` in chunks."""

    def __init__(self, session: Session, seed: int = 1) -> None:
        self._session = session
        self._chance = random.Random(seed)
        self._now = clock.now()
        self._topics = session.execute(select(Topic.id, Topic.team_id, Topic.domain_id).order_by(Topic.id)).all()
        self._agents = list(session.scalars(select(Agent.id).where(Agent.disabled_at.is_(None)).order_by(Agent.id)))
        self._team = session.scalars(select(Team.id).where(Team.is_first_line)).first()
        self._common = session.scalars(select(Domain.id).where(Domain.slug == "common")).one()

    def fill(self, count: int) -> None:
        """Write `count` tickets."""
        for start in range(0, count, CHUNK):
            self._chunk(range(start, min(start + CHUNK, count)))

    def _chunk(self, places: range) -> None:
        rows = [self._ticket(place) for place in places]
        session = self._session
        session.execute(insert(Ticket), rows)
        ids = dict(
            session.execute(
                select(Ticket.number, Ticket.id).where(Ticket.number.between(rows[0]["number"], rows[-1]["number"]))
            )
            .tuples()
            .all()
        )
        entries = [entry for row in rows for entry in self._entries(row, ids[row["number"]])]
        session.execute(insert(Entry), [entry["row"] for entry in entries])
        by_place = {
            (ticket_id, seq): entry_id
            for entry_id, ticket_id, seq in session.execute(
                select(Entry.id, Entry.ticket_id, Entry.seq).where(Entry.ticket_id.in_(ids.values()))
            )
        }
        for entry in entries:
            entry["id"] = by_place[(entry["row"]["ticket_id"], entry["row"]["seq"])]
        bodies = [{"entry_id": entry["id"], "text": entry["text"], "created_at": self._now} for entry in entries]
        session.execute(insert(EntryMessage), bodies)
        self._index(entries)

    def _ticket(self, place: int) -> dict[str, Any]:
        chance = self._chance
        is_open = chance.random() < 0.2
        since = self._now - timedelta(minutes=chance.uniform(1, 60 * 24 * (5 if is_open else 400)))
        topic_id, team_id, domain_id = chance.choice(self._topics)
        urgent = is_open and chance.random() < 0.01
        status = chance.choice((Status.NEW, Status.OPEN, Status.WAITING_RESIDENT)) if is_open else Status.CLOSED
        owner = None if status is Status.NEW else chance.choice(self._agents)
        return {
            "number": FIRST + place,
            "public_token": f"bench-{place}",
            "subject": f"{chance.choice(SUBJECTS)} {place}",
            "status": status,
            "priority": Priority.URGENT if urgent else Priority.NORMAL,
            "rank": rank_of(Priority.URGENT if urgent else Priority.NORMAL),
            "topic_id": topic_id,
            "team_id": team_id,
            "domain_id": domain_id,
            "assignee_id": owner,
            "waiting_since": since,
            "last_message_at": since,
            "closed_at": None if is_open else since + timedelta(hours=3),
            "outcome": "" if is_open else "solved",
            "channel": ChannelKind.EMAIL,
            "sender": f"Person {place}",
            "preview": SENTENCES[place % len(SENTENCES)],
            "last_seq": 1 if status is Status.NEW else 2,
            "language": "sv",
            "new_reply": status is Status.OPEN and chance.random() < 0.2,
            "created_at": since,
        }

    def _entries(self, ticket: dict[str, Any], ticket_id: int) -> list[dict[str, Any]]:
        place = ticket["number"] - FIRST
        made = []
        for seq in range(1, ticket["last_seq"] + 1):
            words = " ".join(self._chance.choices(SENTENCES, k=3))
            row = {
                "ticket_id": ticket_id,
                "seq": seq,
                "kind": EntryKind.MESSAGE,
                "direction": Direction.IN if seq == 1 else Direction.OUT,
                "channel": ChannelKind.EMAIL,
                "author_name": f"Person {place}" if seq == 1 else "Vägledare",
                "state": EntryState.RECEIVED if seq == 1 else EntryState.SENT,
                "at": ticket["waiting_since"],
                "created_at": ticket["waiting_since"],
            }
            rare = f" {RARE}" if place % 50 == 0 and seq == 1 else ""
            made.append({"row": row, "text": f"{words}{rare}", "ticket": ticket})
        return made

    def _index(self, entries: list[dict[str, Any]]) -> None:
        rows = []
        for entry in entries:
            words, parts = terms.document(f"{entry['ticket']['number']} {entry['ticket']['subject']} {entry['text']}")
            rows.append(
                {
                    "ticket_id": entry["row"]["ticket_id"],
                    "entry_id": entry["id"],
                    "domain_id": entry["ticket"]["domain_id"],
                    "created_at": self._now,
                    "text": words,
                    "parts": parts,
                }
            )
        self._session.execute(insert(SearchDoc), rows)


def analyse(connection: Connection) -> None:
    """Let the database count what it has, as it does by itself in the course of a night."""
    connection.execute(text("ANALYZE"))


def fill(session: Session, count: int) -> None:
    """Write `count` tickets and let the database take stock."""
    Filler(session).fill(count)
    if is_postgres(session):
        session.execute(text("SELECT setval('ticket_number', :last)"), {"last": FIRST + count})
    analyse(session.connection())
