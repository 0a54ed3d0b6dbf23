"""LMTP (RFC 2033): how a mail server of our own hands mails over, with an answer for each recipient.

A mail is stored once, with all its recipients, so that they all get the same answer; but each is told, because whoever
hands it over keeps the mail for those who were not.
"""

from __future__ import annotations

from channels.email import replies
from channels.message import Envelope
from workers.smtp_session import SmtpSession


class LmtpSession(SmtpSession):
    """One connection. It begins with LHLO; HELO and EHLO are refused (RFC 2033 §4.1)."""

    async def smtp_LHLO(self, arg: str) -> None:
        """The greeting; answered as EHLO is."""
        await super().smtp_EHLO(arg)

    async def smtp_HELO(self, arg: str) -> None:
        """Another protocol's greeting."""
        await self.push(replies.NOT_LMTP)

    async def smtp_EHLO(self, arg: str) -> None:
        """Another protocol's greeting."""
        await self.push(replies.NOT_LMTP)

    async def answer(self, reply: str, envelope: Envelope) -> None:
        """One reply for each recipient that was taken, in their order (RFC 2033 §4.2)."""
        await self.push("\r\n".join([reply] * len(envelope.recipients)))
