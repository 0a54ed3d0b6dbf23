"""From 250 to another screen. `python -m bench.live [--postgres]`.

Mails go in one at a time; a signed-in Socket.IO client waits for the hint and fetches the row. The time of each is from
the moment the sender has its 250 until the row's HTML is here.
"""

from __future__ import annotations

import argparse
import asyncio
import smtplib
import statistics
import time
from contextlib import ExitStack

import aiohttp
import socketio

from bench import corpus, machine, served
from bench.browser import Browser


def main() -> None:
    """Print the median, p95 and longest wait in milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--mails", type=int, default=100)
    asked = parser.parse_args()
    with ExitStack() as stack:
        url = stack.enter_context(machine.fresh_postgres()) if asked.postgres else ""
        house = stack.enter_context(served.serving(*stack.enter_context(served.prepared(url))))
        times = sorted(asyncio.run(_measure(house, asked.mails)))
    print(machine.describe(), "PostgreSQL" if asked.postgres else "SQLite", sep=", ")
    p95 = times[len(times) * 95 // 100]
    print(f"{len(times)} mails: p50 {statistics.median(times):.0f} ms, p95 {p95:.0f} ms, longest {times[-1]:.0f} ms")


async def _measure(house: served.Served, count: int) -> list[float]:
    """Milliseconds of each mail."""
    browser = await asyncio.to_thread(Browser, house.web)
    told: asyncio.Queue[int] = asyncio.Queue()
    times = []

    def hint(message: dict[str, list[dict[str, int]]]) -> None:
        for event in message["events"]:
            told.put_nowait(event["t"])

    async with aiohttp.ClientSession() as http:
        client = socketio.AsyncClient(http_session=http)
        client.on("hint", hint)
        headers = {"Cookie": browser.cookie_header(), "Origin": house.web}
        await client.connect(house.web, headers=headers, transports=["websocket"], socketio_path="live")
        seen: set[int] = set()
        try:
            for thread in corpus.conversations(count):
                accepted = await asyncio.to_thread(_send, house, *thread[0])
                async with asyncio.timeout(20):
                    while (ticket := await told.get()) in seen:
                        pass
                seen.add(ticket)
                await asyncio.to_thread(browser.get, f"/f/rader?id={ticket}&vy=otilldelade")
                times.append(1000 * (time.perf_counter() - accepted))
        finally:
            await client.disconnect()
    return times


def _send(house: served.Served, sender: str, raw: bytes) -> float:
    """Hand one mail over; when its 250 came."""
    with smtplib.SMTP(*house.smtp) as smtp:
        smtp.sendmail(sender, ["kontakt@ekhamra.example"], raw)
        return time.perf_counter()


if __name__ == "__main__":
    main()
