"""What every way out for mail can do; `Smarthost` and `Maildir` are two of them."""

from __future__ import annotations

from typing import Protocol

from channels.message import OutboundMessage, Receipt


class Sender(Protocol):
    """A way out. It raises `TryLater`, `Refused` or `OutcomeUnknown`, and nothing else; one caller records.

    `repeatable`: giving it the same message twice is the same as once.
    """

    @property
    def repeatable(self) -> bool:
        """Whether a message may be handed over again when nobody knows how the first time ended."""
        ...

    def send(self, message: OutboundMessage) -> Receipt:
        """Hand `message` over once."""
        ...
