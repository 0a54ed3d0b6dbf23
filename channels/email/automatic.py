"""Is a mail automatic? RFC 3834 and the habits of real programs. Such mail is taken in and shown, only not answered.

`X-Auto-Response-Suppress` is no sign: Exchange sets it on mail that people write.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from channels.email.fields import Fields

_AWAY = re.compile(  # not "Frånvaro: Elias, 3B" and its like, which parents write to schools
    r"\s*(?:automatiskt (?:e-?post)?svar|autosvar|frånvaro(?:meddelande|svar|besked)(?=\s*(?::|\Z))|"
    r"automatic reply|auto-?reply|auto(?:mated|matic)? response|"
    r"out of (?:the )?office(?! hours)|vacation (?:reply|response|notice)|away from (?:my|the) (?:office|mail|desk)|"
    r"automatische antwort|abwesenheitsnotiz|automaattinen vastaus|poissaoloviesti|"
    r"automatisk svar|réponse automatique|automatyczna odpowiedź)\b(?!-\w)",
    re.IGNORECASE,
)
_FIRST_WORD = re.compile(r"[;\s(]")
_COMMENT = re.compile(r"\([^()]*+\)")
_DAEMON = re.compile(r"(?:mailer-daemon|postmaster|mail-daemon)@")
_DAEMON_ALONE = re.compile(r"\b(?:mailer-daemon|postmaster|mail-daemon)\b", re.IGNORECASE)  # without a domain


def automatic_reason(
    fields: Fields, envelope_sender: str, sender: str, subject: str, media_type: str, parts: Collection[str] = ()
) -> str | None:
    """Why the mail is believed to be automatic, None for people; `parts` are the types within it. The first that holds:

    `bounce` a delivery report (RFC 3464) or mail from a mail server · `receipt` somebody opened our mail (RFC 8098) ·
    `auto_reply` an absence notice · `auto_generated` a program · `list` a mailing list (RFC 2369) · `bulk` ·
    `null_sender` an empty return path, which nobody may answer · `away_subject` nothing but its subject says that it is
    an absence notice: a person may ask about one.
    """
    told = _COMMENT.sub(" ", fields.first("auto-submitted"))
    submitted = _FIRST_WORD.split(told.strip().lower(), maxsplit=1)[0]
    precedence = fields.first("precedence").strip().lower()
    if media_type == "multipart/report":
        return _report(fields.first("content-type").lower(), " ".join(parts))
    is_daemon = bool(_DAEMON.match(sender) if sender else _DAEMON_ALONE.search(fields.first("from")))
    reports = any("delivery-status" in part for part in parts)
    if not envelope_sender and (is_daemon or reports):
        return "bounce"
    if "x-failed-recipients" in fields.values and (not envelope_sender or is_daemon or reports):
        return "bounce"  # anybody can write that line, Exim does
    if submitted == "auto-replied" or _has_any(fields, "x-autoreply", "x-autorespond"):
        return "auto_reply"
    if _AWAY.match(subject) and (not envelope_sender or submitted not in ("", "no") or precedence):
        return "auto_reply"
    if submitted not in ("", "no"):
        return "auto_generated"
    if precedence == "auto_reply":
        return "auto_reply"
    if precedence == "list" or _has_any(fields, "list-id", "list-unsubscribe"):
        return "list"
    if precedence in ("bulk", "junk"):
        return "bulk"
    if not envelope_sender:
        return "null_sender"
    return "away_subject" if _AWAY.match(subject) else None


def _report(content_type: str, parts: str) -> str:
    """Of what kind a report is, as it says or as its parts show; others (RFC 5965, 8460) are not about one mail."""
    for told in (content_type, parts):
        if "disposition-notification" in told:
            return "receipt"
        if "delivery-status" in told:
            return "bounce"
        if "feedback-report" in told or "report-type" in told:
            return "auto_generated"
    return "bounce"


def _has_any(fields: Fields, *names: str) -> bool:
    return any(fields.first(name).strip().lower() not in ("", "no") for name in names)
