"""The tree of a mail's parts, found in the raw bytes in linear time and within fixed bounds.

The parsers of the standard library are not used on strangers' bytes: `email.policy.default` takes minutes on a header
of quotes or semicolons, and the older one still needs seconds and many times the mail's size in memory for an endless
multipart. Here nothing is copied: a part is two offsets until somebody asks for its content.

A part that claims to be a multipart but holds no boundary line is read as text, so that nothing is hidden.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from channels.email.fields import Fields, read_fields
from channels.email.parameters import read_parameters
from channels.email.transfer import decode_transfer, encoding_name, is_damaged, is_rather_text
from channels.errors import Unreadable

MAX_DEPTH = 30
MAX_PARTS = 500
MAX_NEAR_MISSES = 10_000  # lines that begin like a boundary and are none


@dataclass
class Part:
    """One part: its header, and `raw[start:end]` as its body. A multipart has children, any other part content."""

    raw: bytes
    start: int
    end: int
    fields: Fields
    default_type: str = "text/plain"
    children: list[Part] = field(default_factory=list)
    is_cut: bool = False  # the mail ends in it: no boundary line comes after

    @cached_property
    def _content_type(self) -> tuple[str, dict[str, str]]:
        media_type, parameters = read_parameters(self.fields.first("content-type"))
        return (media_type if media_type.count("/") == 1 else self.default_type), parameters

    @cached_property
    def _disposition(self) -> tuple[str, dict[str, str]]:
        return read_parameters(self.fields.first("content-disposition"))

    @property
    def media_type(self) -> str:
        """Lower-case type, `text/plain` where none is given (RFC 2045 §5.2)."""
        return self._content_type[0]

    @property
    def parameters(self) -> dict[str, str]:
        """Parameters of the Content-Type."""
        return self._content_type[1]

    @property
    def disposition(self) -> str:
        """`inline`, `attachment` or empty."""
        return self._disposition[0]

    @property
    def file_name(self) -> str:
        """The name as sent (not a safe one), empty when there is none."""
        return self._disposition[1].get("filename") or self.parameters.get("name") or ""

    @property
    def is_multipart(self) -> bool:
        """Whether there are parts inside."""
        return bool(self.children)

    def within(self) -> Iterator[Part]:
        """All parts inside, in the order of the mail."""
        for child in self.children:
            yield child
            yield from child.within()

    def content(self) -> bytes | None:
        """The decoded body; None when the transfer encoding is unknown, except of text, which is shown as it is."""
        data = memoryview(self.raw)[self.start : self.end]
        is_text = self.media_type.startswith("text/") and self.disposition != "attachment"
        if is_text and self.encoding == "base64" and is_rather_text(data):
            return bytes(data)
        decoded = decode_transfer(data, self.encoding)
        return bytes(data) if decoded is None and is_text else decoded

    @property
    def is_damaged(self) -> bool:
        """Whether the encoded body has in it what no encoder writes, or ends too early."""
        return is_damaged(memoryview(self.raw)[self.start : self.end], self.encoding)

    @cached_property
    def encoding(self) -> str:
        """The name of the transfer encoding, empty where none is given."""
        return encoding_name(self.fields.first("content-transfer-encoding"))


def read_structure(raw: bytes) -> Part:
    """The tree of the mail `raw`.

    Raises:
        Unreadable: nested deeper or cut into more parts than any real mail (codes `depth`, `parts`, `headers`).
    """
    return _Reader(raw).read(0, len(raw), "text/plain", 0)


@dataclass
class _Reader:
    raw: bytes
    parts: int = 0
    near_misses: int = 0

    def read(self, start: int, end: int, default_type: str, depth: int) -> Part:
        self.parts += 1
        if self.parts > MAX_PARTS:
            raise Unreadable(f"the mail has more than {MAX_PARTS} parts", "parts")
        fields, body = read_fields(self.raw, start, end)
        part = Part(self.raw, body, end, fields, default_type)
        boundary = part.parameters.get("boundary", "").encode("utf-8", "replace").rstrip()
        if part.media_type.startswith("multipart/") and boundary:
            if depth == MAX_DEPTH:
                raise Unreadable(f"the parts of the mail are nested more than {MAX_DEPTH} deep", "depth")
            inner = "message/rfc822" if part.media_type == "multipart/digest" else "text/plain"
            for begin, stop, is_closed in self._spans(part, boundary):
                child = self.read(begin, stop, inner, depth + 1)
                child.is_cut = not is_closed and stop == len(self.raw)
                part.children.append(child)
        return part

    def _spans(self, part: Part, boundary: bytes) -> Iterator[tuple[int, int, bool]]:
        """Start and end of each part, and whether a boundary line ends it; else it ends where the outer part ends.

        A last boundary line is not believed when others follow: an inner multipart may have taken the same boundary.
        """
        begun: int | None = None
        for line, after, last in self._boundary_lines(part, b"--" + boundary):
            if begun is not None:
                yield begun, max(begun, line), True
            begun = None if last else after
        if begun is not None and begun < part.end:
            yield begun, part.end, False

    def _boundary_lines(self, part: Part, marker: bytes) -> Iterator[tuple[int, int, bool]]:
        """For each boundary line: where the part before it ends, where the next begins, and whether it is the last."""
        position = part.start
        while (found := self._find(marker, position, part)) >= 0:
            position = self.raw.find(b"\n", found, part.end) + 1 or part.end
            rest = self.raw[found + len(marker) : min(position, found + len(marker) + 200)].strip()
            if rest in (b"", b"--"):
                yield self._before_newline(found, part.start), position, rest == b"--"
                continue
            self.near_misses += 1
            if self.near_misses > MAX_NEAR_MISSES:
                raise Unreadable("the mail is full of false boundary lines", "parts")

    def _find(self, marker: bytes, position: int, part: Part) -> int:
        if self.raw.startswith(marker, position, part.end) and (position == part.start or self.raw[position - 1] == 10):
            return position
        found = self.raw.find(b"\n" + marker, position, part.end)
        return found + 1 if found >= 0 else -1

    def _before_newline(self, line: int, floor: int) -> int:
        """The line break before a boundary line belongs to the boundary (RFC 2046 §5.1.1)."""
        if line > floor and self.raw[line - 1] == 10:
            line -= 1
            if line > floor and self.raw[line - 1] == 13:
                line -= 1
        return line
