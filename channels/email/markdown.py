"""The few marks of an answer (paragraphs, **bold**, lists, links) as HTML. Everything else is text and is escaped.

The text that is sent beside the HTML is what was written, unchanged. One pass over the lines and one over each line.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

_INLINE = re.compile(
    r"\*\*(?P<bold>[^*\n]{1,1000}+)\*\*"
    r"|\[(?P<label>[^\[\]\n]{1,300}+)\]\((?P<target>(?:https?://|mailto:|tel:)[^\s()<>\"]{1,2000}+)\)"
    r"|(?P<bare>\bhttps?://[^\s<>\"]{1,2000}+)",
    re.IGNORECASE,
)
_BULLET = re.compile(r"\s{0,8}[-*•]\s+(?=\S)")
_NUMBER = re.compile(r"\s{0,8}(\d{1,2})[.)]\s+(?=\S)")
_AFTER_LINK = ".,;:!?)]}'*_"


def render(text: str) -> str:
    """HTML for `text`. A line break stays a line break, an empty line begins a paragraph."""
    page = _Page()
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        page.add(line)
    page.close()
    return "\n".join(page.blocks)


@dataclass(slots=True)
class _Page:
    """Finished blocks, and the lines of the block being read: `kind` is p, ul or ol."""

    blocks: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    kind: str = "p"
    start: int = 1

    def add(self, line: str) -> None:
        if not line.strip():
            self.close()
        elif found := _BULLET.match(line):
            self._item("ul", line[found.end() :])
        elif found := _NUMBER.match(line):
            self._item("ol", line[found.end() :], int(found[1]))
        elif self.kind != "p" and line[0] in " \t":
            self.lines[-1] += "<br>" + _inline(line.strip())
        else:
            self._open("p")
            self.lines.append(_inline(line.strip()))

    def _item(self, kind: str, text: str, number: int = 1) -> None:
        self._open(kind, number)
        self.lines.append(_inline(text.strip()))

    def _open(self, kind: str, number: int = 1) -> None:
        if self.lines and kind != self.kind:
            self.close()
        if not self.lines:
            self.kind, self.start = kind, number

    def close(self) -> None:
        if self.lines and self.kind == "p":
            self.blocks.append("<p>" + "<br>\n".join(self.lines) + "</p>")
        elif self.lines:
            start = f' start="{self.start}"' if self.kind == "ol" and self.start != 1 else ""
            items = "\n".join(f"<li>{line}</li>" for line in self.lines)
            self.blocks.append(f"<{self.kind}{start}>\n{items}\n</{self.kind}>")
        self.lines, self.kind = [], "p"


def _inline(line: str) -> str:
    out: list[str] = []
    position = 0
    for found in _INLINE.finditer(line):
        out.append(html.escape(line[position : found.start()]))
        out.append(_mark(found))
        position = found.end()
    out.append(html.escape(line[position:]))
    return "".join(out)


def _mark(found: re.Match[str]) -> str:
    if found["bold"] is not None:
        return f"<strong>{html.escape(found['bold'])}</strong>"
    if found["label"] is not None:
        return _link(found["target"], found["label"])
    target = found["bare"].rstrip(_AFTER_LINK)
    return _link(target, target) + html.escape(found["bare"][len(target) :])


def _link(target: str, label: str) -> str:
    return f'<a href="{html.escape(target)}">{html.escape(label)}</a>'
