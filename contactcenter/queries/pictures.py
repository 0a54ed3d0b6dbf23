"""Pictures that came inside a mail (`cid:`, RFC 2392): its original draws them, as far as there is room for them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from html import unescape
from urllib.parse import unquote

from contactcenter.model import Attachment
from contactcenter.viewable import PICTURES

MOST_PICTURE_BYTES = 10_000_000
_CID = re.compile(r'(?<= src=")cid:([^"]{1,300})(?=")', re.IGNORECASE)


def draw(html: str, files: Iterable[Attachment], source: Callable[[Attachment], str]) -> str:
    """`html` with the `source` of each picture where it stands; what is no picture of the mail is left empty.

    Together they are at most `MOST_PICTURE_BYTES`, however often the mail shows them. A picture without a source takes
    no room.
    """
    known = {file.content_id: file for file in files if file.content_id and file.media_type in PICTURES}
    left = MOST_PICTURE_BYTES

    def picture(found: re.Match[str]) -> str:
        nonlocal left
        file = known.get(unquote(unescape(found.group(1))))
        if file is None or file.size > left:
            return ""
        shown = source(file)
        left -= file.size if shown else 0
        return shown

    return _CID.sub(picture, html)


def drawn(html: str | None, files: Iterable[Attachment]) -> frozenset[int]:
    """The ids of the `files` that the original draws. All others are to be listed, so that nothing is out of sight."""
    inside = [file for file in files if file.inline and file.content_id]
    seen: set[int] = set()

    def note(file: Attachment) -> str:
        seen.add(file.id)
        return "x"

    if html and inside:
        draw(html, inside, note)
    return frozenset(seen)
