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
_WITHIN = re.compile(r"^BEGIN:(?!VEVENT)[^\n]*+\n(?:(?!END:)[^\n]*+\n)*+", re.M)  # an alarm has a description too
_ZONE = re.compile(r";TZID=\"?([^;:\"\n]{1,60})", re.IGNORECASE)
_OURS = {  # the clock of here, by the names that programs have for it
    "europe/stockholm",
    "europe/berlin",
    "cet",
    "w. europe standard time",
    "romance standard time",
    "central europe standard time",
    "central european standard time",
}
_MOST = 100_000  # characters


def words(calendar: str) -> str:
    """Title, time, place and description of the first event, as far as they are there."""
    text = _FOLD.sub("", calendar[:_MOST].replace("\r\n", "\n"))
    start = text.find("BEGIN:VEVENT")
    end = text.find("END:VEVENT", start)
    event = _WITHIN.sub("", text[max(0, start) : end if end > 0 else len(text)])
    values: dict[str, str] = {}
    zone = ""
    for name, parameters, value in _LINE.findall(event):
        if name == "DTSTART" and (found := _ZONE.search(parameters)) and found[1].lower() not in _OURS:
            zone = found[1]
        values.setdefault(name, _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip())
    when = "–".join(filter(None, (_moment(values.get("DTSTART", "")), _moment(values.get("DTEND", "")))))
    when += f" ({zone})" if when and zone else ""
    head = "\n".join(filter(None, (values.get("SUMMARY"), when, values.get("LOCATION"))))
    return "\n\n".join(filter(None, (head, values.get("DESCRIPTION"))))


def _moment(value: str) -> str:
    """A date, with the time on the clock of the place, or in UTC where it is said so."""
    found = _MOMENT.fullmatch(value)
    if found is None:
        return ""
    year, month, day, hour, minute, zone = found.groups()
    return f"{year}-{month}-{day}" + (f" {hour}:{minute}{' UTC' if zone else ''}" if hour else "")
