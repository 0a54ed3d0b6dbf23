"""Who wrote a message, as far as can be told: how sure that is, and what speaks against it, in words and with signs."""

from __future__ import annotations

from contactcenter.i18n import gettext as _
from contactcenter.model import Entry, Ticket
from contactcenter.model.words import ChannelKind, Direction, Verification
from contactcenter.queries import wording
from contactcenter.queries.shapes import Sure


def sure(entry: Entry) -> Sure | None:
    """How sure we are of who wrote a mail: the sign, a few words, and what they mean."""
    if entry.direction is not Direction.IN or entry.channel is not ChannelKind.EMAIL or _is_report(entry):
        return None
    if entry.verification is Verification.AUTHENTICATED:
        return Sure(
            "shield-check",
            _("Sender confirmed"),
            _("Our mail server has confirmed that the mail comes from the domain that it says."),
        )
    if _found(entry, "found") == "fail":
        return Sure("shield-alert", _("Sender not confirmed"), _failed(), doubtful=True)
    if entry.verification is Verification.TOKEN:
        return Sure(
            "reply",
            _("Answers our letter"),
            _("Whoever wrote this has our letter. The name and address are as they gave them."),
        )
    return Sure("user", _("As stated"), _("The name and address are as the sender gave them; nobody has checked them."))


def warnings(ticket: Ticket, entry: Entry, usual: str) -> tuple[str, ...]:
    """What to mind about who wrote a message, the weightiest first. Of a protected resident no address is named.

    `usual`: whom an answer goes to by itself now, so that no line says otherwise.
    """
    if entry.direction is not Direction.IN or entry.message is None or _is_report(entry):
        return ()
    hidden = ticket.person is not None and ticket.person.protected_identity
    confirmed = entry.verification is Verification.AUTHENTICATED
    posing = _posing(entry, confirmed=confirmed)
    found = [
        posing,
        _failed() if _found(entry, "found") == "fail" and not posing else "",
        "" if hidden else _other_address(ticket, entry, usual),
        _newcomer() if hidden and entry.data.get("newcomer") else "",
        _("It is not certain who sent this: the mail contradicts itself.") if entry.message.doubt else "",
    ]
    return tuple(filter(None, found))


def _posing(entry: Entry, *, confirmed: bool) -> str:
    """A colleague's address, or one of ours, in a From line: nobody works here by mail."""
    poses_as, address = _found(entry, "poses_as"), entry.address.value if entry.address is not None else ""
    if poses_as == "colleague" and confirmed:
        return _("From %(name)s, who works here. What is written by mail is no act of a colleague.", name=_name(entry))
    if poses_as == "colleague":
        text = _("Claims to be %(name)s, who works here (%(address)s). Unverified: anybody can write such a sender.")
        return text % {"name": _name(entry), "address": address}
    if poses_as == "house" and not confirmed:
        return _("Claims to be us (%(address)s). Unverified: anybody can write such a sender.", address=address)
    return ""


def _failed() -> str:
    return _("The sender could not be confirmed: the mail does not come from the domain that it says.")


def _other_address(ticket: Ticket, entry: Entry, usual: str) -> str:
    """Where a message came from, when that is not the ticket's address: anybody can write under any name."""
    if entry.address is None or entry.address_id == ticket.address_id:
        return ""
    address = wording.address(entry.address.value)
    if not entry.data.get("newcomer"):
        return _("Written from another address: %(address)s", address=address)
    if not usual or usual == entry.address.value:
        return _("New sender in the ticket: %(address)s", address=address)
    return _(
        "New sender in the ticket: %(address)s. Answers still go to %(to)s",
        address=address,
        to=wording.address(usual),
    )


def _newcomer() -> str:
    return _("New sender in the ticket. Answers still go to the resident.")


def _found(entry: Entry, key: str) -> str:
    return str((entry.data.get("sender") or {}).get(key, ""))


def _name(entry: Entry) -> str:
    return _found(entry, "name") or entry.author_name


def _is_report(entry: Entry) -> bool:
    """That a server's report comes from a server says nothing."""
    return entry.message is not None and entry.message.automatic in ("bounce", "receipt")
