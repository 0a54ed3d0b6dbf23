"""What a mail says: the text and the HTML that people see, and the files beside them.

Of alternatives the plain text is the text and the HTML is the HTML; parts after one another are joined in their order,
all of them; in `multipart/related` the first part is the body and the others are its pictures. A body too long to be a
message is shown from its beginning and kept as a file whole. What winmail.dat and S/MIME in one piece hold is taken out
(`wrapped`), files written into the text too (`uuencode`). A file is inline when the HTML really shows it.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from channels.email import alternatives, charset, invitation, plain, rtf
from channels.email.attachments import read_attachment, safe_name
from channels.email.clean import MAX_CHARACTERS, CleanHtml, clean, has_pictures_left, is_bounded, lift_pictures
from channels.email.mislabelled import declared_inside
from channels.email.structure import Part, read_structure
from channels.email.uuencode import lift_files
from channels.email.wrapped import signed_content, unpack
from channels.errors import Unreadable
from channels.message import Attachment

MAX_TEXT = 400_000  # characters of a body that is shown
_PAGE = re.compile(r"\s{0,20}(?:<!doctype html|<html)\b[^<>]{0,500}>", re.IGNORECASE)  # called plain text all the same
_INDENTATION = re.compile(  # Gmail indents what people write like a quote, only without its line
    r"<blockquote\b[^<>]{0,300}\bborder:\s?none[^<>]{0,300}+>", re.IGNORECASE
)
MAX_WRAPS = 3  # of S/MIME around S/MIME
_PICTURE = re.compile(r'<img(?:\s[a-z]+="[^"]*+")*?\ssrc="cid:([^"]+)"', re.IGNORECASE)
_IMAGE = re.compile(r"<img\b", re.IGNORECASE)
_DRAWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})  # by every browser, and by our pages
MAX_LONG_BYTES = 16_000_000  # with pictures or files written into it; without them there are other bounds


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
    is_alternative: bool = False


def read_body(root: Part, is_inner: bool = False) -> Body:
    """The body of the mail whose tree is `root`. One without words of its own has those of the mail it brings."""
    reader = _Reader(is_inner=is_inner)
    pieces = reader.gather(root)
    if not any(map(_says_something, pieces)):
        pieces = reader.spare or pieces
        if not reader.spare and reader.mail:
            tree = _tree(reader.mail)
            pieces = [_Piece(text=read_body(tree, is_inner=True).text)] if tree else []
    cleaned = _clean(pieces)
    if cleaned is None:
        for piece in pieces:
            if piece.source is not None:
                reader.add_file(piece.source)
    texts = [_text(piece, cleaned) for piece in pieces]
    rich = cleaned or {}
    html = "\n".join(_html(piece, rich) for piece in pieces) if rich else ""
    return Body(
        text=charset.whole_words(_shorten("\n\n".join(text for text in texts if text.strip()))).strip("\n"),
        html=html if html.strip() else None,
        has_remote_images=any(html.has_remote_images for html in rich.values()),
        attachments=tuple(_placed(reader.files, html)),
    )


def _says_something(piece: _Piece) -> bool:
    if (piece.text or "").strip():
        return True
    html = piece.html or ""
    return bool(_IMAGE.search(html) or plain.text_of_any_html(html[:MAX_TEXT]).strip())


def _placed(files: list[Attachment], html: str) -> Iterator[Attachment]:
    """A picture that the HTML shows is inline; one that it does not show is a file like any other.

    Pages do not list what is inline, so it must be seen there: no other kind of file, whole, and of several with one
    identifier only the first, which alone keeps it. It is spelled as in the HTML, for some senders change its case.
    """
    shown = {name.lower(): name for found in _PICTURE.findall(html) if (name := unquote(entities.unescape(found)))}
    taken: set[str] = set()
    for file in files:
        name = (file.content_id or "").lower()
        if name in taken:
            yield replace(file, inline=False, content_id=None)
        elif name in shown and file.media_type in _DRAWN and not file.problem:
            taken.add(name)
            yield replace(file, inline=True, content_id=shown[name])
        else:
            yield replace(file, inline=False)


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
    if piece.html is None or (piece.text is not None and not piece.is_alternative):
        return piece.text or ""
    if cleaned is None:
        shown = plain.text_of_any_html(piece.html)
    else:
        shown = plain.text_of_clean_html(cleaned[piece.html].html)
    return shown if piece.text is None else alternatives.joined(piece.text, shown)


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
    spare: list[_Piece] = field(default_factory=list)  # shown when there is nothing else
    kept: list[Part] = field(default_factory=list)  # whole, as files
    mail: bytes | None = None  # the first that is attached
    is_inner: bool = False  # of a mail that is a file itself: its own files are in it
    first: bool = True
    wraps: int = 0

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
                self.add_file(child)
        return pieces

    def _leaf(self, part: Part) -> list[_Piece]:
        first, self.first = self.first, False
        content = None if _is_file(part, first) else part.content()
        if content is None:
            return self._file(part)
        is_page = part.media_type == "text/html"
        limit = MAX_LONG_BYTES if is_page or b"\nbegin" in content else 4 * MAX_TEXT + 4  # files may be written into it
        text = charset.decode(content[:limit], _declared(part, content)).replace("\r\n", "\n")
        if len(content) > limit:
            self.add_file(part)
        if is_page or _PAGE.match(text):
            return self._page(part, text)
        text, encoded = lift_files(text)
        for file in encoded:
            name = safe_name(file.name, "application/octet-stream", len(self.files) + 1)
            problem = "the mail ends in the middle of it" if file.is_cut else None
            self.files.append(Attachment(name, "application/octet-stream", file.content, problem=problem))
        if len(text) > 4 * MAX_TEXT:
            self.add_file(part)
        text = charset.tidy(text[: 4 * MAX_TEXT])
        if part.parameters.get("format", "").lower() == "flowed":
            text = plain.unflow(text, part.parameters.get("delsp", "").lower() == "yes")
        if len(text) > MAX_TEXT:
            self.add_file(part)
        return [_Piece(text=_shorten(text).rstrip().strip("\n"))]

    def _page(self, part: Part, text: str) -> list[_Piece]:
        html, pictures = lift_pictures(_INDENTATION.sub("<div>", text), len(self.files) + 1)
        self.files += pictures
        if has_pictures_left(html):
            self.add_file(part)
        return [_Piece(html=charset.tidy(html[: MAX_CHARACTERS + 1]), source=part)]

    def _file(self, part: Part) -> list[_Piece]:
        """A part that is a file, with what it holds; the pieces are those of a mail signed in one piece."""
        unpacked = unpack(part, len(self.files) + 1)
        if unpacked is None or unpacked.is_cut:
            self.add_file(part)
        if unpacked is not None:
            self.files += unpacked.files
            self.spare.append(_Piece(text=unpacked.text or None, html=unpacked.html or None, source=part))
        elif part.media_type == "text/calendar" and (content := part.content()):
            calendar = charset.tidy(charset.decode(content[:MAX_TEXT], part.parameters.get("charset", "")))
            self.spare.append(_Piece(text=invitation.words(calendar)))
        elif part.media_type.startswith("text/") and part.disposition != "attachment" and (content := part.content()):
            self._keep_text(part, content)
        elif part.media_type == "message/rfc822" and self.mail is None and not self.is_inner:
            self.mail = self.files[-1].content
        inner = signed_content(part) if self.wraps < MAX_WRAPS else None
        tree = _tree(inner) if inner is not None else None
        if tree is None:
            return []
        self.wraps += 1
        return self.gather(tree)

    def _keep_text(self, part: Part, content: bytes) -> None:
        if part.media_type == "text/rtf" and not self.spare:
            text, html = rtf.read_rtf(content)
            self.spare.append(_Piece(text=text or None, html=html or None, source=part))
        elif part.media_type != "text/rtf":
            text = charset.tidy(charset.decode(content[:MAX_TEXT], _declared(part, content)))
            self.spare.append(_Piece(text=text if part.media_type == "text/plain" else plain.text_of_any_html(text)))

    def add_file(self, part: Part) -> None:
        if self.is_inner or any(part is known for known in self.kept):
            return
        self.kept.append(part)
        self.files.append(read_attachment(part, len(self.files) + 1))


def _tree(content: bytes) -> Part | None:
    """The parts of what is inside another; None when it is out of bounds, which does not make the outer mail so."""
    try:
        return read_structure(content)
    except Unreadable:
        return None


def _declared(part: Part, content: bytes) -> str:
    """The character set that the part names, or its HTML when the part names none that is known."""
    named = part.parameters.get("charset", "")
    if part.media_type == "text/html" and charset.codec(named) is None:
        return declared_inside(content)
    return named


def _is_file(part: Part, first: bool) -> bool:
    """Text without a file's name is shown; some senders name the first text, which is the body all the same.

    A multipart that turned out to hold no parts is shown too.
    """
    if part.disposition == "attachment":
        return True
    if part.media_type in ("text/plain", "text/html", "text/markdown"):
        return bool(part.file_name) and not (first and not part.disposition)
    return not part.media_type.startswith("multipart/")


def _best(options: list[list[_Piece]]) -> list[_Piece]:
    """The plain text as text, and the richest form, which comes last, as HTML; of one kind, all that say their own."""
    rich = [option for option in reversed(options) if _is_rich(option)]
    plains = [_words_of(option) for option in options if not _is_rich(option)]
    plains += [piece.text for option in rich[:1] for piece in option if piece.html is not None and piece.text]
    texts = [plains[place] for place in alternatives.different(plains)]
    if not rich:
        return [_Piece(text=text) for text in texts]
    first, *others = rich
    if others:
        others = [rich[place] for place in alternatives.different([_words_of(option) for option in rich]) if place]
    forms = [piece if piece.html is not None else _Piece(html=_from_text(piece.text or "")) for piece in first]
    if texts:
        is_one = len(forms) == 1
        text = "\n\n".join(texts)
        forms = [replace(piece, text="" if place else text, is_alternative=is_one) for place, piece in enumerate(forms)]
    return forms + [piece for option in others for piece in option]


def _words_of(option: list[_Piece]) -> str:
    """What the pieces say, roughly; of HTML only to know whether it is the same."""
    texts = (plain.text_of_any_html(piece.html) if piece.html is not None else piece.text or "" for piece in option)
    return "\n\n".join(texts)


def _is_rich(pieces: list[_Piece]) -> bool:
    return any(piece.html is not None for piece in pieces)
