"""The pages as a browser gets them: for those who may, with strict headers, nothing inline, and text as text."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from contactcenter import clock, runtime
from contactcenter.model import Agent, Attachment, Draft, Entry, EntryNote, Inbox, Outbox, Ticket
from contactcenter.model.words import ChannelKind, Direction, DraftKind, EntryKind, EntryState, InboxState, Status
from contactcenter.queries import listing
from contactcenter.services import demo_data
from contactcenter.web import assets
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import count, rows
from tests.integration.people import Organisation, make_address, make_entry, make_person, make_ticket

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}</textarea>"
FOREIGN = re.compile(r"^/filer/|/original/|/ra(/\d+)?$")
WITHOUT_INLINE = "default-src 'none'; script-src 'self'; style-src 'self';"


@dataclass(frozen=True, slots=True)
class Place:
    """A ticket in which everything that strangers and colleagues can write is hostile."""

    number: int
    id: int
    entry: int
    queued: int
    failed: int
    file: int
    held: int

    def url(self, pattern: str) -> str:
        """`pattern` with its `{number}`, `{entry}` … filled in."""
        return pattern.format(**{name: getattr(self, name) for name in self.__slots__})


@pytest.fixture
def place(begin: Begin, organisation: Organisation) -> Place:
    with begin() as session:
        person = make_person(session, HOSTILE)
        address = make_address(session, "maja@example.se", person)
        ticket = make_ticket(
            session, organisation.common, organisation.first_line, HOSTILE, sender=HOSTILE, preview=HOSTILE
        )
        ticket.person_id, ticket.address_id, ticket.language, ticket.rank = person.id, address.id, "ar", 0
        key = runtime.current().blobs.put(b"raw")
        held = Inbox(channel=ChannelKind.EMAIL, dedupe_key="d", raw_key=key, size=3, envelope_from=HOSTILE)
        held.envelope_to, held.state, held.reason = [HOSTILE], InboxState.QUARANTINED, HOSTILE[:40]
        session.add(held)
        session.flush()
        entry = make_entry(session, ticket, HOSTILE, html="<p>Hej</p>", author_name=HOSTILE, inbox_id=held.id)
        make_entry(session, ticket, HOSTILE, EntryKind.NOTE, author_name=HOSTILE)
        ours: dict[str, Any] = {"direction": Direction.OUT, "author_name": HOSTILE, "agent_id": organisation.alice.id}
        queued = make_entry(session, ticket, HOSTILE, state=EntryState.QUEUED, own_message_id="<q@x>", **ours)
        before = {"status": "new", "new_reply": False, "waiting_since": clock.now().isoformat(), "closed_at": ""}
        session.add(Outbox(kind="deliver", subject_id=queued.id, due_at=clock.now(), payload={"before": before}))
        failed = make_entry(
            session, ticket, HOSTILE, state=EntryState.FAILED, failure=HOSTILE, own_message_id="<f@x>", **ours
        )
        for what in ("taken", "topic", "delivery_failed", HOSTILE):
            ticket.last_seq += 1
            data = {"what": what, "to": HOSTILE, "team": HOSTILE, "reply": HOSTILE}
            line = Entry(ticket_id=ticket.id, seq=ticket.last_seq, kind=EntryKind.EVENT, at=clock.now(), data=data)
            line.direction, line.author_name, line.state = Direction.INTERNAL, HOSTILE, EntryState.SENT
            session.add(line)
        draft = Draft(ticket_id=ticket.id, agent_id=organisation.alice.id, kind=DraftKind.REPLY, saved_at=clock.now())
        draft.text, draft.seq = HOSTILE, 1
        session.add(draft)
        session.flush()
        file: dict[str, Any] = {"domain_id": ticket.domain_id, "name": HOSTILE, "media_type": HOSTILE, "size": 3}
        file |= {"sha256": key, "blob_key": key}
        kept = Attachment(entry_id=entry.id, **file)
        session.add_all((kept, Attachment(draft_id=draft.id, **file)))
        session.flush()
        return Place(ticket.number, ticket.id, entry.id, queued.id, failed.id, kept.id, held.id)


@pytest.fixture
def alice(app: Flask, organisation: Organisation) -> Browser:
    return Browser(app).signed_in(organisation.alice)


@pytest.fixture
def bob(app: Flask, organisation: Organisation) -> Browser:
    return Browser(app).signed_in(organisation.bob)


PAGES = (
    "/arenden",
    "/arenden?vy=oppna",
    "/arenden?vy=mina",
    "/arenden?vy=nya-svar",
    "/arenden?vy=vantar",
    "/arenden?vy=avslutade",
    "/arenden?vy=oppna&kanal=email&amne=parking&kontor=norra&grupp=gata-park&sprak=ar",
    "/arenden?q=alert",
    "/arenden?q=%22%27%3E%3Cscript%3Ealert(1)%3C/script%3E",
    "/arenden/{number}",
    "/arenden/{number}?vy=oppna",
    "/f/rader?id={id}&vy=oppna",
    "/f/rader?id={id}&vy=avslutade",
    "/f/antal",
    "/f/arende/{number}/tidslinje",
    "/f/arende/{number}/tidslinje?efter=1",
    "/f/arende/{number}/tidslinje?fore=3",
    "/f/arende/{number}/huvud",
    "/f/arende/{number}/utkast/reply/filer",
    "/arenden/{number}/original/{entry}",
    "/karantan",
    "/karantan/{held}",
    "/konto/losenord",
)
OTHERS = ("/f/nytt", "/arenden/{number}/ra/{entry}", "/filer/{file}/x", "/karantan/{held}/ra", "/healthz", "/readyz")


class Inline(HTMLParser):
    """Finds what a strict policy forbids: scripts and styles in the page, handlers, and addresses that are code."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        given = dict(attrs)
        if tag in ("style", "base", "object", "embed") and given != {"target": "_blank"}:
            self.found.append(tag)
        if tag == "script" and not (given.get("src") or "").startswith("/static/dist/"):
            self.found.append("script")
        for name, value in attrs:
            if name == "style" or name.startswith("on") or name == "srcdoc":
                self.found.append(f"{tag} {name}")
            if re.match(r"\s*(javascript|vbscript|data):", value or "", re.IGNORECASE) and name != "content":
                self.found.append(f"{tag} {name}={value}")

    def handle_data(self, data: str) -> None:
        if self._inside in ("script", "style") and data.strip():
            self.found.append(f"{self._inside}: {data[:50]}")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '<script src="https://evil.example/x.js"></script>',
        '<script src="/static/dist/a.js">alert(1)</script>',
        "<p style='color: red'>",
        "<style>p {}</style>",
        "<img src=x onerror=alert(1)>",
        "<a href=' JavaScript:alert(1)'>",
        "<iframe srcdoc='x'>",
        "<base href='https://evil.example'>",
    ],
)
def test_what_is_inline_is_found(text: str) -> None:
    assert Inline(text).found


