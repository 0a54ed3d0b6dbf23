"""The list: in queue order, every ticket on exactly one page, filtered as asked, and no address breaks it."""

from __future__ import annotations

import base64
import random
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from contactcenter import clock, search
from contactcenter.access import Actor, actor_for
from contactcenter.errors import InvalidInput
from contactcenter.model import Agent, Draft, Ticket, TicketTeam
from contactcenter.model.words import ChannelKind, DraftKind, Status
from contactcenter.queries import listing, views
from contactcenter.queries.listing import ListQuery
from contactcenter.queries.shapes import Listing, Row
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.people import Organisation, make_ticket

AT = datetime(2024, 3, 1, 12, tzinfo=UTC)
CLOSED: dict[str, Any] = {"status": Status.CLOSED, "outcome": "solved"}


@pytest.fixture
def alice(begin: Begin, organisation: Organisation) -> Actor:
    with begin(read_only=True) as session:
        return actor_for(session, session.get_one(Agent, organisation.alice.id))


def page(session: Session, actor: Actor, view: str = "oppna", **query: Any) -> Listing:
    return listing.listing(session, actor, ListQuery(view, **query), lambda _: None)


def rows_of(shown: Listing) -> list[Row]:
    return [row for group in shown.groups for row in group.rows]


def ids_of(shown: Listing) -> list[int]:
    return [row.id for row in rows_of(shown)]


def next_key(shown: Listing) -> str:
    return parse_qs(urlsplit(shown.next_url).query).get("efter", [""])[0]


# Order


def test_urgent_first_then_who_waits_longest_then_who_came_first(
    session: Session, organisation: Organisation, alice: Actor
) -> None:
    def make(hours: int, rank: int = 1) -> int:
        at = AT + timedelta(hours=hours)
        return make_ticket(session, organisation.common, organisation.first_line, at=at, rank=rank).id

    late, early, tie, urgent_late, urgent_early = make(9), make(1), make(1), make(8, 0), make(2, 0)
    shown = page(session, alice)
    assert ids_of(shown) == [urgent_early, urgent_late, early, tie, late]
    assert [group.key for group in shown.groups] == ["urgent", "older"]
    assert [row.urgent for row in rows_of(shown)] == [True, True, False, False, False]


def test_headings_are_urgent_older_and_today(session: Session, organisation: Organisation, alice: Actor) -> None:
    for ago in (timedelta(), timedelta(days=1), timedelta(days=40)):
        make_ticket(session, organisation.common, organisation.first_line, at=clock.now() - ago)
    make_ticket(session, organisation.common, organisation.first_line, rank=0)
    shown = page(session, alice)
    assert [(group.key, len(group.rows)) for group in shown.groups] == [("urgent", 1), ("older", 2), ("today", 1)]


def test_closed_tickets_are_newest_first(session: Session, organisation: Organisation, alice: Actor) -> None:
    made = [
        make_ticket(
            session, organisation.common, organisation.first_line, closed_at=AT + timedelta(days=day), **CLOSED
        ).id
        for day in (2, 5, 3, 5)
    ]
    shown = page(session, alice, "avslutade")
    assert ids_of(shown) == [made[3], made[1], made[2], made[0]]
    assert shown.total == "", "they are not counted: there are ever more of them"


# Views


def test_every_view_holds_its_own(session: Session, organisation: Organisation, alice: Actor) -> None:
    def make(**columns: Any) -> int:
        return make_ticket(session, organisation.common, organisation.first_line, **columns).id

    mine, theirs = {"assignee_id": alice.agent_id}, {"assignee_id": organisation.bob.id}
    new, open_ = make(), make(status=Status.OPEN, **mine)
    answered, others_answered = make(status=Status.OPEN, new_reply=True, **mine), make(new_reply=True, **theirs)
    unowned_answered = make(status=Status.OPEN, new_reply=True)
    waiting, internal = make(status=Status.WAITING_RESIDENT, **mine), make(status=Status.WAITING_INTERNAL, **mine)
    parked = make(status=Status.PARKED, **mine)
    closed = make(closed_at=AT, **CLOSED, **mine)
    expected = {
        "mina": {open_, answered, internal},
        "otilldelade": {new, unowned_answered},
        "nya-svar": {answered, unowned_answered},
        "vantar": {waiting},
        "oppna": {new, open_, answered, others_answered, unowned_answered, waiting, internal, parked},
        "avslutade": {closed},
    }
    assert expected.keys() == views.views_for(alice).keys()
    for view, ids in expected.items():
        assert set(ids_of(page(session, alice, view))) == ids, view
    counted = views.counts(session, alice)
    assert counted == {view: len(ids) for view, ids in expected.items() if view != "avslutade"} | {views.PARKED: 0}


