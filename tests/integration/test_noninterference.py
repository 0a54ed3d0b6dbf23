"""Non-interference (I9): what an agent may not see has no influence on any byte that they are answered.

A house is asked everything that can be asked, as every role, by pages, API and live view; then what the role may not
see is taken out of the database, and the same is asked again. Both must be answered alike, headers included. Requests
about hidden tickets are among them, and in the second house those tickets do not exist: what may not be seen looks like
what is not there. `test_predicates` shows that no predicate can be taken away without these requests noticing.

The roles come in an order in which each sees no more than the one before, so that rows are only ever taken out and the
visible ones keep their ids. Time stands still, and what is random repeats itself; places in the order of events are
sealed (`keys.Sealer`), so that they cannot be compared, and are equal here.

What remains, and why:
- Numbers and ids are given in turn. A gap between two visible ticket numbers, row ids in addresses (`/original/7`) or
  Idempotent answers tells that something else was made in between, and nothing of what. (Here new rows begin at the
  same number in both houses.) A resident reads the number aloud on the telephone: it stays short.
- Time. A query may take longer where more is hidden; counts stop at 999+ and lists are paged by key.
- `/readyz` says `late` when any message waits too long, and is open to whatever watches the service.
- Confirmed addresses and `protected_identity` belong to the person and not to a ticket: a protected resident is
  protected everywhere. Everything else of a person is known through visible tickets alone.
- In the quarantine nobody knows yet what a message holds. Supervisors and administrators see all that was not sent to a
  confidential address, and reading it is recorded. Of what was, they are told nothing, unless none of them has sight of
  that domain: then that something lies there, for it must not be left without anybody who knows.
- `/metrics` is off unless whoever runs the place gives it a token of its own; its figures are of the whole service.
- That a webhook fails or was paused is of the address it calls, whichever ticket it was called about.
- Who saw a ticket is told that it left (`deltas.told_to`): that it existed is no news to them.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from contactcenter.access import Actor, actor_for
from contactcenter.db import transaction
from contactcenter.live.door import Door
from contactcenter.live.hints import hint_of
from contactcenter.live.presence import WRITING, Presence
from contactcenter.live.teller import Teller
from contactcenter.live.watchers import Watcher, Watchers
from contactcenter.model import Agent
from contactcenter.model.words import Role
from contactcenter.queries import deltas
from contactcenter.queries.deltas import Cursor
from tests.integration import twins
from tests.integration.asking import REQUESTS, Answer, Asker, script, the_same_each_time
from tests.integration.twins import MISSING, House
from tests.loops import in_a_loop

SEEING_LESS = (Role.ADMIN, Role.SUPERVISOR, Role.GUIDE, Role.SPECIALIST, Role.IT_HOST, Role.PARTNER)
Answers = dict[str, Answer | list[Any]]


class Ear:
    """A socket server that keeps what is sent."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    async def emit(self, event: str, data: object, to: object = None) -> None:
        self.heard.append((event, data, to))


def live(app: Flask, house: House) -> dict[str, Callable[[], list[Any]]]:
    """What a socket of the agent hears: what it missed, what happens, and who else is at the tickets it opens."""
    door = Door(app)

    def actor() -> Actor:
        with app.app_context(), transaction(read_only=True) as session:
            return actor_for(session, session.get_one(Agent, house.agent.id))

    def hints() -> list[Any]:
        ear, watchers = Ear(), Watchers()
        watchers.add(me := Watcher("socket", "", actor()))
        watchers.allow(me, me.actor)
        with app.app_context(), transaction(read_only=True) as session:
            happened = [hint_of(event) for event in deltas.after(session, Cursor())]
        teller = Teller(ear, watchers, Presence())
        teller.happened(happened)
        in_a_loop(teller.send_all())
        return ear.heard

    def presence() -> list[Any]:
        ear, watchers, present, me = Ear(), Watchers(), Presence(), Watcher("socket", "", actor())
        watchers.add(me)
        teller = Teller(ear, watchers, present)
        for number in [*(at["number"] for at in house.places.values()), MISSING]:
            watchers.watch(me, door.watch(me.actor, number))
            present.saw(number, "other", house.dora.id, "Dora", WRITING)
            teller.somebody_at(number)
            in_a_loop(teller.send_all())
        return [*ear.heard, *([] if me.watched is None else [me.watched])]

    def again() -> list[Any]:
        asked = [(house.session_token, at["number"]) for at in house.places.values()]
        return [watched for _actor, watched in door.ask_again(asked) if watched is not None]

    return {"missed": lambda: door.missed(actor(), house.start), "hints": hints, "presence": presence, "again": again}


def everything(app: Flask, house: House) -> Answers:
    """All answers, by request."""
    asker = Asker(app, house)
    with the_same_each_time():
        asks = enumerate(script(house))
        found: Answers = {f"{place} {asked}": asker.ask(asked) for place, asked in asks}
        return found | {f"live {name}": ask() for name, ask in live(app, house).items()}


@pytest.fixture
def house(app: Flask) -> House:
    with the_same_each_time(keep=True):
        return twins.found(app)


def test_every_route_is_asked(app: Flask) -> None:
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == REQUESTS.keys()


def test_what_may_not_be_seen_changes_no_byte(app: Flask, house: House) -> None:
    full: dict[Role, Answers] = {}
    with the_same_each_time(keep=True):
        for role in SEEING_LESS:
            twins.become(app, house, role)
            full[role] = everything(app, house)
        for role in SEEING_LESS:
            twins.hide(app, house, role)
            twins.become(app, house, role)
            without = everything(app, house)
            different = [name for name, answer in without.items() if answer != full[role][name]]
            assert not different, shown(role, different, full[role], without)
            failed = [name for name, answer in without.items() if isinstance(answer, Answer) and answer.status == 500]
            assert not failed, f"answered alike, but by a mistake: {failed}"
    assert sum(len(answers) for answers in full.values()) > 1000


def shown(role: Role, names: list[str], full: Answers, without: Answers) -> str:
    """Which requests of a role are answered differently, and how the first of them is."""
    compared = difflib.unified_diff(
        lines(full[names[0]]), lines(without[names[0]]), "with", "without", n=1, lineterm=""
    )
    return "\n".join((f"as {role}:", *names, *compared))


def lines(answer: Answer | list[Any]) -> list[str]:
    """An answer as lines of text."""
    if not isinstance(answer, Answer):
        return [str(heard) for heard in answer]
    return [str(answer.status), *map(str, answer.headers), *answer.body.decode(errors="replace").splitlines()]
