"""Links to choose a password: one use, a while, sent by mail, kept as a hash; all that do not work look alike."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask

from channels.errors import ChannelError, OutcomeUnknown, Refused, TryLater
from channels.message import OutboundMessage, Receipt
from contactcenter import clock
from contactcenter.errors import Conflict, NotSignedIn
from contactcenter.model import Agent, AgentLink, AgentSession, Audit, Outbox
from contactcenter.model.words import LinkPurpose
from contactcenter.services import agents, links, outbox, passwords, sessions
from tests.integration.browser import TOKEN, Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import rows
from tests.integration.people import Organisation
from workers.jobs import Task, Tools, send_link

NEW = "fyra nya ord på rad"
ALICE = "alice@ekhamra.example"


@pytest.fixture
def link(begin: Begin, organisation: Organisation) -> str:
    """The path of Alice's invitation."""
    return make(begin, organisation.alice, organisation.admin.id)


def make(begin: Begin, agent: Agent, by: int | None) -> str:
    with begin() as session:
        url = links.make(session, session.get_one(Agent, agent.id), by)
    assert url.startswith("http://127.0.0.1:8080/valj-losenord/")
    return url.removeprefix("http://127.0.0.1:8080")


def visit(app: Flask, path: str) -> Browser:
    """A browser that has opened the link."""
    browser = Browser(app)
    found = TOKEN.search(browser.get(path).text)
    browser.token = found[1] if found else ""
    return browser


def is_signed_in(browser: Browser) -> bool:
    return browser.get("/konto/losenord").status_code == 200


def travel(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + by)


def test_an_invitation_lets_its_owner_choose_a_password_once(app: Flask, begin: Begin, link: str) -> None:
    for _ in range(3):
        answer = Browser(app).get(link)
        assert answer.status_code == 200, "looking does not use it"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert 'name="referrer" content="no-referrer"' in answer.text
        assert ALICE in answer.text
    browser = visit(app, link)
    for wrong in ("", "kort", "alice alice alice", "å" * 300, "aaaaaaaaaaaaaaaa"):
        assert browser.post(link, {"new": wrong}).status_code == 422
    done = browser.post(link, {"new": NEW}, Origin="null")
    assert (done.status_code, done.location) == (303, "/arenden")
    assert is_signed_in(browser)
    with begin(read_only=True) as session:
        assert passwords.verify_password(agents.find(session, ALICE).password_hash, NEW)
    assert visit(app, link).post(link, {"new": NEW}).status_code == 403, "no form, no token"
    assert browser.get(link).status_code == 404
    assert [row.verb for row in rows(begin, Audit)] == ["agent_invited", "password_chosen", "login"]