def test_there_must_be_such_a_view(session: Session, alice: Actor) -> None:
    for view in ("", "alla", "../x", "mina\0"):
        with pytest.raises(InvalidInput):
            page(session, alice, view)


# Paging


def many(session: Session, organisation: Organisation, how_many: int, **columns: Any) -> None:
    """Tickets with a few different times of waiting, in no order, so that there are ties at every page's end."""
    chance = random.Random(4711)
    values = [
        {
            "number": 5000 + number,
            "public_token": secrets.token_urlsafe(24),
            "subject": f"Ärende {number}",
            "waiting_since": (at := AT + timedelta(hours=chance.randrange(3))),
            "last_message_at": at,
            "closed_at": at if columns.get("status") else None,
            "rank": chance.randrange(2),
            "channel": ChannelKind.EMAIL,
            "team_id": organisation.first_line.id,
            "domain_id": organisation.common.id,
            **columns,
        }
        for number in range(how_many)
    ]
    session.execute(insert(Ticket), values)


@pytest.mark.parametrize("view", ["oppna", "avslutade"])
def test_every_ticket_is_on_exactly_one_page_also_while_others_come(
    session: Session, organisation: Organisation, alice: Actor, view: str
) -> None:
    how_many = 2 * listing.PAGE + 17
    many(session, organisation, how_many, **(CLOSED if view == "avslutade" else {}))
    there = set(session.scalars(select(Ticket.id)))
    seen: list[int] = []
    key, pages = "", 0
    while key or not pages:
        shown = page(session, alice, view, after=key)
        seen += ids_of(shown)
        key, pages = next_key(shown), pages + 1
        for hours in (-1, 1, 99):
            moment = AT + timedelta(hours=hours)
            closed = {"closed_at": moment, **CLOSED} if view == "avslutade" else {}
            make_ticket(session, organisation.common, organisation.first_line, at=moment, rank=0, **closed)
    assert len(seen) == len(set(seen)), "no ticket twice"
    assert there <= set(seen), "no ticket missing"
    assert pages >= 3


def test_a_full_page_without_a_next_one_has_no_link(session: Session, organisation: Organisation, alice: Actor) -> None:
    many(session, organisation, listing.PAGE)
    assert page(session, alice).next_url == ""
    make_ticket(session, organisation.common, organisation.first_line)
    first = page(session, alice)
    assert len(ids_of(first)) == listing.PAGE
    assert len(ids_of(page(session, alice, after=next_key(first)))) == 1