def assert_strict(answer: TestResponse) -> None:
    headers, policy = answer.headers, answer.headers["Content-Security-Policy"]
    if answer.status_code == 200 and FOREIGN.search(answer.request.path):
        assert policy.startswith("sandbox")
    else:
        assert policy.startswith(WITHOUT_INLINE)
        assert headers["X-Frame-Options"] == "DENY"
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] in ("same-origin", "no-referrer")
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"


def assert_escaped(answer: TestResponse) -> None:
    text = answer.text
    assert "<script>alert" not in text
    assert "onerror=alert(1)>" not in text
    assert "49" not in re.findall(r"alert\(1\)&gt;(\S+)", text)
    assert Inline(text).found == [], answer.request.path


def test_every_page_for_who_may_see_it(app: Flask, place: Place, alice: Browser, bob: Browser) -> None:
    for pattern in PAGES:
        browser = bob if "karantan" in pattern else alice
        for part in (False, True):
            if pattern.endswith("/filer") and not part:
                continue  # only scripts ask for the files of a draft
            answer = browser.get(place.url(pattern), part=part)
            assert answer.status_code == 200, pattern
            assert_strict(answer)
            assert_escaped(answer)
            only_a_part = pattern.startswith("/f/") or (part and pattern.startswith("/arenden/{number}"))
            assert ("<html" in answer.text) is ("/original/" in pattern or not only_a_part), pattern
    for pattern in OTHERS:
        answer = bob.get(place.url(pattern))
        assert answer.status_code == 200, pattern
        assert_strict(answer)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in alice.get(place.url("/arenden/{number}")).text


