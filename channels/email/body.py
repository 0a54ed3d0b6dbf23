"""What a mail says: the text and the HTML that people see, and the files beside them.

Of alternatives the plain text is the text and the HTML is the HTML; parts after one another are joined in their order,
all of them; in `multipart/related` the first part is the body and the others are its pictures. A body too long to be a
message is shown from its beginning and kept as a file whole.
"""

from __future__ import annotations

import html as entities
from dataclasses import dataclass, field, replace

from channels.email import charset, plain
from channels.email.attachments import read_attachment
from channels.email.clean import MAX_CHARACTERS, CleanHtml, clean, is_bounded, lift_pictures
from channels.email.structure import Part
from channels.message import Attachment

MAX_TEXT = 400_000  # characters of a body that is shown
MAX_HTML_BYTES = 16_000_000  # with pictures written into it; without them `clean` has its own bounds


@dataclass(frozen=True, slots=True)
class Body:
    """The readable whole of a mail. `html` is None when the mail has none or it cannot be cleaned."""

    text: str
    html: str | None
    has_remote_images: bool
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """One stretch of the body: plain text, or HTML from `source` with the text that was sent beside it, if any."""

    text: str | None = None
    html: str | None = None
    source: Part | None = None


def read_body(root: Part) -> Body:
    """The body of the mail whose tree is `root`."""
    reader = _Reader()
    pieces = reader.gather(root)
    cleaned = _clean(pieces)
    if cleaned is None:
        for piece in pieces:
            if piece.source is not None:
                reader.add_file(piece.source, inline=False)
    texts = [_text(piece, cleaned) for piece in pieces]
    rich = cleaned or {}
    html = "\n".join(_html(piece, rich) for piece in pieces) if rich else ""
    return Body(
        text=_shorten("\n\n".join(text for text in texts if text.strip())).strip("\n"),
        html=html if html.strip() else None,
        has_remote_images=any(html.has_remote_images for html in rich.values()),
        attachments=tuple(reader.files),
    )


def _clean(pieces: list[_Piece]) -> dict[str, CleanHtml] | None:
    """Each HTML by its source, cleaned; None when one of them, or all together, is more than can be cleaned in time."""
    sources = {piece.html for piece in pieces if piece.html is not None}
    cleaned: dict[str, CleanHtml] = {}
    for html in sources if is_bounded("".join(sources)) else ():
        result = clean(html)
        if result is not None:
            cleaned[html] = result
    return cleaned if len(cleaned) == len(sources) else None


def _text(piece: _Piece, cleaned: dict[str, CleanHtml] | None) -> str:
    if piece.text is not None or piece.html is None:
        return piece.text or ""
    if cleaned is None:
        return plain.text_of_any_html(piece.html)
    return plain.text_of_clean_html(cleaned[piece.html].html)


def _html(piece: _Piece, cleaned: dict[str, CleanHtml]) -> str:
    return _from_text(piece.text or "") if piece.html is None else cleaned[piece.html].html


def _from_text(text: str) -> str:
    return "<p>" + entities.escape(text).replace("\n", "<br>") + "</p>"


def _shorten(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + " …"


@dataclass(slots=True)
class _Reader:
    """Files found on the way, in the order of the mail."""

    files: list[Attachment] = field(default_factory=list)
    first: bool = True

    def gather(self, part: Part) -> list[_Piece]:
        if not part.is_multipart:
            return self._leaf(part)
        if part.media_type == "multipart/alternative":
            return _best([self.gather(child) for child in part.children])
        if part.media_type == "multipart/related":
            return self._related(part)
        return [piece for child in part.children for piece in self.gather(child)]

    def _related(self, part: Part) -> list[_Piece]:
        root = next((c for c in part.children if c.is_multipart or c.media_type.startswith("text/")), part.children[0])
        pieces = self.gather(root)
        for child in part.children:
            if child is not root and child.is_multipart:
                pieces += self.gather(child)
            elif child is not root:
                self.add_file(child, inline=child.disposition != "attachment")
        return pieces

    def _leaf(self, part: Part) -> list[_Piece]:
        first, self.first = self.first, False
        content = None if _is_file(part, first) else part.content()
        if content is None:
            self.add_file(part, inline=part.disposition == "inline" or "content-id" in part.fields.values)
            return []
        limit = MAX_HTML_BYTES if part.media_type == "text/html" else 4 * MAX_TEXT + 4
        text = charset.tidy(charset.decode(content[:limit], part.parameters.get("charset", "")))
        if part.media_type == "text/html":
            html, pictures = lift_pictures(text)
            self.files += pictures
            return [_Piece(html=html[: MAX_CHARACTERS + 1], source=part)]
        if part.parameters.get("format", "").lower() == "flowed":
            text = plain.unflow(text, part.parameters.get("delsp", "").lower() == "yes")
        if len(text) > MAX_TEXT:
            self.add_file(part, inline=False)
        return [_Piece(text=_shorten(text).rstrip().strip("\n"))]

    def add_file(self, part: Part, inline: bool) -> None:
        self.files.append(read_attachment(part, inline, len(self.files) + 1))


def _is_file(part: Part, first: bool) -> bool:
    """Text without a file's name is shown; some senders name the first text, which is the body all the same.

    A multipart that turned out to hold no parts is shown too.
    """
    if part.disposition == "attachment":
        return True
    if part.media_type in ("text/plain", "text/html", "text/markdown"):
        return bool(part.file_name) and not (first and not part.disposition)
    return not part.media_type.startswith("multipart/")


def _best(alternatives: list[list[_Piece]]) -> list[_Piece]:
    """The plain text (the first that says something) as text, and the richest form, which comes last, as HTML."""
    texts = next((p for p in alternatives if any((x.text or "").strip() for x in p) and not _is_rich(p)), None)
    rich = next((p for p in reversed(alternatives) if _is_rich(p)), None)
    if texts is None or rich is None:
        return texts or rich or []
    text = "\n\n".join(piece.text or "" for piece in texts)
    forms = [piece if piece.html is not None else _Piece(html=_from_text(piece.text or "")) for piece in rich]
    return [replace(piece, text="" if place else text) for place, piece in enumerate(forms)]


def _is_rich(pieces: list[_Piece]) -> bool:
    return any(piece.html is not None for piece in pieces)
