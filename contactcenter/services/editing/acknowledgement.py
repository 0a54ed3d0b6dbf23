"""Acknowledgements: what residents are told at once when they have written by e-mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import Select, select

from contactcenter import runtime
from contactcenter.access import COMMON_DOMAIN
from contactcenter.i18n import gettext as _
from contactcenter.i18n import language
from contactcenter.model import Acknowledgement, Domain, Office, Topic
from contactcenter.queries import ack_texts, letters, signatures, wording
from contactcenter.services.editing import choices, placeholders
from contactcenter.services.editing.field import Area, Field, Flag, OneOf
from contactcenter.services.editing.kind import Kind, Names, State

WHERE = ("topic", "office", "language")
EVERY = "*"


class Acknowledgements(Kind):
    """What is said without anybody saying it. One is known by what it holds for."""

    slug = "bekraftelser"
    icon = "mail-check"
    table = Acknowledgement
    key = ""
    removable = True
    references: ClassVar[Mapping[str, type[Any]]] = {"topic": Topic, "office": Office}

    def title(self) -> str:
        """Its heading."""
        return _("Acknowledgements")

    def lead(self) -> str:
        """What they are, and who gets which."""
        return _(
            "What is sent at once, by itself, to somebody who has written a new e-mail: that it has arrived, and when "
            "there is an answer. The text in the writer’s language comes first, then the one of the topic, then the "
            "office’s. Programs, lists and addresses that nobody reads are never told."
        )

    def add_label(self) -> str:
        """The button."""
        return _("New acknowledgement")

    def fields(self, names: Names) -> tuple[Field, ...]:
        """What it holds for, and what it says."""
        left_out = _("A line in which nothing can be filled in is left out.")
        return (
            OneOf(
                name="topic",
                label=_("Topic"),
                nothing=_("All topics"),
                options=choices.of_table(names, Topic),
                fixed=True,
            ),
            OneOf(
                name="office",
                label=_("Office"),
                nothing=_("All offices"),
                options=choices.of_table(names, Office),
                fixed=True,
            ),
            OneOf(
                name="language",
                label=_("Language"),
                nothing=_("All languages"),
                options=choices.languages(),
                fixed=True,
            ),
            Field(name="subject", label=_("Subject"), required=True),
            Area(
                name="text",
                label=_("Text"),
                required=True,
                longest=ack_texts.LONGEST,
                hint=f"{placeholders.fillable(ack_texts.spelled())}. {left_out}",
            ),
            Flag(name="active", label=_("Is sent")),
        )

    def initial(self, names: Names) -> State:
        """A text to begin with, not sent before somebody says so."""
        spoken = language() if language() in ack_texts.TEXT else "sv"
        return {"language": spoken, "subject": ack_texts.SUBJECT[spoken], "text": ack_texts.TEXT[spoken]}

    def rows(self) -> Select[Any]:
        """What holds for everything first, then topic by topic."""
        query = select(Acknowledgement).outerjoin(Topic, Topic.id == Acknowledgement.topic_id)
        query = query.outerjoin(Office, Office.id == Acknowledgement.office_id)
        return query.order_by(
            Acknowledgement.topic_id.is_not(None),
            Topic.name,
            Acknowledgement.office_id.is_not(None),
            Office.name,
            Acknowledgement.language,
            Acknowledgement.id,
        )

    def key_of(self, names: Names, row: Any) -> str:
        """`parking.*.sv`: topic, office and language, as a settings file names it too."""
        return _key(self.state(names, row))

    def find(self, names: Names, key: str) -> Any:
        """The row of a key; there are dozens at most."""
        return next((row for row in names.session.scalars(self.rows()) if self.key_of(names, row) == key), None)

    def title_of(self, names: Names, state: State) -> str:
        """`Parkering, Norra kontoret, svenska`."""
        topic, office, spoken = (str(state.get(word) or "") for word in WHERE)
        where = [names.name(Topic, topic) if topic else _("All topics")]
        where += [names.name(Office, office)] if office else []
        where.append(wording.language_labels().get(spoken, spoken) if spoken else _("All languages"))
        return ", ".join(where)

    def summary(self, names: Names, state: State) -> Sequence[str]:
        """Whether it is sent, and how it begins."""
        begins = " ".join(state["text"].split())
        short = begins if len(begins) <= 110 else begins[:110].rsplit(" ", 1)[0] + " …"
        return (_("is sent") if state["active"] else _("is not sent"), short)

    def check(self, names: Names, row: Any, state: State) -> Mapping[str, str]:
        """One for each place, and only what can be filled in."""
        if row is None and self.find(names, _key(state)) is not None:
            return {"topic": _("There is one for this topic, office and language already. Change that one.")}
        return {
            name: wrong for name in ("subject", "text") if (wrong := placeholders.wrong(state[name], ack_texts.WORDS))
        }

    def effects(self, names: Names, row: Any, before: State, after: State) -> Sequence[str]:
        """Whether anything is sent from now on, what it gives away, and how it looks."""
        if not after or not after["active"]:
            was_sent = bool(before) and before["active"]
            return [_("It is not sent any more.")] if was_sent else [_("It is kept, and not sent.")]
        found = [_("It is sent from now on to everybody it fits, without anybody seeing it first.")]
        topic = names.session.scalar(select(Topic).where(Topic.slug == after["topic"])) if after["topic"] else None
        if topic is not None and names.slug(Domain, topic.domain_id) != COMMON_DOMAIN:
            found.append(
                _("The topic is confidential: whoever reads the mail should not see from it what it is about.")
            )
        return [*found, _("For example: %(text)s", text="\n" + self._example(names, after))]

    def _example(self, names: Names, state: State) -> str:
        """How it would be filled in."""
        office = names.session.scalar(select(Office).where(Office.slug == state["office"])) if state["office"] else None
        prefix = runtime.current().settings.instance.ticket_prefix
        known = letters.signature_values(None, None, office, f"{prefix}-1234")
        spoken = state["language"] or runtime.current().settings.instance.locale
        return signatures.fill(state["text"], {**known, "due": ack_texts.example_day(spoken)}, ack_texts.SWEDISH)


def _key(state: State) -> str:
    return ".".join(state[word] or EVERY for word in WHERE)
