"""What can go wrong at a channel, as outcomes with names. An adapter raises; one caller records."""

from __future__ import annotations


class ChannelError(Exception):
    """Base of all channel outcomes. `reply` is what the other side said, short enough to show to a guide.

    `refused` names, as a receipt does, the recipients that were refused by themselves, where that is known.
    """

    def __init__(self, reply: str, refused: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(reply)
        self.reply = reply
        self.refused = refused


class TryLater(ChannelError):
    """Nothing has left; the other side is away or asked us to come back. Retry with the same message."""


class Refused(ChannelError):
    """The other side will never take this message (5xx). Do not retry; tell the guide."""


class OutcomeUnknown(ChannelError):
    """The message was handed over but the answer was lost: it may or may not have left. Tell the guide."""


class Unreadable(ChannelError):
    """The bytes could not be read as a message within the bounds. Keep them and show them to a person.

    `reply` says why in plain English. `code` is the same in one word, for tables and translations: `headers`, `depth`,
    `parts` or `loop` from looking at the bytes, `timeout`, `memory` or `crash` from the reader, else `format`.
    """

    def __init__(self, reply: str, code: str = "format") -> None:
        super().__init__(reply)
        self.code = code

    def __reduce__(self) -> tuple[type[Unreadable], tuple[str, str]]:
        return type(self), (self.reply, self.code)
