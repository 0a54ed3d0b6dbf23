"""Tells what happened to a ticket, one sentence for each word that an event line can hold."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from contactcenter.i18n import gettext as _
from contactcenter.queries import parked, wording


def tell(what: str, who: str, data: dict[str, Any]) -> str:
    """The sentence of an event line; `who` is empty for what happened by itself."""
    name = who or _("The system")
    match what:
        case "taken":
            return _("%(name)s took the ticket", name=name)
        case "released":
            return _("%(name)s put the ticket back in the queue", name=name)
        case "assigned":
            return _("%(name)s gave the ticket to %(to)s", name=name, to=data.get("to", ""))
        case "topic":
            return _(
                "%(name)s changed the topic to %(to)s – %(team)s",
                name=name,
                to=data.get("to", ""),
                team=data.get("team", ""),
            )
        case "parked" if data.get("until"):
            until = wording.day_and_time(datetime.fromisoformat(data["until"]))
            return _("%(name)s let the ticket rest until %(until)s", name=name, until=until)
        case "parked":
            return _("%(name)s let the ticket rest until the resident writes", name=name)
        case "woken":
            return _("The ticket has rested enough") if not who else _("%(name)s woke the ticket", name=name)
        case "closed":
            outcome = wording.outcome_label(data.get("outcome", ""))
            return _("%(name)s closed the ticket: %(outcome)s", name=name, outcome=outcome)
        case "outcome":
            outcome = wording.outcome_label(data.get("outcome", ""))
            return _("%(name)s changed the outcome to: %(outcome)s", name=name, outcome=outcome)
        case "reopened" if data.get("why") == "not_arrived":
            return _("Opened again: the answer did not arrive")
        case "reopened":
            return _("%(name)s opened the ticket again", name=name) if who else _("Opened again by a reply")
        case "continued":
            return _("Continues in %(ref)s: the time to open this one again was over", ref=data["ref"])
        case "continues":
            return _("Continues from %(ref)s: the time to open it again was over", ref=data["ref"])
        case "thanked" if data.get("closed"):
            return _("The resident said thank you. The ticket stays closed")
        case "thanked":
            return _("The resident said thank you")
        case "urgent":
            return _("The new message may be about danger: the ticket is urgent now")
        case "overdue":
            ended = wording.deadline_moment(datetime.fromisoformat(data["due"]))
            return _("The time to answer ran out %(moment)s", moment=ended)
        case "mail_parked":
            return _("%(reason)s: parked, and the ticket goes on as before", reason=parked.reason_label(data["reason"]))
        case "not_acknowledged":
            return _not_acknowledged(data.get("reason", ""))
        case "routed":
            return _("Routed to %(team)s", team=data.get("team", ""))
    return _tell_delivery(what, name, data) or what


def _tell_delivery(what: str, name: str, data: dict[str, Any]) -> str:
    reply, to = data.get("reply", ""), data.get("to", "")
    return {
        "bounced": _("The answer did not reach %(to)s", to=to) if to else _("The answer did not arrive"),
        "delayed": _("The answer is late: the other mail server keeps trying"),
        "delivery_failed": _("The answer could not be sent: %(reply)s", reply=reply),
        "delivery_uncertain": _("It is uncertain whether the answer arrived: %(reply)s", reply=reply),
        "delivery_settled": _("%(name)s says that the answer arrived", name=name),
        "delivery_refused": _("Some recipients were refused: %(reply)s", reply=reply),
    }.get(what, "")


def _not_acknowledged(reason: str) -> str:
    """Why somebody who wrote was not told at once that it has arrived."""
    known = {
        "old": _("Not acknowledged: the mail was written long before it came here"),
        "envelope": _("Not acknowledged: the mail came from another address than it says"),
        "bounced": _("Not acknowledged: mail to the address has bounced"),
        "thread": _("Not acknowledged: the conversation it belongs to has been, within a day"),
        "address": _("Not acknowledged: the address has had an acknowledgement within a day"),
    }
    return known.get(reason) or _("Not acknowledged: so many acknowledgements have left within the hour")
