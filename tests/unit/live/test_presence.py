"""Who is at a ticket, and how fast a socket may speak."""

from __future__ import annotations

from contactcenter.live.limits import Allowance
from contactcenter.live.presence import LEASE, READING, WRITING, Presence
from contactcenter.services.presence import At


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def who(presence: Presence, agent_id: int = 1) -> list[tuple[str, str]]:
    return [(one["name"], one["what"]) for one in presence.others(7, agent_id)]


def test_others_are_seen_and_not_oneself() -> None:
    presence = Presence(Clock())
    assert presence.saw(7, "a", 1, "Alice", READING)
    assert presence.saw(7, "b", 2, "Bob Berg", READING)
    assert not presence.saw(7, "b", 2, "Bob Berg", READING)
    assert who(presence) == [("Bob Berg", READING)]
    assert who(presence, 2) == [("Alice", READING)]
    assert presence.others(8, 1) == []
    assert presence.others(7, 1)[0]["initials"] == "BB"


def test_two_windows_are_one_colleague_who_writes() -> None:
    presence = Presence(Clock())
    presence.saw(7, "b1", 2, "Bob", READING)
    presence.saw(7, "b2", 2, "Bob", WRITING)
    presence.saw(7, "c", 3, "Charlie", READING)
    assert who(presence) == [("Bob", WRITING), ("Charlie", READING)]
    assert presence.left(7, "b2")
    assert not presence.left(7, "b2")
    assert who(presence) == [("Bob", READING), ("Charlie", READING)]


def test_whoever_has_stopped_writing_reads() -> None:
    clock = Clock()
    presence = Presence(clock)
    presence.saw(7, "b", 2, "Bob", WRITING)
    clock.now += LEASE - 1
    assert presence.expire() == set()
    clock.now += 1
    assert presence.expire() == {7}
    assert who(presence) == [("Bob", READING)]
    clock.now += 10 * LEASE
    assert presence.expire() == set()
    assert who(presence) == [("Bob", READING)]


def test_an_allowance_is_used_up_and_comes_back() -> None:
    clock = Clock()
    allowance = Allowance(3, 2.0, clock)
    assert [allowance.take() for _ in range(4)] == [True, True, True, False]
    clock.now += 0.5
    assert [allowance.take() for _ in range(2)] == [True, False]
    clock.now += 60
    assert [allowance.take() for _ in range(4)] == [True, True, True, False]


def test_colleagues_at_other_processes_are_there_too() -> None:
    presence = Presence(Clock())
    presence.saw(7, "a", 1, "Sara", READING)
    assert presence.here() == {"a": At(7, 1, "Sara", READING)}
    far = [At(7, 2, "Omar", READING), At(7, 1, "Sara", WRITING)]
    assert presence.heard(far) == {7}
    assert presence.heard(reversed(far)) == set(), "the same in another order is no news"
    assert [one["name"] for one in presence.others(7, 1)] == ["Omar"]
    assert [(one["name"], one["what"]) for one in presence.others(7, 2)] == [("Sara", WRITING)], "writing anywhere"
    assert presence.heard([]) == {7}
    assert presence.others(7, 1) == []
