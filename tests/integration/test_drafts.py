"""Drafts: one for each face and guide, never overwritten by an older save, and their files with bounds."""

from __future__ import annotations

import io
import re
import threading

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from contactcenter import runtime
from contactcenter.access import actor_for, get_ticket
from contactcenter.errors import Conflict, NotAllowed, NotFound, TooLarge
from contactcenter.model import Agent, Attachment, Draft, Ticket
from contactcenter.model.words import DraftKind, Role
from contactcenter.services import drafts
from contactcenter.services.entries import StoredFile
from tests.integration.browser import Browser
from tests.integration.conftest import Begin
from tests.integration.mailroom import count, pool, rows
from tests.integration.people import Organisation, make_address, make_agent, make_ticket

REPLY, NOTE = DraftKind.REPLY, DraftKind.NOTE


@pytest.fixture
def number(begin: Begin, organisation: Organisation) -> int:
    with begin() as session:
        address = make_address(session, "maja@example.se")
        return make_ticket(session, organisation.common, organisation.first_line, address_id=address.id).number


def save(begin: Begin, agent: Agent, number: int, text: str, seq: int = 1, kind: DraftKind = REPLY) -> None:
    with begin() as session:
        actor = actor_for(session, session.get_one(Agent, agent.id))
        drafts.save(session, actor, get_ticket(session, actor, number), kind, text, seq, 3)


def attach(begin: Begin, agent: Agent, number: int, size: int, limit: int = 1000, kind: DraftKind = REPLY) -> int:
    with begin() as session:
        actor = actor_for(session, session.get_one(Agent, agent.id))
        file = StoredFile("fil.txt", "text/plain", size, runtime.current().blobs.put(b"x" * size))
        return drafts.attach(session, actor, get_ticket(session, actor, number), kind, file, limit).id


def texts(begin: Begin) -> list[tuple[int, str, str]]:
    return [(row.agent_id, row.kind, row.text) for row in rows(begin, Draft)]


def test_each_guide_has_a_draft_for_each_face(begin: Begin, organisation: Organisation, number: int) -> None:
    alice, bob = organisation.alice, organisation.bob
    save(begin, alice, number, "Hej")
    save(begin, alice, number, "Ring", kind=NOTE)
    save(begin, bob, number, "Bobs")
    save(begin, alice, number, "Hej igen", seq=2)
    assert texts(begin) == [(alice.id, REPLY, "Hej igen"), (alice.id, NOTE, "Ring"), (bob.id, REPLY, "Bobs")]
    with begin(read_only=True) as session:
        assert own(session, bob, number, NOTE) is None
        kept = own(session, alice, number, REPLY)
        assert kept is not None
        assert (kept.seq, kept.seen_seq) == (2, 3)


def own(session: Session, agent: Agent, number: int, kind: DraftKind) -> Draft | None:
    actor = actor_for(session, session.get_one(Agent, agent.id))
    return drafts.find(session, actor, get_ticket(session, actor, number), kind)


def test_a_late_older_save_changes_nothing(begin: Begin, organisation: Organisation, number: int) -> None:
    save(begin, organisation.alice, number, "Nytt", seq=5)
    for seq in (0, 4, 5):
        with pytest.raises(Conflict) as caught:
            save(begin, organisation.alice, number, "Gammalt", seq=seq)
        assert caught.value.data["seq"] == 5
    assert [text for _, _, text in texts(begin)] == ["Nytt"]


def test_the_first_saves_at_once_make_one_draft(begin: Begin, organisation: Organisation, number: int) -> None:
    start = threading.Barrier(4)

    def press(seq: int) -> None:
        start.wait()
        try:
            save(begin, organisation.alice, number, f"Text {seq}", seq)
        except Conflict:
            return

    with pool() as keys:
        list(keys.map(press, range(1, 5)))
    assert [text for _, _, text in texts(begin)] == ["Text 4"]


def test_a_text_without_end_is_refused(begin: Begin, organisation: Organisation, number: int) -> None:
    save(begin, organisation.alice, number, "x" * drafts.MAX_CHARACTERS)
    with pytest.raises(TooLarge):
        save(begin, organisation.alice, number, "x" * (drafts.MAX_CHARACTERS + 1), seq=2)


def test_files_of_one_message_have_a_limit_together(begin: Begin, organisation: Organisation, number: int) -> None:
    attach(begin, organisation.alice, number, 600)
    attach(begin, organisation.alice, number, 600, kind=NOTE)
    attach(begin, organisation.alice, number, 400)
    with pytest.raises(TooLarge):
        attach(begin, organisation.alice, number, 1)
    assert sorted(row.size for row in rows(begin, Attachment)) == [400, 600, 600]


def test_only_ones_own_files_can_be_taken_out(begin: Begin, organisation: Organisation, number: int) -> None:
    theirs = attach(begin, organisation.bob, number, 5)
    mine = attach(begin, organisation.alice, number, 5)
    noted = attach(begin, organisation.alice, number, 5, kind=NOTE)
    for file in (theirs, noted, 4711):
        with pytest.raises(NotFound):
            detach(begin, organisation.alice, number, file)
    detach(begin, organisation.alice, number, mine)
    assert {row.id for row in rows(begin, Attachment)} == {theirs, noted}


def detach(begin: Begin, agent: Agent, number: int, file: int) -> None:
    with begin() as session:
        actor = actor_for(session, session.get_one(Agent, agent.id))
        drafts.detach(session, actor, get_ticket(session, actor, number, lock=True), REPLY, file)