def test_a_search_shows_a_page_of_its_hits_and_then_the_rest(
    session: Session, organisation: Organisation, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(session, organisation, listing.PAGE + 7)
    hits = list(session.scalars(select(Ticket.id).order_by(Ticket.id.desc())))
    monkeypatch.setattr(search, "find", lambda *_asked, **_more: hits)
    first = page(session, alice, search="altan")
    rest = page(session, alice, search="altan", after=next_key(first))
    assert [*ids_of(first), *ids_of(rest)] == hits
    assert (len(ids_of(first)), first.total, rest.next_url) == (listing.PAGE, str(len(hits)), "")
    with pytest.raises(InvalidInput):
        page(session, alice, search="altan", after=coded("no hit"))


def coded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


BAD_KEYS = [
    "x",
    "%00",
    "å",
    "a" * 5000,
    "====",
    coded("1|2|3"),
    coded("1|2024-01-01T00:00:00+00:00|x"),
    coded("x|2024-01-01T00:00:00+00:00|1"),
    coded("2024-01-01T00:00:00+00:00|1"),
    coded("1|1|2024-01-01T00:00:00+00:00|1"),
    coded(f"1|2024-01-01T00:00:00+00:00|{'9' * 40}"),
    coded(f"{'9' * 40}|2024-01-01T00:00:00+00:00|1"),
    coded("1|0001-01-01T00:00:00+14:00|1"),
    coded("1|9999-12-31T23:59:59-14:00|1"),
    coded("1|2024-01-01T00:00:00+00:00|-1"),
    coded("1|2024-01-01T00:00:00+00:00|１"),
    coded("1|24-01-01|\0"),
]


def test_a_page_key_that_is_none_of_ours_is_refused(app: Flask, organisation: Organisation) -> None:
    browser = Browser(app).signed_in(organisation.alice)
    for key in BAD_KEYS:
        for part in (True, False):
            assert browser.get(f"/arenden?vy=oppna&efter={key}", part=part).status_code == 422, key
    closed = coded("1|2024-01-01T00:00:00+00:00|1")
    assert browser.get(f"/arenden?vy=avslutade&efter={closed}").status_code == 422, "a key of another view"
    assert browser.get(f"/arenden?vy=oppna&efter={closed}").status_code == 200


def test_the_next_page_comes_as_rows_for_scripts_and_as_a_page_without(
    app: Flask, begin: Begin, organisation: Organisation
) -> None:
    with begin() as session:
        many(session, organisation, listing.PAGE + 3)
    browser = Browser(app).signed_in(organisation.alice)
    more = re.search(r'hx-get="(/arenden[^"]+)"', browser.get("/arenden?vy=oppna").text)
    assert more
    url = more[1].replace("&amp;", "&")
    part, whole = browser.get(url, part=True).text, browser.get(url).text
    assert "<html" not in part
    assert "<html" in whole
    assert len(set(re.findall(r'href="/arenden/(\d+)', part))) == 3
    assert set(re.findall(r'href="/arenden/(\d+)', part)) == set(re.findall(r'href="/arenden/(\d+)', whole))


# Counts


def test_counting_stops(begin: Begin, app: Flask, organisation: Organisation, alice: Actor) -> None:
    with begin() as session:
        many(session, organisation, views.COUNT_LIMIT - 1)
        assert page(session, alice).total == "999"
        make_ticket(session, organisation.common, organisation.first_line)
        assert page(session, alice).total == "999+"
        assert views.counts(session, alice)["oppna"] == views.COUNT_LIMIT
    assert "999+" in Browser(app).signed_in(organisation.alice).get("/f/antal").text


# Filters


def test_filters_narrow_and_combine(session: Session, organisation: Organisation, alice: Actor) -> None:
    def make(**columns: Any) -> int:
        team = columns.pop("team", organisation.first_line)
        return make_ticket(session, organisation.common, team, **columns).id

    parking, north = {"topic_id": organisation.parking.id}, {"office_id": organisation.north.id}
    plain, with_topic = make(), make(**parking)
    in_office, both = make(**north), make(**parking, **north)
    by_phone, arabic, of_team = make(channel=ChannelKind.PHONE), make(language="ar"), make(team=organisation.streets)
    shared = make()
    session.add(TicketTeam(ticket_id=shared, team_id=organisation.streets.id))
    session.flush()
    for filters, expected in (
        ({"amne": "parking"}, {with_topic, both}),
        ({"kontor": "norra"}, {in_office, both}),
        ({"amne": "parking", "kontor": "norra"}, {both}),
        ({"kanal": "phone"}, {by_phone}),
        ({"sprak": "ar"}, {arabic}),
        ({"grupp": "gata-park"}, {of_team, shared}),
        ({"amne": "nothing"}, set()),
        ({"kontor": "nothing"}, set()),
        ({"grupp": "nothing"}, set()),
        ({"sprak": "xx"}, set()),
    ):
        shown = page(session, alice, filters=filters)
        assert set(ids_of(shown)) == expected, filters
        assert shown.total == str(len(expected))
        assert shown.active_filters == len(filters)
    assert plain in ids_of(page(session, alice))
    with pytest.raises(InvalidInput):
        page(session, alice, filters={"kanal": "fax"})


def test_filters_stay_in_every_address_of_the_list(app: Flask, begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        many(session, organisation, listing.PAGE + 1, topic_id=organisation.parking.id)
    text = Browser(app).signed_in(organisation.alice).get("/arenden?vy=oppna&amne=parking&okand=1").text
    assert re.search(r'href="/arenden/\d+\?vy=oppna&amp;amne=parking"', text)
    assert re.search(r'hx-get="/arenden\?vy=oppna&amp;amne=parking&amp;efter=', text)
    assert "okand" not in text


STRANGE = [
    "%00",
    "a%00b",
    "%ff",
    "'",
    '"><script>',
    "9" * 400,
    "\\",
    "%",
    "_",
    "*",
    "å" * 300,
    "(",
    "a:b",
    "NEAR(",
    "-",
]


def test_nothing_in_an_address_breaks_the_list(app: Flask, begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        make_ticket(session, organisation.common, organisation.first_line)
    browser, timeline = Browser(app).signed_in(organisation.alice), "/f/arende/1001/tidslinje"
    for text in STRANGE:
        filters = f"amne={text}&grupp={text}&kontor={text}&sprak={text}"
        for url in (f"vy={text}", f"kanal={text}", f"vy=oppna&{filters}", f"vy=oppna&id={text}"):
            assert browser.get(f"/f/rader?id=1&{url}", part=True).status_code in (200, 422), url
        for url in (f"/arenden?q={text}", f"/arenden?efter={text}", f"/arenden?vy=oppna&{filters}"):
            answer = browser.get(url, part=True)
            assert answer.status_code in (200, 422), url
            assert "<script>" not in answer.text
        for url in (f"/f/nytt?sedan={text}", f"{timeline}?efter={text}", f"{timeline}?fore={text}"):
            assert browser.get(url, part=True).status_code == 200, url
    for url in ("/arenden/{n}", "/filer/{n}/a", "/f/arende/{n}/huvud", "/arenden/{n}/ra/{n}", "/arenden/1001/ra/{n}"):
        for number in ("0", "2147483648", "9223372036854775808", "9" * 60):
            assert browser.get(url.format(n=number)).status_code == 404, number


# Rows


def test_rows_that_have_left_the_view_say_why(session: Session, organisation: Organisation, alice: Actor) -> None:
    def make(**columns: Any) -> int:
        return make_ticket(session, organisation.common, organisation.first_line, **columns).id

    ids = [
        make(),
        make(assignee_id=organisation.bob.id),
        make(assignee_id=alice.agent_id),
        make(closed_at=AT, **CLOSED),
        make(status=Status.PARKED),
        make_ticket(session, organisation.social, organisation.social_team).id,
    ]
    asked = ListQuery("otilldelade")
    shown = {row.id: row.dimmed for row in listing.rows_by_id(session, alice, asked, [*ids, 4711], lambda _: None)}
    assert ids[-1] not in shown
    assert shown[ids[0]] == ""
    assert "Bob" in shown[ids[1]]
    assert all(shown[row_id] for row_id in ids[1:-1])
    assert len(set(shown.values())) == 5


def test_a_draft_shows_in_ones_own_list(session: Session, organisation: Organisation, alice: Actor) -> None:
    ticket = make_ticket(session, organisation.common, organisation.first_line, preview="Hej")
    for agent, text in ((organisation.alice, "mitt\n utkast"), (organisation.bob, "Bobs")):
        session.add(Draft(ticket_id=ticket.id, agent_id=agent.id, kind=DraftKind.REPLY, text=text, saved_at=AT))
    session.flush()
    [row] = rows_of(page(session, alice))
    assert (row.draft, row.preview) == ("mitt utkast", "Hej")


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    """The statements that are run inside."""
    ran: list[str] = []
    connection = session.connection()
    original = connection.engine.dialect.do_execute

    def execute(cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        ran.append(statement)
        original(cursor, statement, parameters, context)

    connection.engine.dialect.do_execute = execute  # type: ignore[method-assign]
    try:
        yield ran
    finally:
        connection.engine.dialect.do_execute = original  # type: ignore[method-assign]


def test_a_page_costs_as_many_questions_for_fifty_tickets_as_for_one(
    session: Session, organisation: Organisation, alice: Actor
) -> None:
    many(session, organisation, 1, topic_id=organisation.parking.id, assignee_id=alice.agent_id)
    page(session, alice)  # what can be chosen in the filters is read once
    with counted(session) as for_one:
        page(session, alice)
    session.expunge_all()
    session.execute(delete(Ticket))
    many(session, organisation, 60, topic_id=organisation.parking.id, assignee_id=alice.agent_id)
    with counted(session) as for_many:
        page(session, alice)
    assert len(for_one) == len(for_many) > 3
