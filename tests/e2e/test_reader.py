"""The children that read mail: what they do to a mail that takes too long, too much, or kills them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from channels.email.parse import read
from channels.errors import Unreadable
from channels.message import Envelope, InboundMessage
from workers import reader, reader_wire
from workers.reader import ReaderBroken, ReaderPool
from workers.reader_child import answer

FOLDER = Path(__file__).parents[1] / "data" / "mail"
ENVELOPE = Envelope("anna@example.se", ("kontakt@ekhamra.example",), "127.0.0.1")
HEAD = b"From: Anna <anna@example.se>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
PLAIN = b"From: Anna <anna@example.se>\r\n\r\nHej!\r\n"
PART = b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
ZIP = b"--b\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
SLOW = HEAD + (PART + "\u0301\u0327".encode() * 200_000 + b"\r\n") * 60
LARGE = HEAD + ZIP + b"QUJD" * 11_000_000


@pytest.fixture(scope="module")
def pool() -> Iterator[ReaderPool]:
    with ReaderPool(size=2, seconds=1.5, memory_mb=300) as pool:
        yield pool


def code(pool: ReaderPool, raw: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        pool.read(raw, ENVELOPE)
    return caught.value.code


def memory(pid: int) -> int:
    """Resident memory at its highest, in MiB; 0 when there is no such process."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except FileNotFoundError:
        return 0
    return next((int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0)


def eventually(condition: Callable[[], bool], seconds: float = 20) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
    return False


def test_a_child_reads_as_we_do(pool: ReaderPool) -> None:
    mails = [(path.read_bytes(), ENVELOPE) for path in sorted(FOLDER.glob("*.eml"))]
    assert pool.read_many(mails) == [read(*mail) for mail in mails]


def test_what_cannot_be_read_says_why(pool: ReaderPool) -> None:
    assert code(pool, HEAD + b"--b\r\n\r\nx\r\n" * 600) == "parts"


def test_a_mail_that_takes_too_long_costs_only_itself(pool: ReaderPool) -> None:
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(code, pool, SLOW)
        for _ in range(20):
            assert pool.read(PLAIN, ENVELOPE).text == "Hej!"
        assert not slow.done()
        assert slow.result(20) == "timeout"
    assert [pool.read(PLAIN, ENVELOPE).text for _ in range(4)] == ["Hej!"] * 4


def test_no_mail_waits_for_a_child_that_starts_while_another_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with ReaderPool(size=2, seconds=0.5) as pool:
        for _ in range(4):
            pool.read(PLAIN, ENVELOPE)
        monkeypatch.setattr(reader, "_START", f"import time; time.sleep(4); {reader._START}")
        assert code(pool, SLOW) == "timeout"
        began = time.monotonic()
        for _ in range(20):
            assert pool.read(PLAIN, ENVELOPE).text == "Hej!"
        assert time.monotonic() - began < 3


def test_the_largest_mail_fits_and_a_child_stays_small(pool: ReaderPool) -> None:
    assert len(pool.read(LARGE, ENVELOPE).attachments[0].content) == 33_000_000
    assert max(memory(child._process.pid) for child in pool._all) < 300


def test_a_mail_that_takes_too_much_memory() -> None:
    with ReaderPool(size=1, seconds=20, memory_mb=150) as pool:
        assert code(pool, LARGE) == "memory"
        assert pool.read(PLAIN, ENVELOPE).text == "Hej!"


def test_a_child_that_died_is_replaced_and_the_mail_read() -> None:
    with ReaderPool(size=1) as pool:
        pool.read(PLAIN, ENVELOPE)
        (child,) = pool._all
        child._process.kill()
        child._process.wait()
        assert pool.read(PLAIN, ENVELOPE).text == "Hej!"
        assert pool._all != {child}


def test_a_mail_that_kills_two_children_is_told() -> None:
    with ReaderPool(size=1, seconds=20) as pool, ThreadPoolExecutor(1) as threads:
        killed: set[int] = set()

        def kill() -> bool:
            for child in list(pool._all):
                if child._served and child._process.pid not in killed:
                    killed.add(child._process.pid)
                    os.kill(child._process.pid, signal.SIGKILL)
            return len(killed) == 2

        reading = threads.submit(code, pool, SLOW)
        assert eventually(kill)
        assert reading.result(20) == "crash"


def test_children_are_renewed() -> None:
    with ReaderPool(size=1, recycle=3) as pool:
        seen = set()
        for _ in range(7):
            pool.read(PLAIN, ENVELOPE)
            seen |= {child._process.pid for child in pool._all}
    assert len(seen) == 3


def test_closing_ends_every_child_and_quarantines_nothing() -> None:
    pool = ReaderPool(size=2, seconds=20)
    pool.read(PLAIN, ENVELOPE)
    processes = [child._process for child in pool._all]
    with ThreadPoolExecutor(3) as threads:
        reading = [threads.submit(pool.read, SLOW, ENVELOPE) for _ in range(3)]
        assert eventually(lambda: sum(child._served for child in list(pool._all)) >= 3)
        pool.close()
        assert [type(future.exception(20)) for future in reading] == [ReaderBroken] * 3
    assert all(process.returncode is not None for process in processes)
    with pytest.raises(ReaderBroken):
        pool.read(PLAIN, ENVELOPE)


PARENT = """
import sys; sys.path[:] = sys.argv[1:]
from channels.message import Envelope
from workers.reader import ReaderPool
pool = ReaderPool(size=2)
pool.read_many([(b"From: a@example.se\\r\\n\\r\\nx", Envelope("", ()))] * 8)
print(*(child._process.pid for child in pool._all), flush=True)
sys.stdin.read()
"""


def test_children_end_when_their_parent_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, *sys.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert [memory(pid) > 0 for pid in pids] == [True, True]
        parent.kill()
    assert eventually(lambda: not any(memory(pid) for pid in pids))


def test_what_goes_wrong_in_a_child_is_an_answer() -> None:
    def fail(error: Exception) -> Callable[[bytes, Envelope], InboundMessage]:
        def reader(raw: bytes, envelope: Envelope) -> InboundMessage:
            raise error

        return reader

    errors = [(MemoryError(), "memory"), (ValueError("hemligt"), "format"), (Unreadable("x", "loop"), "loop")]
    for error, expected in errors:
        with pytest.raises(Unreadable) as caught:
            reader_wire.unpack_reply(answer(PLAIN, ENVELOPE, fail(error)))
        assert caught.value.code == expected
        assert "hemligt" not in caught.value.reply


def test_requests_and_replies_are_the_same_on_the_other_side() -> None:
    assert reader_wire.unpack_request(reader_wire.pack_request(PLAIN, ENVELOPE)) == (PLAIN, ENVELOPE)
    for path in FOLDER.glob("*.eml"):
        message = read(path.read_bytes(), ENVELOPE)
        assert reader_wire.unpack_reply(reader_wire.pack_message(message)) == message


def test_threads_share_a_pool(pool: ReaderPool) -> None:
    wrong: list[str] = []

    def work(number: int) -> None:
        for turn in range(20):
            text = f"hej {number} {turn}"
            if pool.read(PLAIN.replace(b"Hej!", text.encode()), ENVELOPE).text != text:
                wrong.append(text)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
