"""What a program sends to answer a resident."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from contactcenter.api.shapes import Asked, Words

Mailbox = Annotated[str, StringConstraints(min_length=3, max_length=254, pattern=r"^[^\s\x00,;]+@[^\s\x00,;]+$")]


class NewReply(Asked):
    """An answer to the resident. It leaves by mail after the time for undoing."""

    text: Words
    to: Annotated[list[Mailbox], Field(min_length=1, max_length=20)] | None = None
    """Whom it is written to. Left out: who wrote the newest message, if they take part in the ticket, else the ticket's
    own address. Of this answer alone, as `cc` and `bcc`: nothing of it is kept for the next one."""
    cc: list[Mailbox] = Field(default=[], max_length=20)
    """Who gets a copy and is named in it. All fields together hold 20 addresses at most, and none of ours."""
    bcc: list[Mailbox] = Field(default=[], max_length=20)
    """Who gets a copy and is named to nobody."""
    seen_seq: Annotated[int, Field(ge=0, lt=2**31)] | None = None
    """The newest entry the writer has read; 409 when a newer message has come. Left out: the newest there is."""
    close: bool = False
    sure: bool = False
    """Needed where something is better not sent by mail, or 409: a personal identity number, or anything about a
    confidential or sensitive ticket, most of all to another address than its own."""