def test_every_page_for_who_is_not_signed_in(app: Flask, place: Place) -> None:
    nobody = Browser(app)
    for pattern in (*PAGES, *OTHERS[:4], "/", "/finns-inte", "/filer/1/a"):
        for part in (False, True):
            answer = nobody.get(place.url(pattern), part=part)
            assert answer.status_code == (
                404 if "finns" in pattern else 302 if pattern == "/" else 401 if part else 303
            )
            assert_strict(answer)
    for url in ("/healthz", "/logga-in"):
        assert nobody.get(url).status_code == 200
        assert_strict(nobody.get(url))


@pytest.mark.parametrize("part", [False, True], ids=["page", "part"])
def test_what_does_not_exist_and_what_cannot_be_done(alice: Browser, part: bool) -> None:
    for answer, status in (
        (alice.get("/finns-inte", part=part), 404),
        (alice.get("/arenden/abc", part=part), 404),
        (alice.get("/arenden/1001/ta", part=part), 405),
        (alice.post("/arenden", part=part), 405),
        (alice.get("/arenden?vy=finns-inte", part=part), 422),
        (alice.post("/konto/val", {"theme": "pink", "locale": "sv"}, part=part), 422),
        (alice.post("/arenden/1001/svar", {"text": "x" * 30_000_000}, part=part), 413),
        (alice.get("/karantan", part=part), 403),
    ):
        assert answer.status_code == status
        assert_strict(answer)
        assert ('<main class="card"' in answer.text) is not part
        assert ('<div class="problem"' in answer.text) is part


def test_a_fault_of_ours_has_a_reference_and_tells_no_secrets(
    alice: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr(listing, "listing", broken)
    answer = alice.get("/arenden")
    assert answer.status_code == 500
    assert_strict(answer)
    assert "secret" not in answer.text
    [reference] = re.findall(r"'reference': '([0-9a-f]{8})'", caplog.text)
    assert reference in answer.text
    assert alice.get("/arenden", Accept="application/json").json["code"] == "unexpected"  # type: ignore[index]


def test_a_database_that_is_away_is_said_to_be(alice: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))

    monkeypatch.setattr(listing, "listing", away)
    answer = alice.get("/arenden")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "server closed" not in answer.text
    assert_strict(answer)


# Writing without scripts and with them


def test_without_scripts_every_act_leads_back_to_the_ticket(
    begin: Begin, organisation: Organisation, alice: Browser
) -> None:
    with begin() as session:
        address = make_address(session, "maja@example.se")
        ticket = make_ticket(session, organisation.common, organisation.first_line, address_id=address.id)
        make_entry(session, ticket)
    home = f"/arenden/{ticket.number}"
    for verb, form in (
        ("ta", {"rev": "1"}),
        ("vila", {"until": "monday"}),
        ("vack", {}),
        ("amne", {"topic": "parking"}),
        ("avsluta", {}),
        ("utfall", {"outcome": "referred"}),
        ("oppna", {}),
        ("anteckning", {"text": "Ring", "key": "n"}),
        ("svar", {"text": "Hej\r\nMaja", "key": "k", "seen_seq": "99"}),
        ("tilldela", {"agent": str(organisation.bob.id)}),
    ):
        answer = alice.post(f"{home}/{verb}", form)
        assert (answer.status_code, answer.location) == (303, home), verb
    [queued] = rows(begin, Entry, Entry.own_message_id.is_not(None))
    answer = alice.post(f"{home}/angra/{queued.id}")
    assert (answer.status_code, answer.location) == (303, home)
    text = alice.get(home).text
    assert ">\nHej\nMaja</textarea>" in text
    assert "Ring" in text


