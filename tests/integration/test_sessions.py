"""Signing in and staying signed in: nothing is told to guessers, and every end of a session is an end everywhere."""

from __future__ import annotations

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from contactcenter import clock
from contactcenter.errors import NotSignedIn, TooMany
from contactcenter.model import Agent, AgentSession, Audit, LoginAttempt, Ticket
from contactcenter.model.words import Role
from contactcenter.services import agents, passwords, sessions
from tests.integration.browser import TOKEN, Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import count, rows, travel
from tests.integration.people import Organisation, make_agent, make_ticket

PASSWORD = "en lång mening om äpplen"
ALICE = "alice@ekhamra.example"


@pytest.fixture
def visitor(app: Flask, begin: Begin, organisation: Organisation) -> Browser:
    """A browser at the sign-in page; Alice has a password."""
    hashed = passwords.hash_password(PASSWORD)
    with begin() as session:
        session.get_one(Agent, organisation.alice.id).password_hash = hashed
    return at_the_door(app)


def at_the_door(app: Flask) -> Browser:
    browser = Browser(app)
    found = TOKEN.search(browser.get("/logga-in").text)
    assert found
    browser.token = found[1]
    return browser


def sign_in(browser: Browser, login: str = ALICE, password: str = PASSWORD, **more: str) -> TestResponse:
    return browser.post("/logga-in", {"login": login, "password": password} | more)


# Signing in


def test_the_right_password_begins_a_session(visitor: Browser, begin: Begin, organisation: Organisation) -> None:
    answer = sign_in(visitor, login="  Alice@Ekhamra.example ")
    assert (answer.status_code, answer.location) == (303, "/arenden")
    cookie = answer.headers["Set-Cookie"]
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert "Expires" not in cookie, "it ends with the browser"
    token = cookie.partition("=")[2].partition(";")[0]
    [row] = rows(begin, AgentSession)
    assert row.token_hash == hashlib.sha256(token.encode()).hexdigest(), "only its hash is kept"
    assert len(token) >= 43
    assert row.agent_id == organisation.alice.id
    assert [(line.verb, line.agent_id, line.peer) for line in rows(begin, Audit)] == [
        ("login", row.agent_id, "127.0.0.1")
    ]
    page = visitor.get("/arenden")
    assert page.status_code == 200
    assert f'name="csrf" value="{answer.headers["X-CSRF"]}"' in page.text
    assert visitor.get("/logga-in?next=/karantan").location == "/karantan", "who is signed in goes on"


