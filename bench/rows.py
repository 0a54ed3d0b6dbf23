"""What the rows of a filled database are made of: SQL that both databases understand, from a ticket's place `n` alone.

Besides `bench_place (n)` there are the temporary tables `bench_letter`, `bench_topic` and `bench_agent`, each with
a `place` from 0 upwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

FIRST = 10_001
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one table: where from, and an expression for each column. Other columns get their default."""

    table: str
    source: str
    columns: dict[str, str]


def some(salt: int, most: str | int) -> str:
    """SQL for a number from 0 to `most` - 1 that looks chosen by chance, for a place the same every time."""
    return f"(((n + {salt * 7919}) * 2654435761 / 65536) % {most})"


def before(now: datetime, seconds: str, postgres: bool) -> str:
    """SQL for the moment `seconds` before `now`."""
    if postgres:
        return f"timestamptz '{now.isoformat()}' - ({seconds}) * interval '1 second'"
    return f"strftime('%Y-%m-%d %H:%M:%f000', '{now:%Y-%m-%d %H:%M:%S}', printf('%+d seconds', -({seconds})))"


IS_OPEN = f"{some(1, 5)} = 0"
KIND = some(2, 3)
IS_NEW = f"({IS_OPEN} AND {KIND} = 0)"
IS_URGENT = f"({IS_OPEN} AND {some(3, 100)} = 0)"
AGE = f"60 + {some(4, DAY)} + {DAY} * CASE WHEN {IS_OPEN} THEN {some(5, 5)} ELSE {some(5, 400)} END"
STATUS = (
    f"CASE WHEN NOT {IS_OPEN} THEN 'closed' WHEN {KIND} = 0 THEN 'new' WHEN {KIND} = 1 THEN 'open'"
    " ELSE 'waiting_resident' END"
)
PERSON = f"n / 4 + {FIRST}"  # after those of the organisation
NAME = "'Person ' || (n / 4)"
TOPIC = f" JOIN bench_topic t ON t.place = {some(6, '(SELECT count(*) FROM bench_topic)')}"
AGENT = f" JOIN bench_agent a ON a.place = {some(7, '(SELECT count(*) FROM bench_agent)')}"
LETTER = " JOIN bench_letter l ON l.place = (n + {shift}) % (SELECT count(*) FROM bench_letter)"


def everything(now: datetime, *, postgres: bool, answers: bool) -> list[Rows]:
    """The rows of all tables, in the order in which they refer to each other."""
    since = before(now, AGE, postgres)
    made = [*_people(), _ticket(since, before(now, f"{AGE} - {DAY}", postgres), answers), *_way_in()]
    for seq in (1, 2) if answers else (1,):
        made += _entry(seq, since)
    return made


def _people() -> list[Rows]:
    """A person for every four tickets, with a confirmed address."""
    every_fourth = "(SELECT n FROM bench_place WHERE n % 4 = 0) p"
    address = {"id": PERSON, "kind": "'email'", "value": "'person' || (n / 4) || '@example.se'"}
    return [
        Rows("person", every_fourth, {"id": PERSON, "name": NAME}),
        Rows("address", every_fourth, address),
        Rows("person_address", every_fourth, {"id": PERSON, "person_id": PERSON, "address_id": PERSON}),
    ]


def _ticket(since: str, due: str, answers: bool) -> Rows:
    """Whoever has no answer yet was promised one within a day."""
    columns = {
        "id": "n + 1",
        "number": f"{FIRST} + n",
        "public_token": "'bench-' || n",
        "subject": "l.subject || ' ' || n",
        "status": STATUS,
        "priority": f"CASE WHEN {IS_URGENT} THEN 'urgent' ELSE 'normal' END",
        "rank": f"CASE WHEN {IS_URGENT} THEN 0 ELSE 1 END",
        "person_id": PERSON,
        "address_id": PERSON,
        "topic_id": "t.topic_id",
        "team_id": "t.team_id",
        "domain_id": "t.domain_id",
        "assignee_id": f"CASE WHEN {IS_NEW} THEN NULL ELSE a.agent_id END",
        "waiting_since": since,
        "first_reply_due": f"CASE WHEN {IS_NEW} THEN {due} END",
        "last_message_at": since,
        "closed_at": f"CASE WHEN {IS_OPEN} THEN NULL ELSE {since} END",
        "outcome": f"CASE WHEN {IS_OPEN} THEN '' ELSE 'solved' END",
        "channel": "'email'",
        "sender": NAME,
        "preview": "substr(l.body, 1, 200)",
        "last_seq": f"CASE WHEN {IS_NEW} THEN 1 ELSE 2 END" if answers else "1",
        "language": "'sv'",
        "new_reply": f"{IS_OPEN} AND {KIND} = 1 AND {some(8, 5)} = 0",
        "created_at": since,
    }
    return Rows("ticket", f"bench_place{LETTER.format(shift=0)}{TOPIC}{AGENT}", columns)


def _way_in() -> list[Rows]:
    """What a letter leaves behind on its way."""
    ticket = {"id": "n + 1", "ticket_id": "n + 1"}
    key = "'bench-' || n"
    inbox = {"channel": "'email'", "dedupe_key": key, "raw_key": key, "size": "1000", "state": "'done'"}
    place = {"domain_id": "t.domain_id", "team_id": "t.team_id"}
    return [
        Rows("inbox", "bench_place", {**ticket, **inbox}),
        Rows("decision", f"bench_place{TOPIC}", {**ticket, "topic_id": "t.topic_id", "team_id": "t.team_id"}),
        Rows(
            "event",
            f"bench_place{TOPIC}",
            {**ticket, "xid": "0", "number": f"{FIRST} + n", "rev": "1", **place, "kind": "'opened'"},
        ),
    ]


def _entry(seq: int, since: str) -> list[Rows]:
    """The letter (`seq` 1) or the answer to it (2), its text, what it is found by, and what was promised."""
    is_letter = seq == 1
    places = "bench_place" if is_letter else f"(SELECT n FROM bench_place WHERE NOT {IS_NEW}) p"
    letter = LETTER.format(shift=0 if is_letter else 1)
    entry = {"id": f"n * 2 + {seq}"}
    about = {**entry, "entry_id": entry["id"]}
    kept = {"kind": "'deliver'", "due_at": since, "done_at": since, "outcome": "'sent'", "attempt": "1"}
    said = {
        "ticket_id": "n + 1",
        "seq": str(seq),
        "kind": "'message'",
        "direction": "'in'" if is_letter else "'out'",
        "channel": "'email'",
        "author_name": NAME if is_letter else "'Vägledare'",
        "state": "'received'" if is_letter else "'sent'",
        "message_id": f"'<bench-' || n || '-{seq}@example.se>'",
        "at": since,
        "created_at": since,
    }
    found = {"ticket_id": "n + 1", "domain_id": "t.domain_id", "text": "l.words", "parts": "l.parts"}
    made = [
        Rows("entry", places, {**entry, **said}),
        Rows("entry_message", f"{places}{letter}", {**about, "text": "l.body"}),
        Rows("search_doc", f"{places}{letter}{TOPIC}", {**about, **found}),
    ]
    if not is_letter:
        made.append(Rows("outbox", places, {"id": "n + 1", "subject_id": entry["id"], **kept}))
    return made
