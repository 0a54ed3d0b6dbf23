"""S/MIME in one piece (`smime.p7m`, RFC 8551): is it signed or encrypted, and what does it say when it is only signed.

Only the way to the content is read, as DER or BER (X.690) with bounds; nothing is verified here.
"""

from __future__ import annotations

_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_ENVELOPED = (bytes.fromhex("06092a864886f70d010703"), bytes.fromhex("060b2a864886f70d0109100117"))
_OCTETS, _SEQUENCE, _SET, _EXPLICIT = 0x04, 0x30, 0x31, 0xA0
_CONSTRUCTED = 0x20
_HEAD = 64  # bytes within which the kind is told
_MAX_PIECES = 100_000
_MAX_DEPTH = 16


def is_encrypted(data: bytes) -> bool:
    """Whether it is enveloped data, which only the recipient's key opens."""
    return any(kind in data[:_HEAD] for kind in _ENVELOPED)


def signed_content(data: bytes) -> bytes | None:
    """The mail part inside signed data; None when it is something else, without content, or broken."""
    if _SIGNED_DATA not in data[:_HEAD]:
        return None
    try:
        return _Reader(data).signed_content()
    except (IndexError, ValueError):
        return None


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.pieces = 0

    def signed_content(self) -> bytes | None:
        """ContentInfo → [0] → SignedData → (version, digests) → EncapsulatedContentInfo → [0] → OCTET STRING."""
        position = self._enter(0, _SEQUENCE)
        position = self._enter(self._skip(position), _EXPLICIT)
        position = self._enter(position, _SEQUENCE)
        position = self._skip(self._skip(position))
        position = self._enter(position, _SEQUENCE)
        position = self._skip(position)
        if self.data[position] != _EXPLICIT:
            return None
        position = self._enter(position, _EXPLICIT)
        if self.data[position] & ~_CONSTRUCTED != _OCTETS:
            return None
        out: list[bytes] = []
        self._octets(position, out, 0)
        return b"".join(out)

    def _enter(self, position: int, tag: int) -> int:
        if self.data[position] != tag:
            raise ValueError(position)
        return self._length(position)[0]

    def _length(self, position: int) -> tuple[int, int | None]:
        """Where the value begins and how long it is; None: until it says that it ends."""
        self.pieces += 1
        if self.pieces > _MAX_PIECES:
            raise ValueError(position)
        first = self.data[position + 1]
        if first < 0x80:
            return position + 2, first
        if first == 0x80:
            return position + 2, None
        size = first & 0x7F
        if size > 5:
            raise ValueError(position)
        begin = position + 2 + size
        return begin, int.from_bytes(self.data[position + 2 : begin], "big")

    def _skip(self, position: int, depth: int = 0) -> int:
        """The place after the value at `position`."""
        begin, length = self._length(position)
        if length is not None:
            return begin + length
        if depth == _MAX_DEPTH:
            raise ValueError(position)
        while self.data[begin : begin + 2] != b"\0\0":
            begin = self._skip(begin, depth + 1)
        return begin + 2

    def _octets(self, position: int, out: list[bytes], depth: int) -> int:
        """Collect an octet string, which large content has in pieces; what was cut off is given as far as it goes."""
        tag = self.data[position]
        begin, length = self._length(position)
        if not tag & _CONSTRUCTED:
            end = begin + (length or 0)
            out.append(self.data[begin:end])
            return end
        if depth == _MAX_DEPTH:
            raise ValueError(position)
        end = len(self.data) if length is None else min(begin + length, len(self.data))
        while begin < end:
            if length is None and self.data[begin : begin + 2] == b"\0\0":
                return begin + 2
            if self.data[begin] & ~_CONSTRUCTED != _OCTETS:
                raise ValueError(begin)
            begin = self._octets(begin, out, depth + 1)
        return begin
