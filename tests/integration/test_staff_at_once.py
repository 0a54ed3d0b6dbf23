"""Two people change colleagues and their sight at the same moment: one waits for the other, and nothing is lost.

On PostgreSQL alone: SQLite has one writer at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from contactcenter.access import actor_for
from contactcenter.model import Agent, Audit, Skill, Team
from contactcenter.model.words import Role
from contactcenter.services import agents, sight, staff
from tests.integration.conftest import Begin
from tests.integration.mailroom import rows
from tests.integration.people import Organisation
from tests.running import wait_until

Do = Callable[[Session], object]
pytestmark = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


def one_during_the_other(begin: Begin, first: Do, second: Do) -> None:
    """`second` begins when `first` is done and not yet committed, and comes as far as it can before that."""

    def run() -> None:
        with begin() as session:
            second(session)

    def is_waiting() -> bool:
        with begin(read_only=True) as session:
            here = "datname = current_database() AND wait_event_type = 'Lock'"
            return bool(session.scalar(text(f"SELECT count(*) FROM pg_stat_activity WHERE {here}")))

    with ThreadPoolExecutor(1) as other:
        with begin() as session:
            first(session)
            session.flush()
            running = other.submit(run)
            wait_until(lambda: running.done() or is_waiting())
        running.result(10)


def changing(organisation: Organisation, agent: Agent, **wish: Any) -> Do:
    """The administrator changes these of a colleague."""

    def do(session: Session) -> object:
        actor = actor_for(session, session.get_one(Agent, organisation.admin.id))
        row = session.get_one(Agent, agent.id)
        now = staff.profile(session, row)
        return staff.change(session, actor, row, replace(now, **wish), now.mark())

    return do


def giving(organisation: Organisation, team: Team, *domains: str) -> Do:
    """The administrator lets a group see these."""

    def do(session: Session) -> None:
        actor = actor_for(session, session.get_one(Agent, organisation.admin.id))
        sight.give(session, actor, session.get_one(Team, team.id), domains)

    return do


def gains(begin: Begin, agent: Agent) -> list[tuple[str, str]]:
    """What the history of a colleague says that they came to see through groups."""
    found = []
    for row in rows(begin, Audit, Audit.subject_id == agent.id):
        own = "domains" if row.verb == "team_domains_changed" else "team_domains"
        seen = row.data.get("changes", {}).get(own, {"before": [], "after": row.data.get("team_domains", [])})
        found += [(row.verb, slug) for slug in seen["after"] if slug not in seen["before"]]
    return found


def skills_of(begin: Begin, agent: Agent) -> tuple[str, ...]:
    with begin(read_only=True) as session:
        return staff.profile(session, session.get_one(Agent, agent.id)).skills


def test_two_are_given_the_same_new_competence(begin: Begin, organisation: Organisation) -> None:
    alice, dora = organisation.alice, organisation.dora
    one_during_the_other(
        begin,
        changing(organisation, alice, skills=("Bygglov",)),
        changing(organisation, dora, skills=("bygglov", "Teckenspråk")),
    )
    assert skills_of(begin, alice) == ("Bygglov",)
    assert skills_of(begin, dora) == ("Bygglov", "Teckenspråk")


def test_a_newcomer_is_given_the_same_new_competence(begin: Begin, organisation: Organisation) -> None:
    def add(session: Session) -> object:
        actor = actor_for(session, session.get_one(Agent, organisation.admin.id))
        wish = replace(staff.profile(session, session.get_one(Agent, organisation.dora.id)), skills=("Bygglov",))
        return staff.add(session, actor, "erik@ekhamra.example", wish)

    one_during_the_other(begin, changing(organisation, organisation.alice, skills=("Bygglov",)), add)
    [erik] = rows(begin, Agent, Agent.login == "erik@ekhamra.example")
    assert skills_of(begin, erik) == ("Bygglov",)


def test_one_is_given_a_competence_while_its_last_holder_drops_it(begin: Begin, organisation: Organisation) -> None:
    charlie, dora = organisation.charlie, organisation.dora
    with begin() as session:
        changing(organisation, charlie, skills=("Bygglov",))(session)
    one_during_the_other(
        begin, changing(organisation, dora, skills=("Bygglov",)), changing(organisation, charlie, skills=())
    )
    assert skills_of(begin, dora) == ("Bygglov",)
    assert skills_of(begin, charlie) == ()
    with begin() as session:
        changing(organisation, dora, skills=())(session)
    assert rows(begin, Skill) == []


def test_one_joins_a_group_that_is_given_a_domain(begin: Begin, organisation: Organisation) -> None:
    joining = changing(organisation, organisation.alice, teams=("gata-park", "kontaktcenter"))
    one_during_the_other(begin, joining, giving(organisation, organisation.streets, "social"))
    assert gains(begin, organisation.alice) == [("team_domains_changed", "social")]


def test_a_group_is_given_a_domain_that_one_joins(begin: Begin, organisation: Organisation) -> None:
    joining = changing(organisation, organisation.alice, teams=("gata-park", "kontaktcenter"))
    one_during_the_other(begin, giving(organisation, organisation.streets, "social"), joining)
    assert gains(begin, organisation.alice) == [("agent_changed", "social")]


def test_one_loses_a_domain_that_their_group_is_given(begin: Begin, organisation: Organisation) -> None:
    losing = changing(organisation, organisation.bob, domains=("acute", "common"))
    one_during_the_other(begin, losing, giving(organisation, organisation.first_line, "social"))
    assert gains(begin, organisation.bob) == [("team_domains_changed", "social")]


def test_one_becomes_a_guide_in_a_group_that_is_given_a_domain(begin: Begin, organisation: Organisation) -> None:
    """Whoever gives it has seen them as a partner, who sees nothing, before they had to wait."""
    dora, give = organisation.dora, giving(organisation, organisation.first_line, "social")
    with begin() as session:
        changing(organisation, dora, role=Role.PARTNER)(session)

    def look_and_give(session: Session) -> None:
        seen = session.get_one(Agent, dora.id)
        assert seen.role is Role.PARTNER
        give(session)
        assert session.get_one(Agent, dora.id) is seen

    one_during_the_other(begin, changing(organisation, dora, role=Role.GUIDE), look_and_give)
    assert gains(begin, dora) == [("team_domains_changed", "social")]


def test_two_groups_lose_a_domain_that_one_sees_through_both(begin: Begin, organisation: Organisation) -> None:
    for team in (organisation.streets, organisation.first_line):
        with begin() as session:
            giving(organisation, team, "social")(session)
    with begin() as session:
        changing(organisation, organisation.dora, teams=("gata-park", "kontaktcenter"))(session)
    one_during_the_other(
        begin, giving(organisation, organisation.streets), giving(organisation, organisation.first_line)
    )
    last = rows(begin, Audit, Audit.subject_id == organisation.dora.id)[-1]
    assert last.data["changes"]["domains"] == {"before": ["social"], "after": []}


def test_a_newcomer_joins_a_group_that_is_given_a_domain(begin: Begin, organisation: Organisation) -> None:
    def add(session: Session) -> object:
        return agents.add(session, "erik@ekhamra.example", "Erik", Role.GUIDE, teams=("gata-park",))

    one_during_the_other(begin, add, giving(organisation, organisation.streets, "social"))
    [erik] = rows(begin, Agent, Agent.login == "erik@ekhamra.example")
    assert gains(begin, erik) == [("team_domains_changed", "social")]


@pytest.mark.parametrize(
    ("giving_first", "told"), [(False, ("team_domains_changed", "social")), (True, ("agent_enabled", "social"))]
)
def test_one_is_enabled_while_their_group_is_given_a_domain(
    begin: Begin, organisation: Organisation, giving_first: bool, told: tuple[str, str]
) -> None:
    alice, give = organisation.alice, giving(organisation, organisation.first_line, "social")
    with begin() as session:
        agents.disable(session, alice.login)

    def enable(session: Session) -> object:
        return agents.enable(session, alice.login)

    one_during_the_other(begin, *((give, enable) if giving_first else (enable, give)))
    assert gains(begin, alice) == [told]
