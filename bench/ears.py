"""Many screens in a process of their own: sockets that say nothing and note what they hear, and when."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from urllib.parse import urlsplit

import aiohttp

CONNECTING_AT_ONCE = 20
PING, PONG, JOIN = "2", "3", "40"
HINT = '42["hint",'
BROWSER = {"User-Agent": "bench"}


@dataclass(frozen=True, slots=True)
class Heard:
    """What all screens together heard: each different message once, and who got which one when.

    `messages` hold (ticket, rev) pairs; `received` holds (time.monotonic(), place in `messages`).
    """

    messages: list[list[tuple[int, int]]]
    received: list[tuple[float, int]]


class _Ears:
    """The sockets. Screens that hear the same are sent the same text, which is read once."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._received: list[tuple[float, int]] = []
        self.open = 0

    async def listen(self, http: aiohttp.ClientSession, address: str, cookie: str, gate: asyncio.Semaphore) -> None:
        """Be one screen, until the other side ends it."""
        url = f"ws://{urlsplit(address).netloc}/live/?EIO=4&transport=websocket"
        headers = {**BROWSER, "Origin": address.rstrip("/"), "Cookie": cookie}
        async with gate:
            socket = await http.ws_connect(url, headers=headers, timeout=aiohttp.ClientWSTimeout(ws_close=1))
            await socket.receive_str()
            await socket.send_str(JOIN)
            told = await socket.receive_str()
            if not told.startswith(JOIN):
                raise RuntimeError(f"a socket was refused: {told}")
        self.open += 1
        try:
            async for message in socket:
                await self._hear(socket, message.data)
        finally:
            self.open -= 1

    async def _hear(self, socket: aiohttp.ClientWebSocketResponse, text: str) -> None:
        if text == PING:
            await socket.send_str(PONG)
        elif text.startswith(HINT):
            self._received.append((time.monotonic(), self._places.setdefault(text, len(self._places))))

    def take(self) -> Heard:
        """What was heard since the last time."""
        texts, received = list(self._places), self._received
        self._places, self._received = {}, []
        events = [json.loads(text.removeprefix("42"))[1]["events"] for text in texts]
        return Heard([[(event["t"], event["r"]) for event in told] for told in events], received)


def run(pipe: Connection, address: str, cookies: Sequence[str]) -> None:
    """The process: connect all, say how many, and answer each word on `pipe` with what was heard since, until None."""
    asyncio.run(_run(pipe, address, cookies))


async def _run(pipe: Connection, address: str, cookies: Sequence[str]) -> None:
    ears, gate = _Ears(), asyncio.Semaphore(CONNECTING_AT_ONCE)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        listening = [asyncio.create_task(ears.listen(http, address, cookie, gate)) for cookie in cookies]
        while ears.open < len(cookies):
            failed = [task.exception() for task in listening if task.done()]
            if failed:
                pipe.send(f"a socket ended: {failed[0]!r}")
                return
            await asyncio.sleep(0.05)
        pipe.send("open")
        while await asyncio.to_thread(pipe.recv) is not None:
            pipe.send((ears.open, ears.take()))
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
