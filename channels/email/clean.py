"""A stranger's HTML to HTML that may be shown: an allow-list (nh3), bounded before it begins.

Kept: structure, tables, links, pictures. Gone: scripts, styles, forms, frames, SVG, ids and classes, and every address
that is not http, https, mailto or tel. Links open elsewhere and tell nobody where they came from. Pictures in the mail
stay `cid:`; remote ones stay too and are reported, and it is for the page to block them (Content-Security-Policy) until
a guide asks to see them. Pictures written into the HTML as `data:` become files of the mail.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass

import nh3

from channels.message import Attachment

MAX_CHARACTERS = 1_000_000
MAX_TAGS = 20_000
MAX_UNCLOSED = 3_000  # the parser is quadratic in depth
MAX_ATTRIBUTES = 400  # of one tag; the parser is quadratic here too
MAX_REPEATED = 500_000  # elements that it may make of formatting that nobody closes: every later block has it again
MAX_PICTURES = 50

_TAGS = (
    "a abbr address b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em "
    "figcaption figure font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strike strong sub "
    "sup table tbody td tfoot th thead time tr tt u ul var wbr"
)
_WITH_CONTENT = "script style title template iframe object embed svg math"
_CELL = {"align", "valign", "colspan", "rowspan", "width", "height"}
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"dir", "lang"},
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "table": {"align", "border", "cellpadding", "cellspacing", "width"},
    "td": _CELL,
    "th": _CELL,
    "tr": {"align", "valign"},
    "ol": {"start", "type"},
    "li": {"value"},
    "p": {"align"},
    "div": {"align"},
}
_LINK = re.compile(r"(?:https?://|mailto:|tel:)[^\s\x00-\x20]", re.IGNORECASE)
_REMOTE = re.compile(r"https?://", re.IGNORECASE)
_FORMATTING = re.compile(
    r"<(/?)(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/>])([^>]*+)", re.IGNORECASE
)
_UNCLOSED = re.compile(r"<(?!br|hr|img|p\b|li|t[dr]|th|meta|link|col|input)[a-z]", re.IGNORECASE)
_LONG_TAG = re.compile(  # as parsers see it: a quote that nothing ends, and a `<`, are parts of names
    r"</?[a-z](?:[^>\"']|\"[^\"]*+\"|'[^']*+'|[\"'])*+", re.IGNORECASE
)
_ATTRIBUTE = re.compile(r"[\s/\"'][^\s/>=\"']+")
_DATA_PICTURE = re.compile(
    r"\bsrc\s{0,3}=\s{0,3}([\"'])?data:(image/[a-z0-9.+-]{1,40})(?:;[a-z]{1,20}=[^;,\"'\s>]{0,100}){0,5};base64,"
    r"((?(1)[a-z0-9+/=\s]*+|[a-z0-9+/=]*+))(?(1)\1)",
    re.IGNORECASE | re.ASCII,
)
_LEFT = re.compile(r"<img\b[^<>]{0,300}?\bsrc\s{0,3}=\s{0,3}[\"']?data:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CleanHtml:
    """HTML that may be shown, and whether it wants pictures from elsewhere."""

    html: str
    has_remote_images: bool


def clean(html: str) -> CleanHtml | None:
    """`html` cleaned; None when it is too large or too tangled to be cleaned in bounded time."""
    if not is_bounded(html):
        return None
    if _repeated(html) > MAX_REPEATED:
        html = _FORMATTING.sub(r"<\1span\2", html)
    remote: list[str] = []

    def keep(tag: str, name: str, value: str) -> str | None:
        if tag == "img" and name == "src":
            if _REMOTE.match(value):
                remote.append(tag)
                return value
            return value if value[:4].lower() == "cid:" else None
        if name == "href":
            return value if _LINK.match(value) else None
        return value

    cleaned = nh3.clean(
        html,
        tags=set(_TAGS.split()),
        clean_content_tags=set(_WITH_CONTENT.split()),
        attributes=_ATTRIBUTES,
        attribute_filter=keep,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        url_relative="deny",
        link_rel="noopener noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    return CleanHtml(cleaned.strip(), bool(remote)) if len(cleaned) <= 2 * MAX_CHARACTERS else None


def is_bounded(html: str) -> bool:
    """Whether parsing `html` takes no more than a second, whoever wrote it."""
    tags = html.count("<")
    if len(html) > MAX_CHARACTERS or tags > MAX_TAGS:
        return False
    if tags > MAX_UNCLOSED and len(_UNCLOSED.findall(html)) - html.count("</") > MAX_UNCLOSED:
        return False
    return all(
        len(_ATTRIBUTE.findall(found[0])) <= MAX_ATTRIBUTES
        for found in _LONG_TAG.finditer(html)
        if found.end() - found.start() > 2 * MAX_ATTRIBUTES
    )


def _repeated(html: str) -> int:
    """The most elements that parsing makes of bold, fonts and their like (HTML §13.2.4.3).

    Of equal ones it carries three on. One whose quotes are odd goes on behind its `>`: nothing is equal to it.
    """
    found = [tag[0] for tag in _FORMATTING.finditer(html) if not tag[1]]
    odd = sum(attributes.count('"') % 2 or attributes.count("'") % 2 for attributes in found)
    return min(len(found), 3 * len(set(found)) + odd) * html.count("<")


def lift_pictures(html: str, first: int = 1) -> tuple[str, list[Attachment]]:
    """`html` with its `data:` pictures replaced by `cid:` ones, and those pictures as inline files.

    They are counted from `first`, since a mail may have several such texts.
    """
    if "data:" not in html:
        return html, []
    pictures: list[Attachment] = []

    def lift(found: re.Match[str]) -> str:
        try:
            content = binascii.a2b_base64(found[3])
        except binascii.Error:
            content = b""
        if not content or len(pictures) == MAX_PICTURES:
            return 'src="data:,"'
        media_type = found[2].lower().replace("image/jpg", "image/jpeg")
        number = first + len(pictures)
        content_id = f"picture-{number}@inline"
        name = f"picture-{number}.{media_type[6:].replace('jpeg', 'jpg').partition('+')[0]}"
        pictures.append(Attachment(name, media_type, content, content_id, inline=True))
        return f'src="cid:{content_id}"'

    return _DATA_PICTURE.sub(lift, html), pictures


def has_pictures_left(html: str) -> bool:
    """Whether there are `data:` pictures that could not be lifted out, and that cleaning takes away."""
    return "data:" in html and bool(_LEFT.search(html))