def test_an_it_host_writes_notes_alone(begin: Begin, organisation: Organisation, number: int) -> None:
    with begin() as session:
        host = make_agent(session, "Host", Role.IT_HOST, domains=[organisation.common])
        session.scalars(select(Ticket).where(Ticket.number == number)).one().assignee_id = host.id
    save(begin, host, number, "Skrivaren är lagad", kind=NOTE)
    for forbidden in (lambda: save(begin, host, number, "Hej"), lambda: attach(begin, host, number, 1)):
        with pytest.raises(NotAllowed):
            forbidden()


# As the browser does it


@pytest.fixture
def alice(app: Flask, organisation: Organisation) -> Browser:
    return Browser(app).signed_in(organisation.alice)


def test_saving_says_when_and_an_older_save_gets_409(alice: Browser, number: int) -> None:
    url = f"/f/arende/{number}/utkast/reply"
    answer = alice.put(url, json={"text": "Hej\0", "seq": 4, "seen_seq": 0})
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["seq"] == 4
    assert alice.put(url, json={"text": "äldre", "seq": 4, "seen_seq": 0}).status_code == 409
    assert re.search(r"<textarea[^>]*>\nHej</textarea>", alice.get(f"/arenden/{number}").text)


NO_DRAFTS: tuple[object, ...] = (
    None,
    [],
    {"text": 5, "seq": 1},
    {"text": "a"},
    {"text": "a", "seq": "1"},
    {"text": "a", "seq": -1},
    {"text": "a", "seq": 2**31},
    {"text": "a", "seq": True},
    {"text": "a", "seq": 1, "seen_seq": None},
    {"text": "a", "seq": 1, "seen_seq": 2**40},
)


def test_what_is_no_draft_is_refused(alice: Browser, number: int) -> None:
    for body in NO_DRAFTS:
        assert alice.put(f"/f/arende/{number}/utkast/reply", json=body).status_code == 422, body


def test_a_face_that_there_is_not(alice: Browser, number: int) -> None:
    assert alice.put(f"/f/arende/{number}/utkast/hemligt", json={"text": "a", "seq": 1}).status_code == 404
    assert alice.get(f"/f/arende/{number}/utkast/hemligt/filer").status_code == 404


def test_files_come_and_go_with_and_without_scripts(alice: Browser, begin: Begin, number: int) -> None:
    url = f"/f/arende/{number}/utkast/reply/filer"
    upload = {"file": [(io.BytesIO(b"abc"), "../../a\u202eb <b>.txt"), (io.BytesIO(b""), "tom.txt")]}
    part = alice.post(url, upload, part=True)
    assert part.status_code == 200
    assert "ab &lt;b&gt;.txt" in part.text
    first, second = rows(begin, Attachment)
    assert (first.name, first.size, second.name, second.size) == ("ab <b>.txt", 3, "tom.txt", 0)
    assert alice.get(url, part=True).text == part.text
    assert alice.delete(f"{url}/{first.id}").status_code == 200
    gone = alice.post(url, {"remove": str(second.id)})
    assert (gone.status_code, gone.location) == (303, f"/arenden/{number}")
    assert count(begin, Attachment) == 0
    added = alice.post(url, {"file": (io.BytesIO(b"abc"), "utan skript.txt")})
    assert (added.status_code, added.location) == (303, f"/arenden/{number}")


@pytest.mark.parametrize("part", [True, False], ids=["with scripts", "without"])
def test_a_file_that_is_too_large_is_said_to_be(
    alice: Browser, begin: Begin, number: int, monkeypatch: pytest.MonkeyPatch, part: bool
) -> None:
    alice.configure(monkeypatch, "limits", attachment_bytes=10, reply_bytes=15)
    url = f"/f/arende/{number}/utkast/reply/filer"
    answer = alice.post(url, {"file": (io.BytesIO(b"x" * 11), "stor.txt")}, part=part)
    assert answer.status_code == 413
    assert "stor.txt" in answer.text
    alice.post(url, {"file": (io.BytesIO(b"x" * 10), "lagom.txt")}, part=part)
    answer = alice.post(url, {"file": (io.BytesIO(b"x" * 6), "en till.txt")}, part=part)
    assert answer.status_code == 413
    assert "MB" in answer.text
    assert [row.name for row in rows(begin, Attachment)] == ["lagom.txt"]


def test_where_no_file_was_chosen_none_is_attached(alice: Browser, begin: Begin, number: int) -> None:
    """A browser without scripts sends a nameless, empty file then."""
    answer = alice.post(f"/f/arende/{number}/utkast/reply/filer", {"file": (io.BytesIO(b""), "")})
    assert answer.status_code == 303
    assert count(begin, Attachment) == 0


def test_a_full_disk_is_said_to_be_full(
    alice: Browser, begin: Begin, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice.fill_disk(monkeypatch)
    answer = alice.post(f"/f/arende/{number}/utkast/reply/filer", {"file": (io.BytesIO(b"x"), "a.txt")}, part=True)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert count(begin, Attachment) == 0


def test_half_an_emoji_is_kept_as_a_sign_and_what_is_nested_without_end_is_refused(alice: Browser, number: int) -> None:
    url = f"/f/arende/{number}/utkast/reply"
    half = alice.client.put(
        url, data='{"text": "Hej \\ud83d", "seq": 1}', content_type="application/json", headers={"X-CSRF": alice.token}
    )
    assert half.status_code == 200
    deep = alice.client.put(url, data="[" * 100_000, content_type="application/json", headers={"X-CSRF": alice.token})
    assert deep.status_code == 422
