"""Reply times: within which working time a first answer is promised, as sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, Select, and_, false, not_, or_, select, true

from contactcenter.access import visible_tickets
from contactcenter.i18n import gettext as _
from contactcenter.i18n import ngettext
from contactcenter.model import ReplyTarget, Ticket, Topic
from contactcenter.model.ticket import IS_OPEN
from contactcenter.model.words import ChannelKind, Priority
from contactcenter.queries import views, wording
from contactcenter.queries.shapes import Choice
from contactcenter.services import deadlines
from contactcenter.services.editing import choices
from contactcenter.services.editing.field import Field, Number, OneOf
from contactcenter.services.editing.kind import Kind, Names, State
from routing.deadlines import DAYS, Target

CONDITIONS = ("priority", "topic", "channel")
"""What a reply time can ask of a ticket, the weightiest first (`routing.deadlines.DeadlineRule`)."""
EVERY = "*"


class Targets(Kind):
    """What is promised. One is known by what it holds for, so that this is chosen when it is made."""

    slug = "svarstider"
    icon = "timer"
    table = ReplyTarget
    key = ""
    removable = True
    references: ClassVar[Mapping[str, type[Any]]] = {"topic": Topic}

    def title(self) -> str:
        """Its heading."""
        return _("Reply times")

    def lead(self) -> str:
        """What it is, and which one holds."""
        return _(
            "Within which time residents are promised a first answer, in opening hours. "
            "Where several fit, the priority weighs most, then the topic, then the channel."
        )

    def add_label(self) -> str:
        """The button."""
        return _("New reply time")

    def fields(self, names: Names) -> tuple[Field, ...]:
        """What it holds for, and the promise."""
        units = (
            Choice("minutes", _("minutes")),
            Choice("hours", _("hours in which the office is open")),
            Choice(DAYS, _("working days")),
        )
        return (
            OneOf(
                name="topic",
                label=_("Topic"),
                nothing=_("All topics"),
                options=choices.of_table(names, Topic),
                fixed=True,
            ),
            OneOf(
                name="channel", label=_("Channel"), nothing=_("All channels"), options=choices.channels(), fixed=True
            ),
            OneOf(
                name="priority",
                label=_("Priority"),
                nothing=_("All priorities"),
                options=choices.priorities(),
                fixed=True,
            ),
            Number(
                name="count",
                label=_("Answer within"),
                hint=_("Empty: nothing is promised. 0 working days is the same day."),
            ),
            OneOf(name="unit", label=_("Counted in"), options=units, required=True),
        )

    def rows(self) -> Select[Any]:
        """What holds for every topic first, then topic by topic."""
        query = select(ReplyTarget).outerjoin(Topic, Topic.id == ReplyTarget.topic_id)
        return query.order_by(
            ReplyTarget.topic_id.is_not(None), Topic.name, ReplyTarget.channel, ReplyTarget.priority, ReplyTarget.id
        )

    def of_file(self, state: State) -> State:
        """Nothing promised is an empty text."""
        return {**state, "count": "" if state["count"] is None else state["count"]}

    def write(self, names: Names, row: Any, state: State) -> None:
        """Nothing promised is stored as no number."""
        super().write(names, row, {**state, "count": None if state["count"] == "" else state["count"]})

    def key_of(self, names: Names, row: Any) -> str:
        """`parking.chat.*`: topic, channel and priority, as a settings file names it too."""
        return _key(self.state(names, row))

    def find(self, names: Names, key: str) -> Any:
        """The row of a key; there are hundreds at most."""
        return next((row for row in names.session.scalars(self.rows()) if self.key_of(names, row) == key), None)

    def title_of(self, names: Names, state: State) -> str:
        """`Barn & förskola, chatt: svara inom 2 min`."""
        where = [names.name(Topic, state["topic"]) if state["topic"] else _("All topics")]
        if state["channel"]:
            where.append(wording.channel_label(ChannelKind(state["channel"])).lower())
        if state["priority"]:
            where.append(_priority(Priority(state["priority"])))
        return f"{', '.join(where)}: {_promise(state)}"

    def check(self, names: Names, row: Any, state: State) -> Mapping[str, str]:
        """The promise is one, and no two are made for the same."""
        if row is None and self.find(names, _key(state)) is not None:
            return {"topic": _("There is one for this topic, channel and priority already. Change that one.")}
        try:
            _target(state)
        except ValueError:
            return {"count": _("Write a whole number: from 1 minute or hour, or 0 days, to 1000 days.")}
        return {}

    def effects(self, names: Names, row: Any, before: State, after: State) -> Sequence[str]:
        """How many open tickets that the reader sees are due at another time."""
        found: list[str] = []
        given = after or before
        if not after and not any(given[word] for word in CONDITIONS):
            found.append(_("Nothing is promised any more where no other reply time fits."))
        if after and _target(after) is None:
            found.append(_("Nothing is promised there."))
        others = [self.state(names, each) for each in names.session.scalars(self.rows()) if each is not row]
        return found + _due_at_another_time(names, _differing(names, before, after, others))

    def saved(self, names: Names, before: State, after: State) -> None:
        """Open tickets are reckoned again, by a job."""
        deadlines.hours_changed(names.session)


def _key(state: State) -> str:
    return ".".join(state[word] or EVERY for word in ("topic", "channel", "priority"))


def _target(state: State) -> Target | None:
    return None if state["count"] == "" else Target(state["count"], state["unit"])


def _priority(priority: Priority) -> str:
    return {
        Priority.URGENT: _("urgent"),
        Priority.HIGH: _("high priority"),
        Priority.NORMAL: _("normal priority"),
        Priority.LOW: _("low priority"),
    }[priority]


def _promise(state: State) -> str:
    target = _target(state)
    if target is None:
        return _("no reply time is promised")
    if target.unit == DAYS:
        if target.count == 0:
            return _("answer the same day")
        return ngettext("answer within %(num)d working day", "answer within %(num)d working days", target.count)
    if target.unit == "hours":
        return ngettext("answer within %(num)d hour", "answer within %(num)d hours", target.count)
    return ngettext("answer within %(num)d minute", "answer within %(num)d minutes", target.count)


def _differing(names: Names, before: State, after: State, others: Sequence[State]) -> ColumnElement[bool]:
    """The tickets that are promised something else after the change: as `DeadlinePolicy.target`, in SQL."""
    given = after or before
    here = _decides(names, given, others)
    if before and after:
        return here if _target(before) != _target(after) else false()
    same = [each for each in others if _target(each) == _target(given)]
    if _target(given) is None:
        here = and_(here, or_(false(), *(_fits(names, each) for each in others)))
    return and_(here, not_(or_(false(), *(_decides(names, each, others) for each in same))))


def _decides(names: Names, state: State, others: Sequence[State]) -> ColumnElement[bool]:
    """The tickets that a reply time fits and no weightier one does."""
    weightier = [each for each in others if _weight(each) > _weight(state)]
    return and_(_fits(names, state), not_(or_(false(), *(_fits(names, each) for each in weightier))))


def _weight(state: State) -> list[bool]:
    return [bool(state[word]) for word in CONDITIONS]


def _fits(names: Names, state: State) -> ColumnElement[bool]:
    """Never unknown, so that it can be negated: a ticket may have no topic, and a topic may be yet to come."""
    asked: list[ColumnElement[bool]] = [true()]
    if state["topic"]:
        topic_id = names.id(Topic, state["topic"])
        asked.append(Ticket.topic_id.is_not_distinct_from(topic_id) if topic_id is not None else false())
    if state["channel"]:
        asked.append(Ticket.channel == ChannelKind(state["channel"]))
    if state["priority"]:
        asked.append(Ticket.priority == Priority(state["priority"]))
    return and_(*asked)


def _due_at_another_time(names: Names, differs: ColumnElement[bool]) -> list[str]:
    """A number of what the reader sees; that there may be others is always said, whether or not there are any."""
    others = _("Open tickets that you do not see may be due at another time too.")
    if names.actor is None:
        return [others]
    owed = Ticket.reply_owed_since.is_not(None) & IS_OPEN
    count = views.count(names.session, owed & differs & visible_tickets(names.actor))
    if count >= views.COUNT_LIMIT:
        return [_("More than 999 open tickets that you see are due at another time."), others]
    seen = ngettext(
        "%(num)d open ticket that you see is due at another time.",
        "%(num)d open tickets that you see are due at another time.",
        count,
    )
    return [seen, others] if count else [others]
