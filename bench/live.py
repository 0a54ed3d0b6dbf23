"""From 250 to another screen. `python -m bench.live [--postgres]`.

Mails go in one at a time; a signed-in Socket.IO client waits for the hint and fetches the row. The time of each is from
the moment the sender has its 250 until the row's HTML is here.
"""

from __future__ import annotations

import argparse
import smtplib
import statistics
import threading
import time
from contextlib import ExitStack

import socketio

from bench import corpus, machine, served
from bench.pages import Browser


def main() -> None:
    """Print the median, p95 and longest wait in milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--mails", type=int, default=100)
    asked = parser.parse_args()
    with ExitStack() as stack:
        url = stack.enter_context(machine.fresh_postgres()) if asked.postgres else ""
        house = stack.enter_context(served.serving(*stack.enter_context(served.prepared(url))))
        times = sorted(_measure(house, asked.mails))
    print(machine.describe(), "PostgreSQL" if asked.postgres else "SQLite", sep=", ")
    p95 = times[len(times) * 95 // 100]
    print(f"{len(times)} mails: p50 {statistics.median(times):.0f} ms, p95 {p95:.0f} ms, longest {times[-1]:.0f} ms")


def _measure(house: served.Served, count: int) -> list[float]:
    browser = Browser(house.web)
    arrived: list[int] = []
    bell = threading.Condition()
    client = socketio.Client()

    def hint(data: dict[str, list[dict[str, int]]]) -> None:
        with bell:
            arrived.extend(event["t"] for event in data["events"])
            bell.notify_all()

    client.on("hint", hint)
    headers = {"Cookie": browser.cookie_header(), "Origin": house.web}
    client.connect(house.web, headers=headers, transports=["websocket"], socketio_path="live")
    times = []
    seen: set[int] = set()
    try:
        for thread in corpus.conversations(count):
            with smtplib.SMTP(*house.smtp) as smtp:
                smtp.sendmail(thread[0][0], ["kontakt@ekhamra.example"], thread[0][1])
                accepted = time.perf_counter()
            with bell:
                if not bell.wait_for(lambda: set(arrived) - seen, timeout=20):
                    raise SystemExit("no hint within 20 s")
                ticket = (set(arrived) - seen).pop()
                seen.update(arrived)
            browser.get(f"/f/rader?id={ticket}&vy=otilldelade")
            times.append(1000 * (time.perf_counter() - accepted))
    finally:
        client.disconnect()
    return times


if __name__ == "__main__":
    main()
