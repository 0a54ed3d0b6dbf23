"""Every request that can be made of the pages and the API, by the route it is for; and asking it without keeping it."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from io import BytesIO
from typing import Any
from unittest import mock

from flask import Flask
from sqlalchemy.orm import Session

from contactcenter import clock, keys
from tests.integration.asks import WITHOUT_TOKEN, Ask, get, post
from tests.integration.asks_of_settings import SETTINGS
from tests.integration.browser import Browser
from tests.integration.test_access import WORD
from tests.integration.twins import CANARY, KEPT, NOW, House

T, F, A = "/arenden/{number}", "/f/arende/{number}", "/api/v1/tickets/{number}"
DRAFT = F + "/utkast/reply"
HIDDEN = re.compile(r'name="(seen|confirm|mark|sett)" value="([^"]*)"')
FEW = ("domain granted", "assigned, other domain", "ticket granted")


VIEWS = ("mina", "otilldelade", "nya-svar", "vantar", "oppna", "avslutade")
FORM = {"person": {"name": "Maja", "addresses": [{"kind": "email", "value": "maja3@example.se"}]}, "text": "Altan?"}

PARKED = ("parked", "parked_alone", "parked_sealed", "parked_taken")

PAGES: dict[str, list[Ask]] = {
    "tickets.home": [get("/")],
    "tickets.queue": [
        *(get(f"/arenden?vy={view}") for view in VIEWS),
        get(f"/arenden?q={WORD}"),
        get(f"/arenden?q={CANARY}"),
        get("/arenden?q=maja3"),
        get("/arenden?q=KC-{number}"),
        get("/arenden?vy=oppna&kanal=email", part=True),
        get("/arenden?vy=oppna&grupp=gata-park"),
        get(f"/arenden?q={WORD}&grupp=own"),
        get("/arenden?vy=oppna&efter=nonsens"),
    ],
    "tickets.show": [get(T, part=True, every=True), get(f"{T}?vy=oppna")],
    "tickets.rows": [
        get("/f/rader?vy=oppna&{ids}", part=True),
        get("/f/rader?vy=mina&{ids}"),
        get("/f/rader?q=a&{ids}"),
    ],
    "tickets.counts": [get("/f/antal"), get("/f/antal?vy=mina", part=True)],
    "tickets.since": [get("/f/nytt?sedan={start}"), get("/f/nytt")],
    "tickets.timeline": [get(F + "/tidslinje"), get(F + "/tidslinje?efter=1"), get(F + "/tidslinje?fore=2")],
    "tickets.state": [get(F + "/huvud")],
    "drafts.recipients": [get(F + "/mottagare"), get(F + "/mottagare", part=True)],
    "drafts.files": [get(DRAFT + "/filer", part=True), get(DRAFT + "/filer")],
    "files.show": [get("/filer/{file}/a.txt"), get("/filer/{vera_file}/b.txt"), get("/filer/{alice_file}/b.txt")],
    "files.view": [get("/visa/{file}/a.txt"), get("/visa/{vera_file}/b.txt"), get("/visa/{alice_file}/b.txt")],
    "files.html": [get(T + "/original/{entry}"), get("/arenden/{mine}/original/{entry}")],
    "files.raw": [get(T + "/ra/{entry}"), get("/arenden/{mine}/ra/{entry}")],
    "parked.index": [get("/parkerat"), get("/parkerat?visa=allt"), get("/parkerat?fore=4")],
    "parked.show": [get(f"/parkerat/{{{name}}}") for name in PARKED],
    "parked.raw": [get(f"/parkerat/{{{name}}}/ra") for name in PARKED],
    "parked.take_in": [post(f"/parkerat/{{{name}}}/ta-in") for name in PARKED],
    "parked.handle": [
        *(post("/parkerat/klart", {"id": f"{{{name}}}"}) for name in PARKED),
        post("/parkerat/klart", {"id": "{parked_alone}", "undo": "1"}),
        post("/parkerat/klart"),
    ],
    "quarantine.index": [get("/karantan")],
    "quarantine.show": [get("/karantan/{held}"), get("/karantan/{waiting}"), get("/karantan/{sealed}")],
    "quarantine.raw": [get("/karantan/{held}/ra"), get("/karantan/{waiting}/ra"), get("/karantan/{sealed}/ra")],
    "quarantine.retry": [post(f"/karantan/{{{name}}}/forsok") for name in ("held", "waiting", "sealed")],
    "account.login": [get("/logga-in")],
    "account.login_post": [post("/logga-in", {"login": "vera"}, token=WITHOUT_TOKEN)],
    "account.logout": [post("/logga-ut")],
    "account.password": [get("/konto/losenord")],
    "account.password_post": [post("/konto/losenord", {"current": "x"}, token=WITHOUT_TOKEN)],
    "account.preferences": [post("/konto/val", {"theme": "dark"})],
    "demo.remove": [post("/exempeldata/ta-bort", token=WITHOUT_TOKEN)],
    "health.live": [get("/healthz")],
    "health.ready": [get("/readyz")],
    "static": [get("/static/nothing.js")],
    "tickets.take": [post(T + "/ta", part=True)],
    "tickets.release": [post(T + "/slapp", part=True)],
    "tickets.assign": [
        post(T + "/tilldela", {"agent": "{dora}"}),
        post(T + "/tilldela", {"agent": "{vera}"}, part=True),
    ],
    "tickets.topic": [
        post(T + "/amne", {"topic": "economic_aid", "ground": "Hör dit"}),
        post(T + "/amne", {"topic": "economic_aid", "ground": "Hör dit"}, part=True),
        post(T + "/amne", {"topic": "parking", "ground": "Hör dit"}, part=True),
    ],
    "tickets.park": [post(T + "/vila", {"until": "week"}, part=True)],
    "tickets.unpark": [post(T + "/vack", part=True)],
    "tickets.close": [post(T + "/avsluta", part=True)],
    "tickets.outcome": [post(T + "/utfall", {"outcome": "solved"}, part=True)],
    "tickets.reopen": [post(T + "/oppna", part=True)],
    "replies.send": [
        post(T + "/svar", {"text": "Hej", "key": "k", "anyway": "1", "sure": "1"}, part=True),
        post(T + "/svar", {"text": "Hej", "key": "k", "sure": "1"}),
        post(T + "/svar", {"text": "Hej", "key": "k"}),
        post(T + "/svar", {"text": "", "key": "k"}),
        post(T + "/svar", {"text": "Hej", "key": "k", "to": "bo@example.se", "cc": "maja3@example.se"}, part=True),
        post(T + "/svar", {"text": "Hej", "key": "k", "bcc": "kontakt@ekhamra.example", "sure": "1"}),
    ],
    "replies.note": [post(T + "/anteckning", {"text": "Hej", "key": "k"}, part=True), post(T + "/anteckning")],
    "replies.undo": [post(T + "/angra/{queued}", part=True), post("/arenden/{mine}/angra/{queued}", part=True)],
    "replies.again": [post(T + "/skicka-igen/{failed}", part=True), post("/arenden/{mine}/skicka-igen/{failed}")],
    "replies.arrived": [post(T + "/kom-fram/{failed}", part=True), post("/arenden/{mine}/kom-fram/{failed}")],
    "drafts.save": [
        Ask("PUT", DRAFT, {"text": "a", "seq": 2}),
        Ask("PUT", DRAFT, {"text": "a", "seq": 3, "to": "bo@example.se", "cc": "maja3@example.se"}),
    ],
    "drafts.attach": [
        post(DRAFT + "/filer", {"remove": "{vera_file}"}, part=True),
        post("/f/arende/{mine}/utkast/reply/filer", {"remove": "{alice_file}"}, part=True),
        post("/f/arende/{mine}/utkast/reply/filer", {"remove": "{vera_file}"}, part=True),
        post(DRAFT + "/filer", {"file": b"Hej"}, part=True),
    ],
    "drafts.detach": [Ask("DELETE", DRAFT + "/filer/{vera_file}"), Ask("DELETE", DRAFT + "/filer/{alice_file}")],
}
API: dict[str, list[Ask]] = {
    "api.document": [get("/api/v1/openapi.json")],
    "api.list_topics": [get("/api/v1/topics")],
    "api.list_teams": [get("/api/v1/teams")],
    "api.list_offices": [get("/api/v1/offices")],
    "api.list_agents": [get("/api/v1/agents")],
    "api.list_events": [
        get("/api/v1/events?since={start}"),
        get("/api/v1/events"),
        get("/api/v1/events?since={start}&limit=2"),
    ],
    "api.list_tickets": [
        get("/api/v1/tickets"),
        get("/api/v1/tickets?limit=2"),
        get("/api/v1/tickets?order=queue&limit=2"),
        get(f"/api/v1/tickets?q={WORD}&limit=2"),
        get(f"/api/v1/tickets?q={CANARY}"),
        get("/api/v1/tickets?q={number}"),
        get("/api/v1/tickets?team=gata-park"),
        get("/api/v1/tickets?assignee=alice@ekhamra.example"),
    ],
    "api.get_one_ticket": [get(A, every=True)],
    "api.open_ticket": [post("/api/v1/tickets", FORM), post("/api/v1/tickets", {**FORM, "topic": "economic_aid"})],
    "api.assign_ticket": [post(A + "/assign", {"agent": None}), post(A + "/assign", {"agent": "dora@ekhamra.example"})],
    "api.close_ticket": [post(A + "/close", {})],
    "api.reopen_ticket": [post(A + "/reopen", {})],
    "api.park_ticket": [post(A + "/park", {"until": None})],
    "api.change_topic": [post(A + "/topic", {"topic": "economic_aid", "ground": "Hör dit"})],
    "api.add_reply": [
        post(A + "/replies", {"text": "Hej", "sure": True}),
        post(A + "/replies", {"text": "Hej"}),
        post(A + "/replies", {"text": "Hej", "to": ["bo@example.se"], "cc": ["maja3@example.se"], "sure": True}),
    ],
    "api.add_note": [post(A + "/notes", {"text": "Hej"}), post(A + "/notes", {"text": "Hej"}, key=KEPT)],
}
REQUESTS = PAGES | SETTINGS | API


@dataclass(frozen=True)
class Asked:
    """One request with everything filled in; `way` is the ticket it is about, if it is about one."""

    endpoint: str
    ask: Ask
    url: str
    form: Mapping[str, Any]
    key: str
    way: str = ""

    def __str__(self) -> str:
        return f"{self.ask.method} {self.url} {dict(self.form) or ''}{' part' if self.ask.part else ''}"


@dataclass(frozen=True)
class Answer:
    """What a request is answered, byte for byte."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def script(house: House) -> Iterator[Asked]:
    """All requests, for every ticket of the house or a few of them."""
    common = {**house.held, **house.colleagues, "start": house.start, "link": house.link, "api": house.api_id}
    common["webhook"] = house.webhook
    common["mine"] = house.places["ticket granted"]["number"]
    common["ids"] = "&".join(f"id={at['ticket']}" for at in house.places.values())
    for endpoint, asks in REQUESTS.items():
        for ask in asks:
            said = f"{ask.url} {dict(ask.form)}"
            if not any("{" + name + "}" in said for name in house.places["assigned"]):
                yield _filled(endpoint, ask, common, "")
                continue
            for way in house.places if ask.every else FEW:
                yield _filled(endpoint, ask, {**common, **house.places[way]}, way)


