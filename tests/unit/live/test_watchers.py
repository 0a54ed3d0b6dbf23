"""Who hears of a change: never more than may see the ticket where it lies."""

from __future__ import annotations

from contactcenter.access import Actor
from contactcenter.live.hints import Hint, Place
from contactcenter.live.watchers import Watched, Watcher, Watchers
from contactcenter.model.words import Role


def actor(
    agent_id: int, role: Role = Role.GUIDE, *, teams: tuple[int, ...] = (), domains: tuple[int, ...] = (1,)
) -> Actor:
    return Actor(
        agent_id, f"a{agent_id}@ekhamra.example", f"Agent {agent_id}", role, frozenset(teams), frozenset(domains)
    )


def hint(domain: int = 1, team: int = 1, agent: int | None = None, ticket: int = 10) -> Hint:
    return Hint("0-1", ticket, 1000 + ticket, 2, "take", Place(domain, team, agent))


def heard(watchers: Watchers, one: Hint) -> set[str]:
    return {watcher.sid for watcher in watchers.who_hear(one)}


def house(*actors: Actor) -> Watchers:
    watchers = Watchers()
    for one in actors:
        watchers.add(Watcher(str(one.agent_id), "token", one))
    return watchers


def test_guides_hear_their_domains_and_specialists_their_teams() -> None:
    watchers = house(
        actor(1, domains=(1, 2)),
        actor(2, domains=(2,)),
        actor(3, Role.SPECIALIST, teams=(5,), domains=(1,)),
        actor(4, Role.ADMIN, domains=()),
        actor(5, Role.IT_HOST, domains=(1,)),
        actor(6, Role.SUPERVISOR, domains=(1, 2)),
    )
    assert heard(watchers, hint(domain=1, team=5)) == {"1", "3", "6"}
    assert heard(watchers, hint(domain=1, team=6)) == {"1", "6"}
    assert heard(watchers, hint(domain=2, team=5)) == {"1", "2", "6"}
    assert heard(watchers, hint(domain=1, team=6, agent=5)) == {"1", "5", "6"}
    assert heard(watchers, hint(domain=3)) == set()


def test_an_owner_without_the_domain_hears_nothing() -> None:
    assert heard(house(actor(1, domains=(2,))), hint(domain=1, agent=1)) == set()


def test_an_open_ticket_is_heard_where_it_lay_when_it_was_opened() -> None:
    watchers = house(actor(1, domains=()))
    one = watchers.get("1")
    assert one is not None
    watchers.watch(one, Watched(10, 1010, Place(1, 1, None)))
    assert heard(watchers, hint()) == {"1"}
    assert heard(watchers, hint(ticket=11)) == set()
    moved = hint(domain=2)
    assert heard(watchers, moved) == set()
    assert watchers.to_ask_again(moved) == [one]
    assert watchers.to_ask_again(hint()) == []
    watchers.watch(one, None)
    assert heard(watchers, hint()) == set()


def test_rights_follow_the_agent_and_nothing_is_left_behind() -> None:
    watchers = house(actor(1, domains=(1,)))
    one = watchers.get("1")
    assert one is not None
    watchers.watch(one, Watched(10, 1010, Place(1, 1, None)))
    watchers.allow(one, actor(1, domains=(2,)))
    assert heard(watchers, hint(domain=2, ticket=99)) == {"1"}
    assert heard(watchers, hint(domain=1, ticket=99)) == set()
    assert watchers.of_agent(1) == 1
    assert watchers.remove("1") is one
    assert watchers.remove("1") is None
    assert len(watchers) == 0
    assert heard(watchers, hint(domain=2)) == set()
    assert not watchers._rooms
