"""No predicate of confidentiality can be taken away without the requests of `test_noninterference` noticing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pytest
from flask import Flask

from contactcenter.model.words import Role
from tests.integration import mutants, twins
from tests.integration.asking import Answer, Asker, script, the_same_each_time
from tests.integration.mutants import Mutant
from tests.integration.test_noninterference import live
from tests.integration.twins import House

ROLES = (Role.PARTNER, Role.SPECIALIST, Role.IT_HOST, Role.ADMIN, Role.GUIDE)
MOST_ASKED = 24
_LEAVING = "what is left is tested in tests/unit/live/test_watchers"
_AGAIN = "asked once more in the same request, which would have ended at the first one"
_CALLED = "asked when a webhook is called and by no request: tests/integration/test_webhooks"
_LEDGER = "no request comes to it without a mailbox in the settings: tests/integration/test_mailbox_page"
_COMMAND = "only `mail rescan` comes to it, which answers nobody; whether it is a notice still is tested there"
UNNOTICED: dict[tuple[str, str, str], str] = {
    ("contactcenter/live/watchers.py", "Watchers.remove", "watch_rooms(watcher.actor)"): _LEAVING,
    ("contactcenter/live/watchers.py", "Watchers.allow", "watch_rooms(watcher.actor)"): _LEAVING,
    ("contactcenter/live/watchers.py", "Watchers.allow", "watch_rooms(actor)"): _LEAVING,
    ("contactcenter/services/webhook_calls.py", "begin", "visible_tickets(actor_for(session, agent))"): _CALLED,
    ("contactcenter/queries/mailbox_rows.py", "ledger", "visible_tickets(actor)"): _LEDGER,
    ("contactcenter/queries/mailbox_rows.py", "ledger", "visible_arrivals(actor)"): _LEDGER,
    ("contactcenter/web/replies.py", "send", "get_ticket(session, actor, number)"): _AGAIN,
    ("contactcenter/web/replies.py", "note", "get_ticket(session, actor, number)"): _AGAIN,
    ("contactcenter/services/inbox.py", "replace_notice", "row.state is not InboxState.QUARANTINED"): _COMMAND,
    ("contactcenter/services/inbox.py", "retry", "row.state is not InboxState.QUARANTINED"): _AGAIN,
    ("contactcenter/web/drafts.py", "attach", "get_ticket(session, actor, number, lock=True)"): _AGAIN,
    ("contactcenter/web/drafts.py", "_store_uploads", "get_ticket(session, actor, number)"): _AGAIN,
}
"""Uses whose loss changes no answer, and why that is so."""


Ask = Callable[[], object]


@dataclass(frozen=True)
class Heard:
    """A request, what it was answered, and the predicates that were come to on the way."""

    ask: Ask
    answer: object
    reached: frozenset[Mutant]


def asks(app: Flask, house: House) -> Iterator[Ask]:
    asker = Asker(app, house)
    yield from live(app, house).values()
    for asked in script(house):
        yield partial(asker.ask, asked)


def heard(app: Flask, house: House, all_of_them: list[Mutant]) -> list[Heard]:
    """Every request with its answer, while all predicates are there."""
    told = []
    with mutants.watched(all_of_them):
        for ask in asks(app, house):
            mutants.reached.clear()
            answer = ask()
            told.append(Heard(ask, answer, frozenset(mutants.reached)))
    return told


def is_noticed(mutant: Mutant, told: list[Heard]) -> bool:
    """Whether some request that comes to the predicate is answered otherwise without it, and not by breaking."""
    with mutants.taken_away(mutant):
        for one in [one for one in told if mutant in one.reached][:MOST_ASKED]:
            answer = one.ask()
            broken = isinstance(answer, Answer) and answer.status == 500
            if answer != one.answer and not broken:
                return True
    return False


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_predicate_can_be_taken_away(app: Flask) -> None:
    with the_same_each_time(keep=True):
        house = twins.found(app)
    every = [mutant for mutant in mutants.all_mutants() if mutant.key not in UNNOTICED]
    left = every
    for role in ROLES:
        twins.become(app, house, role)
        with the_same_each_time():
            told = heard(app, house, left)
            left = [mutant for mutant in left if not is_noticed(mutant, told)]
    assert len(every) > 40
    assert not left, "\n".join(map(str, left))


def test_what_goes_unnoticed_is_there() -> None:
    assert not UNNOTICED.keys() - {mutant.key for mutant in mutants.all_mutants()}
