"""Text from HTML and from format=flowed, for reading, searching and routing."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_HIDDEN = re.compile(r"<!--|<(?:script|style|title)\b", re.IGNORECASE)
_ENDS = {
    "<!--": re.compile(r"-->"),
    "<script": re.compile(r"</script\b[^<>]*+>?", re.IGNORECASE),
    "<style": re.compile(r"</style\b[^<>]*+>?", re.IGNORECASE),
    "<title": re.compile(r"</title\b[^<>]*+>?", re.IGNORECASE),
}
_BREAK = re.compile(r"<(?:br|hr|/?(?:p|div|tr|table|ul|ol|li|h[1-6]|blockquote))\b[^<>]*+>", re.IGNORECASE)
_TAG = re.compile(r"<[!/?a-z][^<>]*+>?", re.IGNORECASE)
_LINE_END = re.compile(r"[ \t\u00a0]+$", re.MULTILINE)
_EMPTY_LINES = re.compile(r"\n{3,}")
_CLEAN_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)(?:[^\"<>]|\"[^\"]*+\")*+>")
_PARAGRAPHS = {"p", "ul", "ol", "dl", "table", "pre", "blockquote", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "figure"}
_BLOCKS = _PARAGRAPHS | {"div", "li", "dt", "dd", "tr", "center", "address", "caption", "figcaption"}
_MAX_QUOTES = 10


def text_of_clean_html(html: str) -> str:
    """Text of HTML that has been cleaned (and so has well-formed tags), in linear time.

    Paragraphs are apart by an empty line, lists have marks, cells stand beside each other, and a `blockquote` gets `>`
    like in any plain mail, so that quoting is recognised the same way in both.
    """
    page = _Page()
    position = 0
    for tag in _CLEAN_TAG.finditer(html):
        page.add_text(html[position : tag.start()])
        page.add_tag(tag[2], closing=bool(tag[1]))
        position = tag.end()
    page.add_text(html[position:])
    page.end_line()
    return "\n".join(page.lines)


@dataclass(slots=True)
class _Page:
    """The lines so far, the words of the current line, and what stands around them."""

    lines: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    lists: list[int | None] = field(default_factory=list)
    quotes: int = 0
    quoted: int = 0  # of the last line
    preformatted: int = 0
    mark: str = ""
    gap: bool = False

    def add_text(self, text: str) -> None:
        if not text:
            return
        if self.preformatted and "\n" in text:
            first, *others = text.split("\n")
            self.words.append(first)
            for line in others:
                self.end_line()
                self.words.append(line)
        else:
            self.words.append(text)

    def add_tag(self, name: str, closing: bool) -> None:
        if name == "br":
            self.gap = self.gap or not self.words
            self.end_line()
        elif name in ("td", "th"):
            if not closing and self.words:
                self.words.append("\0")
        elif name in _BLOCKS:
            self.end_line()
            self.gap = self.gap or (name in _PARAGRAPHS and not (self.lists and name in ("ul", "ol", "p")))
            self._enter(name, -1 if closing else 1)

    def _enter(self, name: str, step: int) -> None:
        if name == "blockquote":
            self.quotes = max(0, self.quotes + step)
        elif name == "pre":
            self.preformatted = max(0, self.preformatted + step)
        elif name in ("ul", "ol"):
            if step > 0:
                self.lists.append(0 if name == "ol" else None)
            elif self.lists:
                self.lists.pop()
        elif name == "li" and step > 0:
            self.mark = self._next_mark()

    def _next_mark(self) -> str:
        number = self.lists[-1] if self.lists else None
        if number is None:
            return "* "
        self.lists[-1] = number + 1
        return f"{number + 1}. "

    def end_line(self) -> None:
        text = entities.unescape("".join(self.words)).replace("\u00a0", " ")
        self.words.clear()
        if not self.preformatted:
            text = "  ".join(" ".join(cell.split()) for cell in text.split("\0")).strip()
        if text:
            quotes = min(self.quotes, _MAX_QUOTES)
            if self.gap and self.lines:
                self.lines.append(("> " * min(quotes, self.quoted)).rstrip())
            self.lines.append("> " * quotes + self.mark + text)
            self.mark, self.gap, self.quoted = "", False, quotes


def text_of_any_html(html: str) -> str:
    """Text of HTML that nobody could clean: the tags are taken out and nothing is understood, in linear time."""
    text = _TAG.sub("", _BREAK.sub("\n", "".join(_shown(html))))
    return _compact(entities.unescape(text))


def unflow(text: str, delete_space: bool) -> str:
    """Paragraphs of `format=flowed` joined again, quoting kept (RFC 3676). `delete_space` is its DelSp parameter.

    An empty line stays one: many people end their lines with a blank that means nothing.
    """
    lines: list[tuple[int, list[str]]] = []
    flowing = False
    for line in text.split("\n"):
        words = line.lstrip(">")
        depth = len(line) - len(words)
        words = words.removeprefix(" ")
        if flowing and words and words != "-- " and lines[-1][0] == depth:
            lines[-1][1].append(words)
        else:
            lines.append((depth, [words]))
        flowing = words.endswith(" ") and words != "-- "
        if flowing and delete_space:
            lines[-1][1][-1] = words[:-1]
    return "\n".join((">" * depth + " " if depth else "") + "".join(pieces) for depth, pieces in lines)


def _shown(html: str) -> Iterator[str]:
    """`html` without comments, scripts, styles and title. What is never closed hides nothing, and is sought once."""
    position = 0
    unclosed: set[str] = set()
    for opening in _HIDDEN.finditer(html):
        kind = opening[0].lower()
        if opening.start() < position or kind in unclosed:
            continue
        closing = _ENDS[kind].search(html, opening.end())
        if closing is None:
            unclosed.add(kind)
            continue
        yield html[position : opening.start()]
        position = closing.end()
    yield html[position:]


def _compact(text: str) -> str:
    text = _LINE_END.sub("", text.replace("\u00a0", " "))
    return _EMPTY_LINES.sub("\n\n", text).strip("\n")
