"""A guard against code that hangs on hostile input. It measures nothing: its bound is far above what is ever needed."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

PROCESSOR_SECONDS = 40.0


@contextmanager
def not_hanging() -> Iterator[None]:
    """Fails a block that has used `PROCESSOR_SECONDS` of processor time and is still not done."""

    def give_up(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"still not done after {PROCESSOR_SECONDS} s of processor time")

    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, PROCESSOR_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
