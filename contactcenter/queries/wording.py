"""The words of the tables in the reader's language, and moments in local time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date as date_type
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date

from contactcenter import clock, runtime
from contactcenter.i18n import gettext as _
from contactcenter.i18n import language, ngettext, once_a_language
from contactcenter.model.words import ChannelKind, EntryState, Role, Status
from contactcenter.queries.shapes import Deadline, Face

LANGUAGES = ("sv", "en", "fi", "ar", "so", "fa", "ti", "uk", "pl", "de", "da", "no", "es", "ru", "tr", "bs", "ku")


def zone() -> ZoneInfo:
    """The municipality's time zone."""
    return ZoneInfo(runtime.current().settings.instance.timezone)


@dataclass(frozen=True, slots=True)
class Now:
    """The present moment and the municipality's zone. A page asks once and tells all its rows of the same moment."""

    at: datetime
    zone: ZoneInfo
    today: datetime
    locale: str


def now() -> Now:
    """The present moment, with the beginning of its local day."""
    at, here = clock.now(), zone()
    return Now(at, here, at.astimezone(here).replace(hour=0, minute=0, second=0, microsecond=0), language())


def local(moment: datetime) -> datetime:
    """`moment` on the municipality's clocks."""
    return moment.astimezone(zone())


def clock_time(moment: datetime) -> str:
    """`10:42`."""
    return local(moment).strftime("%H:%M")


def day(moment: datetime) -> str:
    """`Idag`, `Igår`, or `onsdag 18 november` (with the year when it is another)."""
    date = local(moment).date()
    today = local(clock.now()).date()
    if date == today:
        return _("Today")
    if date == today - timedelta(days=1):
        return _("Yesterday")
    text = _written(date, "EEEE d MMMM" if date.year == today.year else "d MMMM y", _locale())
    return text[:1].upper() + text[1:]


def short_day(moment: datetime) -> str:
    """`18 nov`, with the year when it is another."""
    date = local(moment).date()
    same_year = date.year == local(clock.now()).year
    return _written(date, "d MMM" if same_year else "d MMM y", _locale()).replace(".", "")


def day_and_time(moment: datetime) -> str:
    """`18 november 10:42`."""
    date = local(moment)
    return f"{_written(date.date(), 'd MMMM', _locale())} {date:%H:%M}"


@lru_cache(maxsize=4096)
def _written(date: date_type, pattern: str, locale: str) -> str:
    """Babel needs longer for one date than the database for its row."""
    return format_date(date, pattern, locale=locale)