def test_with_scripts_every_act_answers_with_the_head_and_a_toast(
    begin: Begin, organisation: Organisation, alice: Browser
) -> None:
    with begin() as session:
        number = make_ticket(session, organisation.common, organisation.first_line).number
    home = f"/arenden/{number}"
    for verb, form, undo in (
        ("ta", {}, "slapp"),
        ("slapp", {}, "ta"),
        ("vila", {"until": "reply"}, "vack"),
        ("vack", {}, ""),
        ("amne", {"topic": "parking"}, ""),
        ("amne", {"topic": "acute_danger"}, "amne"),
        ("avsluta", {"outcome": "no_help"}, "oppna"),
        ("utfall", {"outcome": "referred"}, ""),
        ("oppna", {}, ""),
    ):
        answer = alice.post(f"{home}/{verb}", form, part=True)
        assert answer.status_code == 200, verb
        assert 'id="ticket-head"' in answer.text
        assert 'hx-target="#ticket-context"' in answer.text
        assert 'id="reply-form"' not in answer.text, "the composer is never swapped"
        toast = json.loads(unquote(answer.headers["X-Toast"]))
        assert toast["text"]
        assert toast.get("undo", {}).get("url", "") == (f"{home}/{undo}" if undo else "")
    assert toast is not None
    silent = alice.post(f"{home}/amne", {"topic": "parking"}, part=True)
    assert silent.status_code == 422
    assert "varför" in silent.text, "others could read it then"
    danger = alice.post(f"{home}/amne", {"topic": "parking", "ground": "Ingen fara, en lek"}, part=True)
    body = json.loads(unquote(danger.headers["X-Toast"]))["undo"]["body"]
    assert (body["topic"], bool(body["ground"])) == ("acute_danger", True)


def test_a_ticket_that_goes_out_of_sight_leads_to_the_queue(
    begin: Begin, organisation: Organisation, alice: Browser
) -> None:
    with begin() as session:
        first, second = (make_ticket(session, organisation.common, organisation.first_line).number for _ in range(2))
    script = alice.post(f"/arenden/{first}/amne", {"topic": "economic_aid"}, part=True)
    assert (script.status_code, script.headers["HX-Redirect"]) == (204, "/arenden")
    assert script.headers["X-Toast"]
    plain = alice.post(f"/arenden/{second}/amne", {"topic": "economic_aid"})
    assert (plain.status_code, plain.location) == (303, "/arenden")


def test_who_was_slower_is_told_and_changes_nothing(
    begin: Begin, organisation: Organisation, alice: Browser, bob: Browser
) -> None:
    with begin() as session:
        number = make_ticket(session, organisation.common, organisation.first_line).number
    assert bob.post(f"/arenden/{number}/ta", {"rev": "1"}).status_code == 303
    for part in (True, False):
        answer = alice.post(f"/arenden/{number}/ta", {"rev": "1"}, part=part)
        assert answer.status_code == 409
        assert "Bob" in answer.text
        assert ("conflict" in answer.text) is part
        assert alice.post(f"/arenden/{number}/avsluta", {"rev": "1"}, part=part).status_code == 409
    assert rows(begin, Ticket)[0].status is Status.OPEN


def written_first(begin: Begin, organisation: Organisation) -> tuple[int, int]:
    """A ticket whose newest message its reader has not seen: its number, and what was seen."""
    with begin() as session:
        address = make_address(session, "maja@example.se")
        ticket = make_ticket(session, organisation.common, organisation.first_line, address_id=address.id)
        make_entry(session, ticket, "Det första", author_name="Maja")
        make_entry(session, ticket, "Vänta, det är fel adress!", author_name="Maja")
        return ticket.number, 1


def test_an_answer_over_the_head_of_a_newer_message_is_held_and_the_text_kept(
    begin: Begin, organisation: Organisation, alice: Browser
) -> None:
    number, seen = written_first(begin, organisation)
    form = {"text": "Mitt långa svar", "key": "k", "seen_seq": str(seen)}
    script = alice.post(f"/arenden/{number}/svar", form, part=True)
    assert script.status_code == 409
    assert "fel adress" in script.text
    assert 'data-seen-seq="2"' in script.text
    assert 'name="agreed" value="2"' in script.text
    assert count(begin, Draft) == 0, "the box still holds it"
    plain = alice.post(f"/arenden/{number}/svar", form)
    assert plain.status_code == 409
    assert "fel adress" in plain.text
    assert ">\nMitt långa svar</textarea>" in plain.text
    assert 'name="agreed" value="2"' in plain.text
    [draft] = rows(begin, Draft)
    assert (draft.text, draft.kind) == ("Mitt långa svar", DraftKind.REPLY)
    assert count(begin, Outbox) == 0
    sent = alice.post(f"/arenden/{number}/svar", form | {"agreed": "2"})
    assert sent.status_code == 303
    assert (count(begin, Outbox), count(begin, Draft)) == (1, 0)


