"""What an invitation says when a mail is nothing but one (text/calendar, RFC 5545): its own words, and when and where.

The invitation itself stays a file of the mail; this is only so that nobody sees an empty message.
"""

from __future__ import annotations

import re

_FOLD = re.compile(r"\r?\n[ \t]")
_LINE = re.compile(
    r"^(SUMMARY|DTSTART|DTEND|LOCATION|DESCRIPTION)((?:;[^\n:\"]{0,200}|\"[^\n\"]{0,200}\")*+):([^\n]*+)$", re.M
)
_ESCAPED = re.compile(r"\\([\\;,nN])")
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")
_MOST = 100_000  # characters


def words(calendar: str) -> str:
    """Title, time, place and description of the first event, as far as they are there."""
    text = _FOLD.sub("", calendar[:_MOST].replace("\r\n", "\n"))
    start = text.find("BEGIN:VEVENT")
    end = text.find("END:VEVENT", start)
    values: dict[str, str] = {}
    for name, _, value in _LINE.findall(text[max(0, start) : end if end > 0 else len(text)]):
        values.setdefault(name, _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip())
    when = "–".join(filter(None, (_moment(values.get("DTSTART", "")), _moment(values.get("DTEND", "")))))
    head = "\n".join(filter(None, (values.get("SUMMARY"), when, values.get("LOCATION"))))
    return "\n\n".join(filter(None, (head, values.get("DESCRIPTION"))))


def _moment(value: str) -> str:
    """A date, with the time on the clock of the place; `Z` for what is said in UTC."""
    found = _MOMENT.fullmatch(value)
    if found is None:
        return ""
    year, month, day, hour, minute, zone = found.groups()
    return f"{year}-{month}-{day}" + (f" {hour}:{minute}{zone}" if hour else "")
