"""The desk of mails that are being read."""

from __future__ import annotations

from pathlib import Path

from channels.message import Envelope, InboundMessage
from contactcenter.blobs import BlobStore
from contactcenter.services.inbox import Claimed
from workers.desk import Desk


class NoReader:
    """Reads nothing."""

    def read(self, raw: bytes, envelope: Envelope) -> InboundMessage:
        raise AssertionError(raw)


def test_what_comes_to_a_desk_that_was_closed_is_left_for_the_next(tmp_path: Path) -> None:
    """The service ends while its intake is between claiming and reading."""
    desk = Desk(BlobStore(tmp_path), NoReader(), threads=1)
    desk.close()
    desk.add(Claimed(1, 1, "key", Envelope("", ())))
    assert desk.claimed == []
