"""Where the links of a mail lead, beside them: what a link says and where it goes are both chosen by strangers."""

from __future__ import annotations

import re
from html import escape, unescape
from urllib.parse import unquote, urlsplit

_ANCHOR = re.compile(r"<a(?=[ >])[^<>]*>|</a>")
_HREF = re.compile(r' href="([^"]*)"')
_TAG = re.compile(r"<[^<>]*>")
_MOST = 200  # characters of an address


def name_hosts(html: str) -> str:
    """`html`, cleaned, with the host (or mail address) behind each link that does not say itself where it leads.

    What stands before an `@` in an address is no host (RFC 3986 §3.2.1), and letters beyond ASCII are told as the DNS
    knows them (`xn--`), since some look like others.
    """
    pieces: list[str] = []
    place, opened, href = 0, 0, ""
    for found in _ANCHOR.finditer(html):
        if not found.group().startswith("</"):
            opened, href = found.end(), _href(found.group())
            continue
        host = _leads_to(href)
        if host and not _says(html[opened : found.start()], host):
            pieces += (html[place : found.end()], f" <small>[{escape(host)}]</small>")
            place = found.end()
        href = ""
    return "".join((*pieces, html[place:]))


def _href(tag: str) -> str:
    found = _HREF.search(tag)
    return unescape(found.group(1)).strip() if found else ""


def _leads_to(href: str) -> str:
    """The host of a web address, the mailbox of a mail address; empty for what leads nowhere outside."""
    try:
        parts = urlsplit(href)
        host = parts.hostname or ""
    except ValueError:
        return href[:_MOST]
    if parts.scheme == "mailto":
        return unquote(parts.path)[:_MOST]
    try:
        return host.encode("idna").decode("ascii")[:_MOST]
    except UnicodeError:
        return host[:_MOST]


def _says(inside: str, host: str) -> bool:
    """Whether a link's text is its address: the host, perhaps with what comes before and after it in an address."""
    text = unescape(_TAG.sub("", inside)).strip().lower()
    text = text.removeprefix("https://").removeprefix("http://").removeprefix("mailto:")
    rest = text.removeprefix(host.lower())
    return rest != text and (not rest or (rest[0] in "/?#:" and "@" not in rest and not any(map(str.isspace, rest))))
