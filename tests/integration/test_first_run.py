"""The first administrator: whoever knows the code, once; a stranger at the port gets nothing."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask

from contactcenter import runtime
from contactcenter.model import Agent, Audit
from contactcenter.model.words import Role
from contactcenter.services import demo_data, first_run, sessions
from tests.integration.browser import TOKEN, Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import rows
from workers import first_start

PAGE = "/kom-igang"


@pytest.fixture
def code(app: Flask) -> str:
    """The setup code, as the service prints it."""
    with app.app_context():
        here = runtime.current()
    notes = first_start.prepare(app, here, demo=False)
    assert notes == first_start.prepare(app, here, demo=False), "the same at the next start"
    [note] = notes
    return note.removeprefix("setup ")


def visitor(app: Flask) -> Browser:
    browser = Browser(app)
    found = TOKEN.search(browser.get(PAGE).text)
    browser.token = found[1] if found else ""
    return browser


def form(code: str, **changed: str) -> dict[str, str]:
    given = {"code": code, "name": "Anna Ek", "login": "Anna@ekhamra.example", "new": "fyra ord i en rad"}
    return given | changed


def test_the_front_door_leads_there_and_the_code_makes_an_administrator(
    app: Flask, begin: Begin, code: str, tmp_path: Path
) -> None:
    browser = Browser(app)
    assert browser.get("/").location == "/arenden"
    assert browser.get("/arenden").location.startswith("/logga-in")
    assert browser.get("/logga-in").location == PAGE
    kept = tmp_path / first_run.FILE
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert kept.read_text().strip() == code
    anna = visitor(app)
    done = anna.post(PAGE, form(f" {code.upper()} "))
    assert (done.status_code, done.location) == (303, "/arenden")
    assert anna.get("/arenden").status_code == 200
    [agent] = rows(begin, Agent)
    assert (agent.login, agent.role, agent.name) == ("anna@ekhamra.example", Role.ADMIN, "Anna Ek")
    assert [row.verb for row in rows(begin, Audit)] == ["agent_added", "login"]
    assert not kept.exists()
    assert Browser(app).get("/logga-in").status_code == 200
    assert anna.get(PAGE).status_code == 404
    late = visitor(app)
    late.token = TOKEN.search(late.get("/logga-in").text)[1]  # type: ignore[index]
    assert late.post(PAGE, form(code)).status_code == 404
    assert first_start.prepare(app, app.extensions["contactcenter"], demo=False) == []


def test_what_is_wrong_is_told_and_what_was_written_is_kept(app: Flask, begin: Begin, code: str) -> None:
    browser = visitor(app)
    for changed in (
        {"code": "abcd-efgh"},
        {"code": ""},
        {"name": " "},
        {"login": "anna"},
        {"new": "kort"},
        {"new": "anna anna anna"},
    ):
        answer = browser.post(PAGE, form(code) | changed)
        assert answer.status_code == 422, changed
        assert 'aria-invalid="true"' in answer.text
        assert 'value="Anna Ek"' in answer.text or "name" in changed
        assert "fyra ord" not in answer.text
    assert rows(begin, Agent) == []
    assert browser.post(PAGE, form(code)).status_code == 303


def test_guesses_are_few(app: Flask, begin: Begin, code: str) -> None:
    browser = visitor(app)
    statuses = [browser.post(PAGE, form("aaaa")).status_code for _ in range(sessions.MAX_PER_LOGIN + 1)]
    assert statuses == [422] * sessions.MAX_PER_LOGIN + [429]
    assert browser.post(PAGE, form(code)).status_code == 429


def test_of_two_at_once_one_becomes_administrator(app: Flask, begin: Begin, code: str) -> None:
    browsers = [visitor(app) for _ in range(6)]

    def submit(number: int) -> int:
        return browsers[number].post(PAGE, form(code, login=f"anna{number}@ekhamra.example")).status_code

    with ThreadPoolExecutor(6) as threads:
        statuses = sorted(threads.map(submit, range(6)))
    assert statuses[0] == 303
    assert set(statuses[1:]) <= {404, 422}, "too late, or the code is gone already"
    assert len(rows(begin, Agent)) == 1


def test_without_a_code_on_this_machine_nobody_gets_in(app: Flask, begin: Begin) -> None:
    browser = visitor(app)
    for guess in ("", " ", "-"):
        assert browser.post(PAGE, form(guess)).status_code == 422
    assert rows(begin, Agent) == []


def test_from_another_site_nothing_is_made(app: Flask, begin: Begin, code: str) -> None:
    browser = visitor(app)
    assert browser.post(PAGE, form(code), token="").status_code == 403
    assert browser.post(PAGE, form(code), Origin="https://evil.example").status_code == 403
    assert browser.post(PAGE, form(code), Origin="null").status_code == 403
    assert rows(begin, Agent) == []


def test_with_example_data_there_is_no_such_page(app: Flask, tmp_path: Path) -> None:
    demo_data.mark_shown(tmp_path)
    assert Browser(app).get(PAGE).status_code == 404
    assert Browser(app).get("/logga-in").status_code == 200