def _filled(endpoint: str, ask: Ask, at: Mapping[str, Any], way: str) -> Asked:
    form = {name: value.format(**at) if isinstance(value, str) else value for name, value in ask.form.items()}
    return Asked(endpoint, ask, ask.url.format(**at), form, f"{ask.key}-{at.get('number')}" if ask.key else "", way)


class Asker:
    """One agent with a browser and a program, asking in `the_same_each_time`."""

    def __init__(self, app: Flask, house: House) -> None:
        self.house = house
        self.browser = Browser(app, house.session_token)
        self._client = app.test_client(use_cookies=False)  # signing out is asked for too

    def ask(self, asked: Asked) -> Answer:
        """The answer to one request."""
        _chance.begin()
        response = self._program(asked) if asked.endpoint in API else self._browser(asked)
        return Answer(response.status_code, tuple(sorted(response.headers.items())), response.get_data())

    def _browser(self, asked: Asked) -> Any:
        ask, headers = asked.ask, self._headers(asked.ask)
        given: dict[str, Any] = {"json": dict(asked.form)} if ask.method == "PUT" else {}
        if ask.method == "POST":
            given["data"] = {"csrf": self.browser.token if ask.token is None else ask.token, **asked.form}
            given["data"] |= self._carried(asked, given["data"])
            files = {name: (BytesIO(value), "c.txt") for name, value in asked.form.items() if isinstance(value, bytes)}
            given["data"] |= files
        return self._client.open(asked.url, method=ask.method, headers=headers, buffered=True, **given)

    def _headers(self, ask: Ask) -> dict[str, str]:
        headers = {"Cookie": f"cc_session={self.house.session_token}"}
        headers |= {"HX-Request": "true"} if ask.part else {}
        return headers | ({"X-CSRF": self.browser.token} if ask.method in ("PUT", "DELETE") else {})

    def _carried(self, asked: Asked, form: Mapping[str, Any]) -> dict[str, str]:
        """The hidden fields of the page that the form is sent from."""
        carried: dict[str, str] = {}
        for page in range(asked.ask.after):
            headers, data = self._headers(asked.ask), {**form, **carried}
            seen = self._client.open(
                asked.url, method="POST" if page else "GET", headers=headers, data=data if page else None
            )
            carried |= dict(HIDDEN.findall(seen.text))
        return carried

    def _program(self, asked: Asked) -> Any:
        headers = {"Authorization": f"Bearer {self.house.api_token}"}
        headers |= {"Idempotency-Key": asked.key} if asked.key else {}
        given: dict[str, Any] = {}
        if asked.ask.method == "POST":
            given = {"data": json.dumps(asked.form), "content_type": "application/json"}
        return self._client.open(asked.url, method=asked.ask.method, headers=headers, buffered=True, **given)


class _Still(datetime):
    """A clock that stands still."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return NOW


class _Chance:
    """Random names that are the same for each request."""

    def __init__(self) -> None:
        self._count = itertools.count(1)

    def begin(self) -> None:
        self._count = itertools.count(1)

    def __call__(self, size: int = 8) -> str:
        return f"chance{next(self._count):0{size}d}"


_chance = _Chance()


@contextmanager
def the_same_each_time(*, keep: bool = False) -> Iterator[None]:
    """Time stands still and chance repeats itself; unless they are kept, transactions end as if they were."""

    def undone(session: Session) -> None:
        session.flush()
        session.expunge_all()  # what was read stays readable, as after a commit
        session.rollback()

    with (
        mock.patch.object(clock, "datetime", _Still),
        mock.patch("secrets.token_urlsafe", _chance),
        mock.patch("secrets.token_hex", _chance),
        mock.patch("contactcenter.api.tickets.token_urlsafe", _chance),
        mock.patch.object(keys.Sealer, "seal", return_value="a-sealed-place"),
        mock.patch.object(Session, "commit", Session.commit if keep else undone),
    ):
        yield
