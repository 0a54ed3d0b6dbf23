"""What an acknowledgement says: which text a ticket gets, and what is filled in between its double braces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from contactcenter import clock, runtime
from contactcenter.i18n import language
from contactcenter.model import Acknowledgement, Team, Ticket
from contactcenter.queries import letters, signatures, wording

SWEDISH: Mapping[str, str] = {
    "ärende": "number",
    "svarsdag": "due",
    "kommun": "municipality",
    "kontor": "office",
    "adress": "address",
    "telefon": "phone",
    "e-post": "mail",
    "plats": "place",
}
"""The words that are filled in, each in Swedish and in English: both are understood."""
WORDS = (*SWEDISH, *SWEDISH.values())
SUBJECT = {"sv": "Vi har tagit emot ditt meddelande ({{ärende}})", "en": "We have received your message ({{number}})"}
TEXT = {
    "sv": (
        "Hej!\n\nVi har tagit emot ditt meddelande. Ditt ärende har nummer {{ärende}}.\nDu får svar senast"
        " {{svarsdag}}.\n\nÄr det akut? Ring 112.\n\nVill du lägga till något kan du svara på det här mejlet. Skriv"
        " inte personnummer eller annat känsligt i mejl.\n\nDet du skriver till kommunen blir i regel en allmän"
        " handling, som andra kan begära att få läsa.\n\n{{kommun}}\n{{plats}}"
    ),
    "en": (
        "Hello!\n\nWe have received your message. Your case number is {{number}}.\nYou will have an answer by {{due}}."
        "\n\nIs it an emergency? Call 112.\n\nTo add something, reply to this e-mail. Please do not put personal"
        " identity numbers or other sensitive information in e-mail.\n\nWhat you write to the municipality usually"
        " becomes an official document, which others may ask to read.\n\n{{municipality}}\n{{place}}"
    ),
}
"""What a new one begins with, by the reader's language."""
LONGEST = 5_000
_NEAR_SWEDISH = frozenset({"sv", "nb", "nn", "no", "da"})
_DAYS = {"sv": "EEEE d MMMM", "en": "EEEE d MMMM", "fi": "EEEE d. MMMM"}
"""A day near by, without its year; other languages are told in full."""


def spelled() -> tuple[str, ...]:
    """The words in the reader's language."""
    return tuple(SWEDISH if language() == "sv" else SWEDISH.values())


def text_for(session: Session, ticket: Ticket) -> Acknowledgement | None:
    """The text that fits a ticket: in a language that its writer reads, else the municipality's; then the one of its
    topic, of its office, or of all. None when no active one fits. A discreet office is not told by a text of its own.
    """
    office = letters.named_office(session, ticket)
    found = session.scalars(
        select(Acknowledgement)
        .where(
            Acknowledgement.active,
            or_(Acknowledgement.topic_id.is_(None), Acknowledgement.topic_id == ticket.topic_id),
            or_(Acknowledgement.office_id.is_(None), Acknowledgement.office_id == (office.id if office else None)),
        )
        .order_by(Acknowledgement.id)
    ).all()
    tongues = _languages(ticket.language)
    fits = [row for row in found if row.language in tongues]
    return min(fits, key=lambda row: _weight(row, tongues)) if fits else None


def _languages(written: str) -> Sequence[str]:
    """In which languages somebody is told, the best first; empty is a text for all of them."""
    own = runtime.current().settings.instance.locale
    known = [written, "", own] if written in _NEAR_SWEDISH or not written else [written, "", "en", own]
    if not written:
        known = [own, ""]
    return list(dict.fromkeys(known))


def _weight(row: Acknowledgement, tongues: Sequence[str]) -> tuple[int, bool, bool]:
    return tongues.index(row.language), row.topic_id is None, row.office_id is None


def filled(session: Session, ticket: Ticket, row: Acknowledgement) -> tuple[str, str]:
    """Subject and text for a ticket; a line in which nothing could be filled in is left out."""
    spoken = row.language or ticket.language or runtime.current().settings.instance.locale
    known = values(session, ticket, spoken)
    subject = " ".join(signatures.fill(row.subject, known, SWEDISH).split())
    return subject or row.subject, signatures.fill(row.text, known, SWEDISH)


def values(session: Session, ticket: Ticket, spoken: str) -> dict[str, str]:
    """What is filled in, by the English words; the day in the language `spoken`."""
    office, team = letters.named_office(session, ticket), session.get_one(Team, ticket.team_id)
    number = f"{runtime.current().settings.instance.ticket_prefix}-{ticket.number}"
    known = letters.signature_values(None, team, office, number)
    return {**known, "due": _day(ticket, spoken)}


def _day(ticket: Ticket, spoken: str) -> str:
    """By which day there is an answer, if that has been promised and is not behind us: `tisdag 24 november`.

    What is promised within hours is told by its day too: nobody reads their mail by the minute.
    """
    due = ticket.first_reply_due
    return "" if due is None or due < clock.now() else _written(wording.local(due).date(), spoken)


def example_day(spoken: str) -> str:
    """A day as it would be told."""
    return _written(wording.local(clock.now()).date() + timedelta(days=1), spoken)


def _written(day: date, spoken: str) -> str:
    try:
        locale = Locale.parse(spoken, sep="-")
    except (UnknownLocaleError, ValueError):
        locale = Locale.parse(runtime.current().settings.instance.locale)
    return format_date(day, _DAYS.get(locale.language, "full"), locale=locale)