def test_an_answer_that_cannot_be_sent_is_kept_too(begin: Begin, organisation: Organisation, alice: Browser) -> None:
    with begin() as session:
        number = make_ticket(session, organisation.common, organisation.first_line).number
    form = {"text": "Svar utan adress", "key": "k"}
    script = alice.post(f"/arenden/{number}/svar", form, part=True)
    assert script.status_code == 422
    assert 'class="problem"' in script.text
    plain = alice.post(f"/arenden/{number}/svar", form)
    assert plain.status_code == 422
    assert 'class="problem"' in plain.text
    assert [draft.text for draft in rows(begin, Draft)] == ["Svar utan adress"]
    for url in ("svar", "anteckning"):
        assert alice.post(f"/arenden/{number}/{url}", {"text": "Utan nyckel", "key": ""}).status_code == 422
    assert {draft.text for draft in rows(begin, Draft)} == {"Utan nyckel"}


def test_what_is_written_comes_back_as_its_line_alone(begin: Begin, organisation: Organisation, alice: Browser) -> None:
    number, _ = written_first(begin, organisation)
    sent = alice.post(f"/arenden/{number}/svar", {"text": HOSTILE, "key": "k", "seen_seq": "2"}, part=True)
    noted = alice.post(f"/arenden/{number}/anteckning", {"text": HOSTILE, "key": "n"}, part=True)
    [queued] = rows(begin, Entry, Entry.own_message_id.is_not(None))
    for answer in (sent, noted):
        assert answer.status_code == 200
        assert "<html" not in answer.text
        assert "fel adress" not in answer.text
        assert_escaped(answer)
    assert f"/angra/{queued.id}" in sent.text
    again = alice.post(f"/arenden/{number}/svar", {"text": HOSTILE, "key": "k", "seen_seq": "2"}, part=True)
    assert f"/angra/{queued.id}" in again.text, "a lost response asked for again"
    taken_back = alice.post(f"/arenden/{number}/angra/{queued.id}", part=True)
    assert taken_back.json is not None
    assert (taken_back.json["text"], sorted(taken_back.json)) == (HOSTILE, ["bcc", "cc", "files", "text", "to"])
    assert alice.post(f"/arenden/{number}/angra/{queued.id}", part=True).status_code == 404


def test_it_is_too_late_to_take_back_what_is_leaving(begin: Begin, organisation: Organisation, alice: Browser) -> None:
    number, _ = written_first(begin, organisation)
    alice.post(f"/arenden/{number}/svar", {"text": "Hej", "key": "k", "seen_seq": "2"})
    [queued] = rows(begin, Entry, Entry.own_message_id.is_not(None))
    with begin() as session:
        session.scalars(select(Outbox)).one().attempt = 1
    for part in (True, False):
        assert alice.post(f"/arenden/{number}/angra/{queued.id}", part=part).status_code == 409
    assert "/angra/" not in alice.get(f"/arenden/{number}").text


def test_what_failed_can_be_sent_again_from_the_page(place: Place, begin: Begin, alice: Browser) -> None:
    url = place.url("/arenden/{number}/skicka-igen/{failed}")
    assert url in alice.get(place.url("/arenden/{number}")).text
    assert alice.post(url, part=True).status_code == 200
    assert alice.post(url, part=True).status_code == 409
    assert rows(begin, Entry, Entry.id == place.failed)[0].state is EntryState.QUEUED


IMPOSSIBLE: tuple[tuple[str, dict[str, str]], ...] = (
    ("tilldela", {"agent": ""}),
    ("tilldela", {"agent": "x"}),
    ("tilldela", {"agent": "9" * 40}),
    ("tilldela", {"agent": "4711"}),
    ("amne", {"topic": ""}),
    ("amne", {"topic": "a\0b"}),
    ("vila", {"until": ""}),
    ("vila", {"until": "2024-01-01"}),
    ("avsluta", {"outcome": "won"}),
    ("utfall", {"outcome": ""}),
    ("svar", {"text": "", "key": "k"}),
    ("svar", {"text": "a", "key": "k" * 200}),
    ("anteckning", {"text": " ", "key": "k"}),
)