def test_over_https_cookies_are_secure_and_bound_to_the_host(visitor: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor.configure(monkeypatch, "web", public_url="https://kontakt.ekhamra.example")
    answer = sign_in(visitor)
    assert answer.headers["Set-Cookie"].startswith("__Host-cc_session=")
    assert "; Secure" in answer.headers["Set-Cookie"]
    assert "Domain=" not in answer.headers["Set-Cookie"]
    assert answer.headers["Strict-Transport-Security"]
    assert "; Secure" in Browser(visitor.app).get("/logga-in").headers["Set-Cookie"]


def shown(answer: TestResponse, login: str) -> tuple[int, str]:
    """What the visitor is told, without what was typed and without the token."""
    text = re.sub(r'content="[0-9a-f]{64}"|value="[0-9a-f]{64}"', "", answer.text)
    return answer.status_code, text.replace(login, "")


def test_all_wrong_sign_ins_look_the_same_and_cost_the_same(
    visitor: Browser, begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = passwords.hash_password(PASSWORD)
    with begin() as session:
        make_agent(session, "Gone", disabled_at=clock.now(), password_hash=hashed)
        make_agent(session, "Passless")
    verified = []
    real = passwords.verify_password

    def verify(stored: str, password: str) -> bool:
        verified.append(password)
        return real(stored, password)

    monkeypatch.setattr(passwords, "verify_password", verify)
    tries = [(ALICE, "fel"), *((f"{name}@ekhamra.example", PASSWORD) for name in ("nobody", "gone", "passless"))]
    told = {shown(sign_in(visitor, login, password), login) for login, password in tries}
    assert [status for status, _ in told] == [401]
    assert len(verified) == 4, "the password is checked also where there is no agent"
    assert count(begin, AgentSession) == 0
    assert [(row.verb, row.agent_id) for row in rows(begin, Audit)] == [("login_failed", None)] * 4


def test_an_empty_password_hash_is_never_right() -> None:
    assert not passwords.verify_password("", "")
    assert not passwords.verify_password("", "nobody has this password")
    assert not passwords.verify_password("not a hash", "x")


def test_strange_logins_are_just_wrong(visitor: Browser) -> None:
    for login in ("a\0b", "x" * 5000, "å@ä", "", "' OR 1=1 --"):
        assert sign_in(visitor, login).status_code in (401, 422), login


def test_an_endless_password_is_just_wrong(visitor: Browser) -> None:
    assert sign_in(visitor, password=PASSWORD + "x" * 100_000).status_code == 401


# Guessing


def test_a_login_that_failed_too_often_waits_even_with_the_right_password(
    visitor: Browser, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(sessions.MAX_PER_LOGIN - 1):
        fail(begin, ALICE, "127.0.0.1")
    assert sign_in(visitor, password="fel").status_code == 401
    answer = sign_in(visitor)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= sessions.WINDOW.total_seconds()
    assert "Vänta" in answer.text
    travel(monkeypatch, sessions.WINDOW + timedelta(seconds=1))
    assert sign_in(visitor).status_code == 303


def fail(begin: Begin, login: str, peer: str) -> None:
    with begin() as session:
        sessions.begin_attempt(session, login, peer)


def throttled(begin: Begin, login: str, peer: str) -> bool:
    try:
        with begin(read_only=True) as session:
            sessions.check_throttle(session, login, peer)
    except TooMany:
        return True
    return False


def test_one_login_is_counted_over_all_peers_and_one_peer_over_all_logins(
    begin: Begin, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "MAX_PER_LOGIN_ANYWHERE", 12)
    monkeypatch.setattr(sessions, "MAX_PER_PEER", 6)
    for number in range(sessions.MAX_PER_LOGIN_ANYWHERE):
        assert not throttled(begin, ALICE, "192.0.2.99")
        fail(begin, ALICE, f"198.51.100.{number}")
    assert throttled(begin, ALICE, "192.0.2.99")
    assert not throttled(begin, "bob@ekhamra.example", "192.0.2.1")
    for number in range(sessions.MAX_PER_PEER):
        assert not throttled(begin, "bob@ekhamra.example", "192.0.2.200")
        fail(begin, f"guess{number}@ekhamra.example", "192.0.2.200")
    assert throttled(begin, "bob@ekhamra.example", "192.0.2.200")
    assert not throttled(begin, "bob@ekhamra.example", "192.0.2.201")


def test_many_guesses_at_once_are_not_more_than_one_after_the_other(app: Flask, visitor: Browser) -> None:
    def guess(_number: int) -> int:
        return sign_in(at_the_door(app), password="fel").status_code

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(guess, range(24)))
    assert statuses.count(401) == sessions.MAX_PER_LOGIN
    assert statuses.count(429) == 24 - sessions.MAX_PER_LOGIN


def test_guesses_elsewhere_do_not_lock_the_change_of_a_password(visitor: Browser, begin: Begin) -> None:
    for login in (f"password:{ALICE}", ALICE):
        for number in range(sessions.MAX_PER_LOGIN_ANYWHERE):
            fail(begin, login, f"198.51.100.{number}")
    with begin(read_only=True) as session:
        sessions.check_throttle(session, ALICE, "", sessions.PASSWORD_CHANGE)


def test_a_right_password_does_not_count(app: Flask, visitor: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MAX_PER_PEER", 2)
    for _ in range(4):
        assert sign_in(at_the_door(app)).status_code == 303


def test_a_new_window_begins_to_count_anew(begin: Begin, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(sessions.MAX_PER_LOGIN):
        fail(begin, ALICE, "192.0.2.1")
    travel(monkeypatch, sessions.WINDOW + timedelta(seconds=1))
    fail(begin, ALICE, "192.0.2.1")
    assert {row.failures for row in rows(begin, LoginAttempt)} == {1}


def test_a_stranger_elsewhere_does_not_lock_anybody_out(visitor: Browser, begin: Begin) -> None:
    for _ in range(sessions.MAX_PER_LOGIN):
        fail(begin, ALICE, "192.0.2.1")
    assert throttled(begin, ALICE, "192.0.2.1")
    assert sign_in(visitor).status_code == 303


def test_signing_in_forgets_the_failures_at_this_desk_and_no_others(visitor: Browser, begin: Begin) -> None:
    sign_in(visitor, password="fel")
    assert count(begin, LoginAttempt) == 3
    sign_in(visitor)
    assert count(begin, LoginAttempt) == 2


# The end of a session


def is_signed_in(browser: Browser) -> bool:
    answer = browser.get("/konto/losenord")
    assert answer.status_code in (200, 303)
    return answer.status_code == 200


def test_an_idle_session_ends(app: Flask, organisation: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = Browser(app).signed_in(organisation.alice)
    travel(monkeypatch, timedelta(minutes=59))
    assert is_signed_in(alice)
    travel(monkeypatch, timedelta(minutes=118))
    assert is_signed_in(alice), "use has made it live on"
    travel(monkeypatch, timedelta(minutes=179))
    assert not is_signed_in(alice)


def test_a_session_ends_however_busy_it_is(
    app: Flask, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = Browser(app).signed_in(organisation.alice)
    for minutes in range(50, 720, 50):
        travel(monkeypatch, timedelta(minutes=minutes))
        assert is_signed_in(alice)
    travel(monkeypatch, timedelta(minutes=720, seconds=1))
    assert not is_signed_in(alice)


def test_use_is_written_once_a_minute(
    app: Flask, begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = Browser(app).signed_in(organisation.alice)
    [first] = rows(begin, AgentSession)
    travel(monkeypatch, timedelta(seconds=59))
    alice.get("/arenden")
    assert rows(begin, AgentSession)[0].seen_at == first.seen_at
    travel(monkeypatch, timedelta(seconds=62))
    alice.get("/f/antal")
    assert rows(begin, AgentSession)[0].seen_at == first.seen_at, "what a page asks by itself is no use"
    alice.get("/arenden")
    assert rows(begin, AgentSession)[0].seen_at > first.seen_at


def test_disabling_an_agent_ends_their_access_at_once(app: Flask, begin: Begin, organisation: Organisation) -> None:
    alice, bob = (Browser(app).signed_in(agent) for agent in (organisation.alice, organisation.bob))
    with begin() as session:
        session.get_one(Agent, organisation.alice.id).disabled_at = clock.now()
    assert not is_signed_in(alice), "even while the session's row is there"
    with begin() as session:
        agents.disable(session, ALICE)
    assert [row.agent_id for row in rows(begin, AgentSession)] == [organisation.bob.id]
    assert is_signed_in(bob)
    assert rows(begin, Audit)[-1].verb == "agent_disabled"


def test_rights_are_those_of_this_moment(app: Flask, begin: Begin, organisation: Organisation) -> None:
    alice = Browser(app).signed_in(organisation.alice)
    assert alice.get("/karantan").status_code == 403
    with begin() as session:
        session.get_one(Agent, organisation.alice.id).role = Role.SUPERVISOR
    assert alice.get("/karantan").status_code == 200


def test_changing_ones_password_ends_the_other_sessions(visitor: Browser, begin: Begin) -> None:
    sign_in(visitor)
    with begin(read_only=True) as session:
        alice = session.scalars(select(Agent).where(Agent.login == ALICE)).one()
    other = visitor.signed_in(alice)
    found = TOKEN.search(visitor.get("/konto/losenord").text)
    assert found
    visitor.token = found[1]
    new = "ett helt nytt lösenord"
    for form, told in (
        ({"current": "fel", "new": new}, 422),
        ({"current": PASSWORD, "new": "kort"}, 422),
        ({"current": PASSWORD, "new": "alice alice alice"}, 422),
        ({"current": PASSWORD, "new": "a" * 20}, 422),
        ({"current": PASSWORD, "new": "lång " * 60}, 422),
        ({}, 422),
    ):
        assert visitor.post("/konto/losenord", form).status_code == told
    assert is_signed_in(other)
    assert visitor.post("/konto/losenord", {"current": PASSWORD, "new": new}).status_code == 200
    assert is_signed_in(visitor)
    assert not is_signed_in(other)
    assert [row.verb for row in rows(begin, Audit)].count("password_changed") == 1


def test_guessing_the_current_password_is_throttled(visitor: Browser, begin: Begin) -> None:
    sign_in(visitor)
    visitor.token = visitor.get("/arenden").text.partition('name="csrf" content="')[2].partition('"')[0]
    for _ in range(sessions.MAX_PER_LOGIN - 1):
        with begin() as session:
            sessions.begin_attempt(session, ALICE, "", sessions.PASSWORD_CHANGE)
    form = {"current": "fel", "new": "ett helt nytt lösenord"}
    assert visitor.post("/konto/losenord", form).status_code == 422
    assert visitor.post("/konto/losenord", form | {"current": PASSWORD}).status_code == 429


def test_a_password_set_by_an_administrator_ends_all_sessions(
    app: Flask, begin: Begin, organisation: Organisation
) -> None:
    alice = Browser(app).signed_in(organisation.alice)
    with begin() as session:
        agents.set_password(session, ALICE, "ett helt nytt lösenord")
    assert not is_signed_in(alice)


def test_many_sessions_are_found_as_one_is(begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        people = [organisation.alice, organisation.bob, organisation.charlie, organisation.alice]
        tokens = [sessions.start(session, session.get_one(Agent, one.id), "127.0.0.1") for one in people]
    with begin() as session:
        session.get_one(Agent, organisation.bob.id).disabled_at = clock.now()
        ended = sessions.find(session, tokens[2])
        ended.seen_at = clock.now() - timedelta(days=1)
    with begin(read_only=True) as session:
        found = sessions.find_all(session, {*tokens, "", "a" * 43})
        assert {token: row.agent.login for token, row in found.items()} == {
            tokens[0]: organisation.alice.login,
            tokens[3]: organisation.alice.login,
        }


def test_signing_out_ends_the_session_on_the_server(app: Flask, begin: Begin, organisation: Organisation) -> None:
    alice = Browser(app).signed_in(organisation.alice)
    cookie = alice.client.get_cookie("cc_session")
    assert cookie
    answer = alice.post("/logga-ut")
    assert (answer.status_code, answer.location) == (303, "/logga-in")
    assert '"cache"' in answer.headers["Clear-Site-Data"]
    assert alice.client.get_cookie("cc_session") is None
    assert count(begin, AgentSession) == 0
    alice.client.set_cookie("cc_session", cookie.value)
    assert not is_signed_in(alice)


def test_a_made_up_token_is_no_session(app: Flask, begin: Begin, organisation: Organisation) -> None:
    alice = Browser(app).signed_in(organisation.alice)
    [row] = rows(begin, AgentSession)
    for made_up in ("", "x", row.token_hash, "å" * 300):
        alice.client.set_cookie("cc_session", made_up)
        assert not is_signed_in(alice)
        with pytest.raises(NotSignedIn), begin(read_only=True) as session:
            sessions.find(session, made_up)


def test_signing_in_never_takes_over_a_token_that_was_there_before(visitor: Browser, begin: Begin) -> None:
    visitor.client.set_cookie("cc_session", "chosen by somebody else")
    found = TOKEN.search(visitor.get("/logga-in").text)
    assert found
    visitor.token = found[1]
    assert sign_in(visitor).status_code == 303
    cookie = visitor.client.get_cookie("cc_session")
    assert cookie
    assert cookie.value != "chosen by somebody else"


# Requests that are not their browser's


WRITES = ("/arenden/1001/ta", "/konto/val", "/logga-ut", "/logga-in", "/arenden/1001/svar", "/karantan/1/forsok")


@pytest.fixture
def alice(app: Flask, begin: Begin, organisation: Organisation) -> Browser:
    with begin() as session:
        make_ticket(session, organisation.common, organisation.first_line)
    return Browser(app).signed_in(organisation.alice)


def test_without_the_token_of_the_session_nothing_is_written(alice: Browser, app: Flask, begin: Begin) -> None:
    other = alice.signed_in(rows(begin, Agent)[1])
    visitor = TOKEN.search(Browser(app).get("/logga-in").text)
    assert visitor
    for token in ("", "x", "å", alice.token[:-1], other.token, visitor[1]):
        for url in WRITES:
            assert alice.post(url, {"locale": "en"}, token=token).status_code == 403, (url, token)
        for answer in (
            alice.client.put("/f/arende/1001/utkast/note", json={"text": "a", "seq": 1}, headers={"X-CSRF": token}),
            alice.client.delete("/f/arende/1001/utkast/note/filer/1", headers={"X-CSRF": token}),
        ):
            assert answer.status_code == 403
    assert is_signed_in(alice)
    assert alice.post("/arenden/1001/ta").status_code == 303


FOREIGN = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost.evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
)


def test_another_sites_request_is_refused_even_with_the_token(alice: Browser) -> None:
    for headers in FOREIGN:
        for url in WRITES:
            for extra in ({}, {"X-Relogin": "1"}):
                answer = alice.client.post(url, data={"csrf": alice.token}, headers=headers | extra)
                assert answer.status_code == 403, (url, headers)


def test_our_own_pages_requests_are_taken(alice: Browser) -> None:
    for headers in ({"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}):
        answer = alice.client.post("/arenden/1001/ta", data={"csrf": alice.token}, headers=headers)
        assert answer.status_code == 303


def test_behind_a_proxy_the_origin_is_the_public_one(alice: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    alice.configure(monkeypatch, "web", public_url="http://kontakt.ekhamra.example")
    for origin, status in (("http://kontakt.ekhamra.example", 303), ("http://localhost", 403)):
        answer = alice.client.post("/arenden/1001/ta", data={"csrf": alice.token}, headers={"Origin": origin})
        assert answer.status_code == status


def test_nobody_is_signed_in_by_another_site(visitor: Browser) -> None:
    """Login CSRF: the form's token is bound to a cookie of this browser."""
    stranger = Browser(visitor.app)
    form = {"login": ALICE, "password": PASSWORD}
    assert stranger.post("/logga-in", form, token="").status_code == 403
    assert stranger.post("/logga-in", form, token=visitor.token).status_code == 403
    assert stranger.client.get_cookie("cc_session") is None


def test_signing_in_again_over_the_page(visitor: Browser, begin: Begin) -> None:
    """The dialog's token is that of the lost session; the header, which no other site can send, stands in for it."""
    visitor.client.delete_cookie("cc_form")
    wrong = visitor.post("/logga-in", {"login": ALICE, "password": "fel"}, token="old", X_Relogin="1")
    assert wrong.status_code == 401
    assert 'class="problem"' in wrong.text
    assert "<html" not in wrong.text
    right = visitor.post("/logga-in", {"login": ALICE, "password": PASSWORD}, token="old", X_Relogin="1")
    assert (right.status_code, right.text) == (204, "")
    visitor.token = right.headers["X-CSRF"]
    assert visitor.post("/konto/val", {"locale": "sv"}).status_code == 303


# Where to go


ELSEWHERE = (
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/\n/evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "\\\\evil.example",
    "/a\\b",
    "evil.example",
    "/" + "x" * 3000,
    "",
)


def test_signing_in_leads_to_our_own_pages_alone(visitor: Browser, begin: Begin, organisation: Organisation) -> None:
    alice = visitor.signed_in(organisation.alice)
    for asked in ELSEWHERE:
        page = visitor.client.get("/logga-in", query_string={"next": asked})
        assert "evil" not in page.text, asked
        assert alice.client.get("/logga-in", query_string={"next": asked}).location == "/arenden", asked
    for asked in ELSEWHERE[:2]:
        visitor.client.delete_cookie("cc_session")
        assert sign_in(visitor, next=asked).location == "/arenden", asked


def test_signing_in_leads_back_to_where_one_was(visitor: Browser) -> None:
    wanted = "/arenden/1001?vy=mina&q=bygg+lov"
    sent_away = visitor.get(wanted)
    assert sent_away.status_code == 303
    page = visitor.get(sent_away.location)
    assert 'name="next" value="/arenden/1001?vy=mina&amp;q=bygg+lov"' in page.text
    assert sign_in(visitor, next=wanted).location == wanted


def test_a_script_whose_session_has_ended_is_told_to_ask(app: Flask, organisation: Organisation) -> None:
    nobody = Browser(app)
    for answer in (
        nobody.get("/f/antal", part=True),
        nobody.post("/arenden/1001/svar", {"text": "Hej"}, part=True),
        nobody.put("/f/arende/1001/utkast/reply", json={"text": "a", "seq": 1}),
        nobody.get("/f/nytt", Accept="application/json"),
        nobody.post("/arenden/1001/svar", {"text": "Hej"}),
    ):
        assert answer.status_code == 401
        assert answer.headers["X-Login"] == "1"


@pytest.mark.parametrize(
    "asked", ["/arenden?x=%0D%0ASet-Cookie:a=b", "/arenden%00", "//evil.example/", "/\\evil.example"]
)
def test_nobody_is_sent_on_to_an_odd_address(app: Flask, organisation: Organisation, asked: str) -> None:
    answer = Browser(app).signed_in(organisation.alice).get(f"/logga-in?next={asked}")
    assert (answer.status_code, answer.location) == (302, "/arenden")


def test_an_act_that_is_done_is_done_although_the_session_cannot_be_touched(
    app: Flask, begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with begin() as session:
        number = make_ticket(session, organisation.common, organisation.first_line).number
    alice = Browser(app).signed_in(organisation.alice)
    travel(monkeypatch, 2 * sessions.TOUCH_EVERY)

    def away(session: Session, session_id: int) -> None:
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    monkeypatch.setattr(sessions, "touch", away)
    assert alice.post(f"/arenden/{number}/ta").status_code == 303
    with begin(read_only=True) as session:
        assert session.query(Ticket).one().assignee_id == organisation.alice.id
