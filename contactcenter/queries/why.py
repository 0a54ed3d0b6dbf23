"""Why a ticket is where it is, in the reader's language: each stored reason told from its code, names and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from contactcenter.i18n import gettext as _
from contactcenter.i18n import language, ngettext
from contactcenter.model import Agent, Decision, RoutingRule, Ticket, Topic
from contactcenter.queries import wording
from contactcenter.queries.shapes import Why, WhyLine
from routing.reasons import SHOWN

MAX_LINES = 4
SELF_EVIDENT = {"team_topic", "priority_topic"}


def why(session: Session, ticket: Ticket) -> Why:
    """The last decision about `ticket`: at most `MAX_LINES` sentences, the rule, and who corrected it."""
    rows = session.scalars(
        select(Decision).where(Decision.ticket_id == ticket.id).order_by(Decision.id.desc()).limit(1)
    ).all()
    if not rows:
        return Why(team=ticket.team.name, lines=())
    decision = rows[0]
    english = _english_topics(session) if language() == "en" else {}
    lines = tuple(
        WhyLine(text=tell(reason, english), used=bool(reason.get("used", True)))
        for reason in _telling(decision.reasons)[:MAX_LINES]
    )
    rule = session.scalar(select(RoutingRule.name).where(RoutingRule.slug == decision.rule)) if decision.rule else None
    corrected = session.get(Agent, decision.corrected_by_id) if decision.corrected_by_id else None
    return Why(
        team=ticket.team.name,
        lines=lines,
        rule=_("Rule: %(name)s", name=rule) if rule else "",
        corrected_by=_("%(name)s corrected the routing", name=corrected.name) if corrected else "",
    )


def _telling(reasons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The reasons that say more than the page does: whose team answers a topic is in its heading."""
    return [reason for reason in reasons if reason.get("code") not in SELF_EVIDENT] or reasons


def _english_topics(session: Session) -> dict[str, str]:
    rows = session.execute(select(Topic.name, Topic.name_en).where(Topic.name_en != ""))
    return {name: name_en for name, name_en in rows}


def tell(reason: Mapping[str, Any], topics: Mapping[str, str] | None = None) -> str:
    """A stored reason as a sentence, with the names of `topics` in the reader's language.

    One of a kind that this version does not know is told as it was stored.
    """
    names = dict(reason.get("names") or {})
    if topics and "name" in names:
        names["name"] = topics.get(names["name"], names["name"])
    if "priority" in names:
        names["priority"] = wording.priority_label(names["priority"])
    try:
        return _sentences()[reason["code"]] % {"words": _listed(reason.get("matched", ())), **names}
    except KeyError:
        return str(reason.get("text", ""))


def _listed(words: Sequence[str]) -> str:
    shown = words[:SHOWN]
    quoted = ", ".join(_("“%(word)s”", word=word) for word in shown)
    return (
        ngettext("the word %(words)s", "the words %(words)s", len(shown), words=quoted) if shown else _("the context")
    )


def _sentences() -> dict[str, str]:
    return {
        "danger": _("It may be danger: %(words)s. The ticket is therefore urgent and has the topic %(name)s."),
        "danger_possible": _("There may be signs of %(name)s: %(words)s. Look extra carefully."),
        "danger_sentence": _("One sentence sounds urgent and is like %(name)s: %(words)s."),
        "topic_words": _("The topic %(name)s was recognised by %(words)s."),
        "topic_likeness": _("The text is like other messages about %(name)s, above all %(words)s."),
        "topic_address": _("The topic %(name)s follows from the address %(address)s."),
        "topic_given": _("The sender chose the topic %(name)s."),
        "topic_candidate": _("The topic %(name)s was considered too: %(words)s."),
        "topic_none": _("No topic was recognised in the text."),
        "team_topic": _("%(team)s answers questions about %(name)s."),
        "team_address": _("The message was sent to %(address)s, which %(team)s answers."),
        "domain_address": _(
            "The ticket is kept in the confidentiality domain of %(address)s, to which the message was sent."
        ),
        "domain_kept": _("The ticket is kept in the confidentiality domain that the text pointed to."),
        "domain_continued": _(
            "The ticket is kept in the same confidentiality domain as the ticket that the message answers."
        ),
        "topic_continued": _("The topic %(name)s follows from the ticket that the message answers."),
        "office_continued": _("%(office)s follows from the ticket that the message answers."),
        "first_line": _("No answer group was pointed out, so %(team)s receives the ticket."),
        "office_visit": _("The visit is at %(office)s."),
        "office_address": _("The message was sent to %(address)s, which belongs to %(office)s."),
        "office_given": _("The sender chose %(office)s."),
        "office_named": _("%(office)s is mentioned in the text: %(words)s."),
        "office_place": _("The sender wants to visit us in %(district)s: %(words)s."),
        "district": _("The district %(district)s is mentioned: %(words)s."),
        "rule": _("The rule %(rule)s applies."),
        "rule_considered": _("The rule %(rule)s did not apply, because danger goes first."),
        "rule_unknown": _(
            "The rule %(rule)s points to something that does not exist (%(words)s) and could not be followed fully."
        ),
        "priority_topic": _("The priority %(priority)s follows from the topic."),
        "priority_words": _("The priority is %(priority)s because of %(words)s."),
        "sensitive_id": _("The text seems to hold a personal identity number."),
        "sensitive_words": _("The content may be sensitive: %(words)s."),
        "sensitive_topic": _("The content may be sensitive: it is about one person's matter within %(name)s."),
        "corrected": _("%(agent)s changed the topic to %(name)s."),
    }
