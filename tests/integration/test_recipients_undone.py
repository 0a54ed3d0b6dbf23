"""An answer taken back while another is begun: one draft, for all whom either of them is for."""

from __future__ import annotations

from contactcenter.access import actor_for, get_ticket
from contactcenter.model import Agent, Draft
from contactcenter.model.words import DraftKind
from contactcenter.services import drafts
from contactcenter.services.recipients import Wanted
from tests.integration.conftest import Begin
from tests.integration.mailroom import answer, rows
from tests.integration.people import Organisation
from tests.integration.test_recipients import BO, EVA, MAJA, number, undo

__all__ = ["number"]


def test_taking_back_loses_nobody_whom_the_answer_begun_since_is_for(
    begin: Begin, organisation: Organisation, number: int
) -> None:
    entry_id = answer(begin, organisation.alice, number, "till Maja", wanted=Wanted(MAJA, BO))
    with begin() as session:
        actor = actor_for(session, session.get_one(Agent, organisation.alice.id))
        row = get_ticket(session, actor, number, lock=True)
        wanted = Wanted(f"Eva <{EVA.upper()}>", f"jim{BO}")
        drafts.save(session, actor, row, DraftKind.REPLY, "bara till Eva", 5, row.last_seq, wanted)
    undo(begin, organisation.alice, number, entry_id)
    [draft] = rows(begin, Draft)
    assert (draft.recipients, draft.copies) == (f"Eva <{EVA.upper()}>, {MAJA}", f"jim{BO}, {BO}")
    assert draft.text == "till Maja\n\nbara till Eva"


def test_taking_back_an_answer_to_others_keeps_the_resident_for_whom_one_was_begun(
    begin: Begin, organisation: Organisation, number: int
) -> None:
    entry_id = answer(begin, organisation.alice, number, "till Eva", wanted=Wanted(EVA))
    with begin() as session:
        actor = actor_for(session, session.get_one(Agent, organisation.alice.id))
        row = get_ticket(session, actor, number, lock=True)
        drafts.save(session, actor, row, DraftKind.REPLY, "till Maja", 5, row.last_seq, Wanted(MAJA))
    undo(begin, organisation.alice, number, entry_id)
    [draft] = rows(begin, Draft)
    assert draft.recipients == f"{MAJA}, {EVA}"