def test_what_cannot_be_done_is_said_and_nothing_happens(
    begin: Begin, organisation: Organisation, alice: Browser
) -> None:
    number, _ = written_first(begin, organisation)
    for verb, form in IMPOSSIBLE:
        answer = alice.post(f"/arenden/{number}/{verb}", {"seen_seq": "2"} | form, part=True)
        assert answer.status_code == 422, (verb, form)
        assert 'class="problem"' in answer.text
    [row] = rows(begin, Ticket)
    assert (row.rev, row.status, count(begin, Outbox), count(begin, EntryNote)) == (1, Status.NEW, 0, 0)


# Around the pages


def test_ones_own_settings(begin: Begin, organisation: Organisation, alice: Browser, bob: Browser) -> None:
    form = {"theme": "dark", "density": "dense", "locale": "en", "shortcuts": ""}
    answer = alice.post("/konto/val", form, Referer="http://localhost/arenden/1001")
    assert (answer.status_code, answer.location) == (303, "/arenden/1001")
    text = alice.get("/arenden").text
    assert '<html lang="en" data-theme="dark" data-density="dense">' in text
    assert 'data-shortcuts="off"' in text
    assert "Unassigned" in text
    assert '<html lang="sv">' in bob.get("/arenden").text
    assert "Otilldelade" in bob.get("/arenden").text
    assert alice.post("/konto/val", form, Referer="https://evil.example//evil").location == "/arenden"
    with begin(read_only=True) as session:
        assert session.get_one(Agent, organisation.alice.id).theme == "dark"


def test_a_banner_says_that_data_is_example_data(app: Flask, alice: Browser) -> None:
    assert 'class="demo"' not in alice.get("/arenden").text
    with app.app_context():
        demo_data.mark_shown(runtime.current().data)
    assert 'class="demo"' in alice.get("/arenden").text
    page = Browser(app).get("/logga-in").text
    assert demo_data.PASSWORD in page
    assert "sara@ekhamra.example" in page


def test_example_data_is_removed_by_administrators_alone(alice: Browser, bob: Browser) -> None:
    for browser in (alice, bob):
        assert browser.post("/exempeldata/ta-bort").status_code == 403


def test_health_tells_whether_all_is_well(
    app: Flask, begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = Browser(app)
    assert nobody.get("/healthz").json == {"status": "ok"}
    well = nobody.get("/readyz")
    assert well.status_code == 200
    assert well.json is not None
    assert (well.json["status"], well.json["database"], well.json["disk"]) == ("ok", "ok", "ok")
    with begin() as session:
        late = Inbox(channel=ChannelKind.EMAIL, dedupe_key="x", raw_key="x", size=1)
        late.created_at = clock.now().replace(year=2020)
        session.add(late)
    behind = nobody.get("/readyz")
    assert behind.status_code == 503
    assert behind.json is not None
    assert behind.json == {"status": "not ready", "backlog": "late", "database": "ok", "disk": "ok"}

    def away(*_: object, **__: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    monkeypatch.setattr("contactcenter.queries.health.backlog", away)
    gone = nobody.get("/readyz")
    assert gone.status_code == 503
    assert gone.json is not None
    assert gone.json["database"] == "away"


def test_built_files_are_kept_for_ever_and_nothing_else_is(alice: Browser) -> None:
    for name in ("app.js", "app.css", "icons.svg"):
        answer = alice.get(assets.asset(name))
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for outside in ("/static/../app.py", "/static/dist/../../app.py", "/static/%2e%2e/app.py"):
        assert alice.get(outside).status_code == 404


def test_every_form_carries_the_token(place: Place, alice: Browser, bob: Browser) -> None:
    for pattern in PAGES:
        browser = bob if "karantan" in pattern else alice
        text = browser.get(place.url(pattern)).text
        for form in re.findall(r"<form\b[^>]*\bmethod=\"post\".*?</form>", text, re.DOTALL):
            assert f'name="csrf" value="{browser.token}"' in form, form[:200]