def wait(moment: datetime, present: Now | None = None) -> str:
    """How long before `present` (now), as people say it: `1 min`, `2 tim`, `igår`, `18 nov`."""
    present = present or now()
    passed = present.at - moment
    if passed < timedelta(minutes=1):
        return _("now")
    if passed < timedelta(hours=1):
        return _("%(n)s min", n=int(passed.total_seconds() // 60))
    if moment >= present.today or passed < timedelta(hours=6):
        return _("%(n)s h", n=int(passed.total_seconds() // 3600))
    if moment >= present.today - timedelta(days=1):
        return _("yesterday")
    return short_day(moment)


def deadline(due: datetime | None, present: Now | None = None, *, urgent: bool = False) -> Deadline | None:
    """What is left at `present` (now) until an answer is due, as people say it: `Svara inom 25 min`, `Försenat 2 tim`.

    Of what is urgent nobody is told that it has time until Monday, when the office opens: only the wait is shown.
    """
    if due is None:
        return None
    present = present or now()
    left = due - present.at
    if urgent and left >= timedelta(hours=1):
        return None
    title, moment = _due_words(due, present.today, present.zone, present.locale)
    if left < timedelta():
        return Deadline(_("%(time)s late", time=_span(-left)), title, due, late=True)
    if left < timedelta(hours=1):
        return Deadline(_("Answer within %(time)s", time=_span(left + timedelta(seconds=59))), title, due)
    return Deadline(moment, title, due)


@lru_cache(maxsize=4096)
def _due_words(due: datetime, today: datetime, zone: ZoneInfo, locale: str) -> tuple[str, str]:
    """What a deadline is called at length and for short. Fifty rows have few different ones, all day long."""
    title = _("The answer is due %(moment)s", moment=f"{day(due)} {_deadline_time(due)}")
    return title, _("Answer before %(moment)s", moment=deadline_moment(due))


def deadline_moment(due: datetime) -> str:
    """`10.00` today, `tis 10.00` within a week, else `24 nov 10.00`; in English `10:00`."""
    days = abs((local(due).date() - local(clock.now()).date()).days)
    if days == 0:
        return _deadline_time(due)
    date = _written(local(due).date(), "EEE", _locale()).replace(".", "") if days < 7 else short_day(due)
    return f"{date} {_deadline_time(due)}"


def _deadline_time(due: datetime) -> str:
    return clock_time(due).replace(":", "." if _locale() == "sv" else ":")


def _span(time: timedelta) -> str:
    """A length of time in its largest unit: `5 min`, `2 tim`, `3 dagar`."""
    minutes = max(1, int(time.total_seconds() // 60))
    if minutes < 60:
        return _("%(n)s min", n=minutes)
    if minutes < 48 * 60:
        return _("%(n)s h", n=minutes // 60)
    return ngettext("%(num)s day", "%(num)s days", minutes // (24 * 60))


def size(count: int) -> str:
    """`212 kB`, `1,4 MB`."""
    if count < 1000:
        return f"{count} B"
    if count < 1_000_000:
        return f"{round(count / 1000)} kB"
    text = f"{count / 1_000_000:.1f} MB"
    return text.replace(".", ",") if _locale() == "sv" else text


def _locale() -> str:
    return language()


def status_label(status: Status) -> str:
    """The word of a status."""
    return _status_labels()[status]


@once_a_language
def _status_labels() -> dict[Status, str]:
    return {
        Status.NEW: _("Received"),
        Status.OPEN: _("In progress"),
        Status.WAITING_RESIDENT: _("Waiting for the resident"),
        Status.WAITING_INTERNAL: _("Waiting internally"),
        Status.PARKED: _("Resting"),
        Status.CLOSED: _("Closed"),
    }


STATUS_TONES = {
    Status.NEW: "brand",
    Status.OPEN: "brand",
    Status.WAITING_RESIDENT: "info",
    Status.WAITING_INTERNAL: "info",
    Status.PARKED: "",
    Status.CLOSED: "ok",
}


def channel_label(channel: ChannelKind | None) -> str:
    """The word of a kind of channel."""
    if channel is None:
        return ""
    return _channel_labels()[channel]


@once_a_language
def _channel_labels() -> dict[ChannelKind, str]:
    return {
        ChannelKind.EMAIL: _("E-mail"),
        ChannelKind.CHAT: _("Chat"),
        ChannelKind.SMS: _("SMS"),
        ChannelKind.PHONE: _("Phone"),
        ChannelKind.VISIT: _("Visit"),
        ChannelKind.FORM: _("Form"),
        ChannelKind.LETTER: _("Letter"),
    }


def state_label(state: EntryState) -> str:
    """How far an answer has come, in words."""
    return _state_labels()[state]


@once_a_language
def _state_labels() -> dict[EntryState, str]:
    return {
        EntryState.RECEIVED: "",
        EntryState.QUEUED: _("Will be sent"),
        EntryState.SENDING: _("Is being sent"),
        EntryState.SENT: _("Sent"),
        EntryState.UNCERTAIN: _("Uncertain whether it arrived"),
        EntryState.FAILED: _("Could not be sent"),
        EntryState.DELIVERED: _("Delivered"),
        EntryState.READ: _("Read"),
    }


def role_label(role: Role) -> str:
    """The word of a role."""
    return {
        Role.GUIDE: _("Community guide"),
        Role.SPECIALIST: _("Specialist"),
        Role.SUPERVISOR: _("Supervisor"),
        Role.IT_HOST: _("IT host"),
        Role.ADMIN: _("Administrator"),
        Role.PARTNER: _("Partner"),
    }[role]


def priority_label(level: str) -> str:
    """A level of priority within a sentence."""
    return {"urgent": _("urgent"), "high": _("high"), "normal": _("normal"), "low": _("low")}.get(level, level)


def language_label(code: str) -> str:
    """The name of a language, empty for an unknown one."""
    return language_labels().get(code, "")


@once_a_language
def language_labels() -> dict[str, str]:
    """The names of all languages by code; ask once for a list of them."""
    return {
        "sv": _("Swedish"),
        "en": _("English"),
        "fi": _("Finnish"),
        "ar": _("Arabic"),
        "so": _("Somali"),
        "fa": _("Persian"),
        "ti": _("Tigrinya"),
        "uk": _("Ukrainian"),
        "pl": _("Polish"),
        "de": _("German"),
        "da": _("Danish"),
        "no": _("Norwegian"),
        "es": _("Spanish"),
        "ru": _("Russian"),
        "tr": _("Turkish"),
        "bs": _("Bosnian"),
        "ku": _("Kurdish"),
    }


def outcome_label(outcome: str) -> str:
    """How a ticket ended, in words."""
    return _outcome_labels().get(outcome, "")


@once_a_language
def _outcome_labels() -> dict[str, str]:
    return {
        "solved": _("Solved"),
        "transferred": _("Call transferred"),
        "message_taken": _("Message taken"),
        "other_system": _("Registered in another system"),
        "self_service": _("Shown to self-service"),
        "asked_return": _("Asked to come back"),
        "answer_group": _("Answered by the answer group"),
        "handed_over": _("Handed over to a case officer"),
        "referred": _("Shown on to another authority"),
        "secure": _("Sent by a secure way"),
        "no_help": _("Could not help"),
        "misc": _("Other or junk"),
    }


def contacts_label(count: int, most: int) -> str:
    """How many tickets of this resident there are besides this one; counting stops at `most`."""
    if count >= most:
        return _("%(num)s earlier contacts or more", num=most)
    return ngettext("%(num)s earlier contact", "%(num)s earlier contacts", count) if count else _("First contact")


def automatic_label(kind: str) -> str:
    """What wrote an automatic mail; empty for people."""
    return {
        "": "",
        "auto_reply": _("Automatic reply"),
        "away_subject": _("Automatic reply?"),
        "bounce": _("Delivery report"),
        "receipt": _("Read receipt"),
        "list": _("Mailing list"),
        "bulk": _("Mass mailing"),
        "acknowledgement": _("Automatic acknowledgement"),
    }.get(kind, _("Automatic mail"))


def protection_label(claim: str) -> str:
    """What a mail says of its own protection; empty where it says nothing. Nothing of it has been verified."""
    return {
        "": "",
        "signed": _("Signed according to the mail itself; the signature has not been verified"),
        "encrypted": _("Encrypted: it cannot be read here, download it"),
    }.get(claim, "")


def file_problem(why: str) -> str:
    """Why a file of a mail could not be read, or not wholly; empty when it could. The mail itself has it all."""
    known = {
        "": "",
        "the mail ends in the middle of it": _("The mail ends in the middle of it."),
        "the content is damaged": _("It arrived damaged."),
        "the transfer encoding is unknown": _("It is packed in an unknown way."),
    }
    return known[why] if why in known else _("It could not be read.")


def address(value: str) -> str:
    """An address as people write it: a Swedish number with its area code apart (`070-174 06 05`)."""
    mobile = re.fullmatch(r"\+46(7\d)(\d{3})(\d{2})(\d{2})", value)
    return "0{}-{} {} {}".format(*mobile.groups()) if mobile else value


def face(name: str) -> Face:
    """Initials and a colour that stay the same for a name."""
    words = [word for word in name.replace("@", " ").replace(".", " ").split() if word[:1].isalpha()]
    initials = "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper() or "?"
    return Face(name=name, initials=initials[:2], colour=sum(map(ord, name)) % 5 + 1)
