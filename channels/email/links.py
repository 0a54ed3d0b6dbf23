"""Where the links of a mail lead, beside them: what a link says and where it goes are both chosen by strangers."""

from __future__ import annotations

import re
import unicodedata
from html import escape, unescape
from urllib.parse import unquote, urlsplit

_ANCHOR = re.compile(r"<a(?=[ >])[^<>]*>|</a>")
_HREF = re.compile(r' href="([^"]*)"')
_TAG = re.compile(r"<[^<>]*>")
_FORMATTING = re.compile(r"</?(?:a|abbr|b|code|em|font|i|small|span|strong|sub|sup|u)(?=[ >])[^<>]*>")
_SCHEME = re.compile(r"^(https?:)/*", re.IGNORECASE)
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
            pieces += (html[place : found.end()], f" <small>[<bdi>{escape(host)}</bdi>]</small>")
            place = found.end()
        href = ""
    return "".join((*pieces, html[place:]))


def _href(tag: str) -> str:
    found = _HREF.search(tag)
    return unescape(found.group(1)).strip() if found else ""


def _leads_to(href: str) -> str:
    """The host of a web address, the mailbox of a mail address; empty for what leads nowhere outside."""
    address = _as_browsers_do(href)
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return _visible(address)
    if parts.scheme == "mailto":
        return _visible(unquote(parts.path) or unquote(address))
    if not host and parts.scheme in ("http", "https"):
        return _visible(address)
    try:
        return _visible(host.encode("idna").decode("ascii"))
    except UnicodeError:
        return _visible(host)


def _as_browsers_do(href: str) -> str:
    """A backslash is a slash, breaks and tabs are nothing, and any number of slashes begin a host (WHATWG URL §4.4)."""
    address = re.sub(r"[\t\r\n]", "", href)
    if not _SCHEME.match(address):
        return address
    path, mark, rest = re.match(r"([^?#]*)([?#]?)(.*)", address, re.DOTALL).groups()  # type: ignore[union-attr]
    return _SCHEME.sub(r"\1//", path.replace("\\", "/")) + mark + rest


def _visible(text: str) -> str:
    """Without signs that nobody sees or that turn the others round."""
    return "".join(sign for sign in text if unicodedata.category(sign) not in ("Cc", "Cf"))[:_MOST]


def _says(inside: str, host: str) -> bool:
    """Whether a link's text is its address: the host, perhaps with what comes before and after it in an address."""
    text = unescape(_TAG.sub(" ", _FORMATTING.sub("", inside))).strip().lower()
    text = text.removeprefix("https://").removeprefix("http://").removeprefix("mailto:")
    rest = text.removeprefix(host.lower())
    return rest != text and (not rest or (rest[0] in "/?#:" and "@" not in rest and not any(map(str.isspace, rest))))
