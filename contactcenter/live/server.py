"""The sockets of one web process: they sign in by their cookie, hear hints, and tell what is open.

Everything here runs in the event loop; what asks the database runs in a few threads of its own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

import socketio
from flask import Flask
from socketio.exceptions import ConnectionRefusedError

from contactcenter import logs
from contactcenter.access import Actor, Permission
from contactcenter.live.door import Door
from contactcenter.live.elsewhere import Elsewhere
from contactcenter.live.gate import AsgiApp, Gate, token_of
from contactcenter.live.hints import Hint
from contactcenter.live.presence import READING, WRITING, Presence
from contactcenter.live.tail import Tail
from contactcenter.live.teller import Teller
from contactcenter.live.watchers import Watched, Watcher, Watchers
from contactcenter.services import sessions

log = logs.get_logger(__name__)

T = TypeVar("T")

PATH = "live"
SEND_EVERY = 0.2
"""Seconds from one sending to the next; five changes a second are told as they come, more are told together."""
CHECK_EVERY = 20.0
RIGHTS_EVERY = 1.0
FORGET_EVERY = 5.0
SHARE_EVERY = 1.0
CHECKED_AT_ONCE = 50
MAX_PACKET_BYTES = 4096
MAX_SOCKETS = 3000
MAX_PER_AGENT = 40


class Live:
    """Built once for each web process; `start` and `end` are called in its event loop.

    `process` is its name among those that share the database; without one it is the only one.
    """

    def __init__(self, app: Flask, process: str = "") -> None:
        self._door = Door(app)
        self._elsewhere = Elsewhere(app, process) if process else None
        self._settings = self._door.settings()
        self._cookie = sessions.cookie_name(self._settings)
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="live")
        self._tail = Tail(app, self._tell)
        self._watchers = Watchers()
        self._presence = Presence()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._news = asyncio.Event()
        self._sio = socketio.AsyncServer(
            async_mode="asgi",
            transports=["websocket"],
            cors_allowed_origins=[],
            ping_interval=25,
            ping_timeout=20,
            max_http_buffer_size=MAX_PACKET_BYTES,
        )
        for name, handler in (
            ("connect", self._connect),
            ("disconnect", self._disconnect),
            ("watch", self._watch),
            ("typing", self._typing),
        ):
            self._sio.on(name, handler)
        self._teller = Teller(self._sio, self._watchers, self._presence)

    def around(self, pages: AsgiApp) -> AsgiApp:
        """The sockets and the pages as one application."""
        inner = socketio.ASGIApp(self._sio, other_asgi_app=pages, socketio_path=PATH)
        return Gate(inner, f"/{PATH}/", self._settings.web.public_url, self._cookie, self._alive)

    def start(self) -> None:
        """Begin to follow the events."""
        self._loop = asyncio.get_running_loop()
        self._tail.start()
        always = (self._send_always(), self._check_always(), self._heed_always(), self._forget_always())
        for work in (*always, self._share_always()):
            self._tasks.append(self._loop.create_task(work))

    async def end(self) -> None:
        """Close every socket and stop."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for watcher in self._watchers:
            await self._sio.disconnect(watcher.sid)
        await self._in_thread(lambda: self._tail.end(1.0))
        self._threads.shutdown(wait=False, cancel_futures=True)

    # sockets

    async def _alive(self, token: str) -> bool:
        if len(self._watchers) >= MAX_SOCKETS:
            return False
        return await self._in_thread(lambda: self._door.sign_in(token)) is not None

    async def _connect(self, sid: str, environ: dict[str, Any], auth: object) -> None:
        token = token_of(environ.get("HTTP_COOKIE", ""), self._cookie)
        actor = await self._in_thread(lambda: self._door.sign_in(token))
        if actor is None or not actor.may(Permission.READ):
            raise ConnectionRefusedError("auth")
        if self._watchers.of_agent(actor.agent_id) >= MAX_PER_AGENT:
            raise ConnectionRefusedError("too many")
        self._watchers.add(Watcher(sid, token, actor))
        since = auth.get("since") if isinstance(auth, dict) else None
        if isinstance(since, str) and since:
            await self._catch_up(sid, actor, since[:60])

    async def _catch_up(self, sid: str, actor: Actor, since: str) -> None:
        """The rooms were joined first: nothing falls between what is read here and what is heard there."""
        told = await self._in_thread(lambda: self._door.missed(actor, since))
        if told and self._watchers.get(sid) is not None:
            self._teller.missed(sid, told)
            self._news.set()

    async def _disconnect(self, sid: str, reason: str = "") -> None:
        watcher = self._watchers.remove(sid)
        if watcher is not None and watcher.watched is not None:
            self._gone(watcher.watched, sid)

    async def _watch(self, sid: str, data: object = None) -> None:
        """Open a ticket, or none. What may not be seen is not answered at all, like what does not exist."""
        watcher = await self._heard(sid)
        if watcher is None:
            return
        number = _number(data)
        watched = None
        if number is not None:
            watched = await self._in_thread(lambda: self._door.watch(watcher.actor, number))
        if self._watchers.get(sid) is None:
            return
        before = watcher.watched
        self._watchers.watch(watcher, watched)
        if before is not None and (watched is None or before.ticket_id != watched.ticket_id):
            self._gone(before, sid)
        if watched is not None:
            self._presence.saw(watched.number, sid, watcher.actor.agent_id, watcher.actor.name, READING)
            self._present(watched.number)

    async def _typing(self, sid: str, data: object = None) -> None:
        """What the agent does with the open ticket; said again within the lease while it lasts."""
        watcher = await self._heard(sid)
        if watcher is None or watcher.watched is None or not isinstance(data, dict):
            return
        number, what = watcher.watched.number, data.get("what")
        if _number(data) != number or what not in (READING, WRITING):
            return
        if self._presence.saw(number, sid, watcher.actor.agent_id, watcher.actor.name, what):
            self._present(number)

    async def _heard(self, sid: str) -> Watcher | None:
        """The watcher who speaks; cut off when it speaks too fast."""
        watcher = self._watchers.get(sid)
        if watcher is not None and not watcher.allowance.take():
            log.warning("socket_cut_off", agent=watcher.actor.agent_id, reason="more messages than allowed")
            await self._sio.disconnect(sid)
            return None
        return watcher

    # what they hear

    def _tell(self, hints: list[Hint]) -> None:
        """Called by the tail in its thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._arrived, hints)

    def _arrived(self, hints: list[Hint]) -> None:
        self._teller.happened(hints)
        self._news.set()

    def _present(self, number: int) -> None:
        self._teller.somebody_at(number)
        self._news.set()

    def _gone(self, watched: Watched, sid: str) -> None:
        if self._presence.left(watched.number, sid):
            self._present(watched.number)

    async def _send_always(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            began = time.monotonic()
            try:
                await self._ask_about(self._teller.waiting())
                await self._teller.send_all()
            except Exception:
                log.exception("hints_not_sent")
            took = time.monotonic() - began
            await asyncio.sleep(max(SEND_EVERY - took, took / 2))  # sending never takes the whole of a processor

    # rights as they are now

    async def _ask_about(self, hints: list[Hint]) -> None:
        """Whether those who have a ticket open that has moved may still have it open."""
        moved = {watcher.sid: watcher for hint in hints for watcher in self._watchers.to_ask_again(hint)}
        if moved:
            await self._check(list(moved.values()))

    async def _heed_always(self) -> None:
        """A session that was ended and rights that were changed are heeded at once, on every process."""
        failing = False
        while True:
            await asyncio.sleep(RIGHTS_EVERY)
            try:
                await self._heed()
                failing = False
            except Exception:
                if not failing:
                    log.exception("rights_unreadable", next="every session is still asked again in its turn")
                failing = True

    async def _heed(self) -> None:
        if not len(self._watchers):
            return
        rights = await self._in_thread(self._door.rights)
        changed = [one for one in self._watchers if rights.get(one.actor.agent_id) != one.actor.rights]
        for first in range(0, len(changed), CHECKED_AT_ONCE):
            await self._check(changed[first : first + CHECKED_AT_ONCE])

    async def _check_always(self) -> None:
        """Every socket's session, rights and open ticket are looked at again, well within 30 seconds."""
        while True:
            await asyncio.sleep(CHECK_EVERY)
            everybody = list(self._watchers)
            try:
                for first in range(0, len(everybody), CHECKED_AT_ONCE):
                    await self._check(everybody[first : first + CHECKED_AT_ONCE])
            except Exception:
                log.exception("sessions_unreadable", next="every socket is closed")
                for watcher in self._watchers:
                    await self._sio.disconnect(watcher.sid)

    async def _forget_always(self) -> None:
        while True:
            await asyncio.sleep(FORGET_EVERY)
            for number in self._presence.expire():
                self._present(number)

    async def _share_always(self) -> None:
        """Colleagues at other processes are seen, too, about a second later."""
        failing = False
        while self._elsewhere is not None:
            await asyncio.sleep(SHARE_EVERY)
            exchange, here = self._elsewhere.exchange, self._presence.here()
            try:
                for number in self._presence.heard(await self._in_thread(partial(exchange, here))):
                    self._present(number)
                failing = False
            except Exception:
                if not failing:
                    log.exception("presence_not_shared", next="every second")
                failing = True

    async def _check(self, watchers: list[Watcher]) -> None:
        asked = [(one.token, one.watched.number if one.watched else None) for one in watchers]
        answers = await self._in_thread(lambda: self._door.ask_again(asked))
        for watcher, (_, number), (actor, watched) in zip(watchers, asked, answers, strict=True):
            if self._watchers.get(watcher.sid) is None:
                continue
            if actor is None or not actor.may(Permission.READ):
                await self._sio.disconnect(watcher.sid)
                continue
            self._watchers.allow(watcher, actor)
            if watcher.watched is not None and watcher.watched.number == number:
                if watched is None:
                    self._gone(watcher.watched, watcher.sid)
                self._watchers.watch(watcher, watched)

    async def _in_thread(self, ask: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, ask)


def _number(data: object) -> int | None:
    """The ticket number that a browser names, if it names one."""
    value = data.get("number") if isinstance(data, dict) else None
    return value if type(value) is int and 0 < value < 2**31 else None