def test_used_expired_replaced_and_unknown_links_look_alike(
    app: Flask, begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = make(begin, organisation.alice, None)
    assert visit(app, used).post(used, {"new": NEW}).status_code == 303
    replaced = make(begin, organisation.bob, None)
    make(begin, organisation.bob, None)
    disabled = make(begin, organisation.charlie, None)
    with begin() as session:
        agents.disable(session, organisation.charlie.login)
    expired = make(begin, organisation.dora, None)
    assert Browser(app).get(expired).status_code == 200
    travel(monkeypatch, links.LIFE[LinkPurpose.INVITE])
    odd = ("x", "a" * 64, "å", "%00", "a" * 3000, "' OR 1=1 --")
    answers = [Browser(app).get(path) for path in (used, replaced, disabled, expired)]
    answers += [Browser(app).get(f"/valj-losenord/{token}") for token in odd]
    texts = {re.sub(r'(name="csrf" content=)"\w+"', r"\1", answer.text) for answer in answers}
    assert {answer.status_code for answer in answers} == {404}
    assert len(texts) == 1
    assert "administratör" in texts.pop()
    browser = visit(app, "/logga-in")
    for path in (used, replaced, disabled, expired):
        assert browser.post(path, {"new": NEW}).status_code == 404


def test_only_a_hash_is_kept_and_the_database_alone_cannot_make_the_link(begin: Begin, link: str) -> None:
    token = link.rpartition("/")[2]
    assert len(bytes.fromhex(token)) == 32
    [row] = rows(begin, AgentLink)
    [promise] = rows(begin, Outbox)
    [record] = rows(begin, Audit)
    for kept in (row.token_hash, row.nonce, str(promise.payload), str(record.data)):
        assert token not in kept
    assert row.expires_at - row.created_at <= timedelta(days=7)


def test_a_reset_ends_the_sessions_and_the_old_password(app: Flask, begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        agents.set_password(session, ALICE, "en gammal mening här")
        before = session.get_one(Agent, organisation.alice.id).rights_rev
    alice = Browser(app).signed_in(organisation.alice)
    path = make(begin, organisation.alice, organisation.admin.id)
    assert not is_signed_in(alice)
    with begin(read_only=True) as session:
        agent = session.get_one(Agent, organisation.alice.id)
        assert agent.password_hash == ""
        assert agent.rights_rev > before
    [row] = rows(begin, AgentLink)
    assert (row.purpose, row.expires_at - row.created_at <= timedelta(hours=1)) == (LinkPurpose.RESET, True)
    last = rows(begin, Audit)[-1]
    assert (last.verb, last.agent_id, last.subject_id) == (
        "password_reset",
        organisation.admin.id,
        organisation.alice.id,
    )
    assert visit(app, path).post(path, {"new": NEW}).status_code == 303


def test_who_was_reset_twice_is_still_no_newcomer(begin: Begin, organisation: Organisation, link: str) -> None:
    with begin() as session:
        session.get_one(Agent, organisation.alice.id).password_hash = "x"
    for _ in range(2):
        make(begin, organisation.alice, organisation.admin.id)
    assert [row.purpose for row in rows(begin, AgentLink)] == [
        LinkPurpose.INVITE,
        LinkPurpose.RESET,
        LinkPurpose.RESET,
    ]


def test_nobody_resets_themselves_a_program_or_who_is_disabled(begin: Begin, organisation: Organisation) -> None:
    with begin() as session:
        agents.disable(session, ALICE)
        session.get_one(Agent, organisation.dora.id).is_service = True
    for agent, by in ((organisation.alice, None), (organisation.dora, None), (organisation.bob, organisation.bob.id)):
        with pytest.raises(Conflict), begin() as session:
            links.make(session, session.get_one(Agent, agent.id), by)
    assert rows(begin, AgentLink) == []


def test_of_two_at_once_one_chooses(app: Flask, begin: Begin, link: str) -> None:
    browsers = [visit(app, link) for _ in range(6)]

    def choose(browser: Browser) -> int:
        return browser.post(link, {"new": NEW}).status_code

    with ThreadPoolExecutor(6) as threads:
        statuses = sorted(threads.map(choose, browsers))
    assert statuses == [303, 404, 404, 404, 404, 404]
    assert len(rows(begin, AgentSession)) == 1


def test_without_the_forms_token_or_from_elsewhere_nothing_is_chosen(app: Flask, begin: Begin, link: str) -> None:
    browser = visit(app, link)
    assert browser.post(link, {"new": NEW}, token="").status_code == 403
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site", "Origin": "null"}):
        answer = browser.client.post(link, data={"csrf": browser.token, "new": NEW}, headers=headers)
        assert answer.status_code == 403
    assert browser.post("/logga-ut", Origin="null").status_code == 403, "only where the address is a secret"


def test_the_link_is_never_made_from_the_request(
    app: Flask, begin: Begin, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    Browser(app).configure(monkeypatch, "web", public_url="https://kontakt.ekhamra.example/")
    with app.test_request_context(base_url="http://evil.example"), begin() as session:
        url = links.make(session, session.get_one(Agent, organisation.alice.id), None)
    assert url.startswith("https://kontakt.ekhamra.example/valj-losenord/")


class Post:
    """A way out that does with each mail what the test says."""

    repeatable = False

    def __init__(self, act: Callable[[], Receipt] = lambda: Receipt("250 2.0.0 Ok")) -> None:
        self.act = act
        self.given: list[OutboundMessage] = []

    def send(self, message: OutboundMessage) -> Receipt:
        self.given.append(message)
        return self.act()


def keep(app: Flask, begin: Begin, post: Post) -> Outbox:
    """Keep the promise of the letter as the relay does."""
    with begin() as session:
        session.query(Outbox).filter(Outbox.done_at.is_(None)).update({"due_at": clock.now(), "lease_until": None})
    with begin() as session:
        [row] = outbox.claim(session, 1, [outbox.LINK])
        task = Task(row.id, row.attempt, row.kind, row.subject_id, row.payload)
    send_link(Tools(app, post), task)
    return rows(begin, Outbox)[-1]


def failing(error: ChannelError) -> Callable[[], Receipt]:
    def act() -> Receipt:
        raise error

    return act


def test_the_letter_holds_the_link(app: Flask, begin: Begin, link: str) -> None:
    post = Post()
    row = keep(app, begin, post)
    assert (row.outcome, row.error) == ("sent", "250 2.0.0 Ok")
    [letter] = post.given
    assert f"http://127.0.0.1:8080{link}\n" in letter.text
    assert letter.recipients[0].value == ALICE
    assert letter.automatic
    assert letter.message_id == row.payload["message_id"]
    assert letter.subject == "Välkommen till kontaktcentret – välj ett lösenord"


def test_a_letter_is_tried_again_until_it_has_left(app: Flask, begin: Begin, link: str) -> None:
    for error in (TryLater("450 later"), OutcomeUnknown("cut off")):
        row = keep(app, begin, Post(failing(error)))
        assert (row.done_at, row.error) == (None, error.reply)
        assert row.due_at > clock.now()
    again = Post()
    assert keep(app, begin, again).outcome == "sent"
    assert len(again.given) == 1


def test_a_refused_letter_is_given_up_and_told(app: Flask, begin: Begin, link: str) -> None:
    row = keep(app, begin, Post(failing(Refused("550 no such user"))))
    assert (row.outcome, row.error) == ("refused", "550 no such user")


def test_a_link_that_no_longer_works_is_not_sent(app: Flask, begin: Begin, organisation: Organisation) -> None:
    make(begin, organisation.alice, None)
    with begin() as session:
        links.end_all(session, organisation.alice.id)
    post = Post()
    assert keep(app, begin, post).outcome == "done"
    assert post.given == []


def test_a_process_with_another_key_says_so(
    app: Flask, begin: Begin, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "token_of", lambda row: "another")
    post = Post()
    row = keep(app, begin, post)
    assert (row.outcome, post.given) == ("failed", [])
    assert "data folder" in row.error


def test_a_password_that_was_set_ends_the_link(app: Flask, begin: Begin, link: str) -> None:
    with begin() as session:
        agents.set_password(session, ALICE, NEW)
    assert Browser(app).get(link).status_code == 404


def test_an_ended_session_raises_the_rev_that_sockets_are_compared_with(
    begin: Begin, organisation: Organisation
) -> None:
    with begin() as session:
        token = sessions.start(session, session.get_one(Agent, organisation.alice.id), "")
    for change in (
        lambda session: sessions.end(session, token),
        lambda session: sessions.end_all(session, organisation.alice.id),
        lambda session: agents.disable(session, ALICE),
    ):
        with begin() as session:
            before = {row.id: row.rights_rev for row in session.query(Agent)}
            change(session)
        after = {row.id: row.rights_rev for row in rows(begin, Agent)}
        assert {agent_id for agent_id, rev in after.items() if rev != before[agent_id]} == {organisation.alice.id}
    with pytest.raises(NotSignedIn), begin(read_only=True) as session:
        sessions.find(session, token)
