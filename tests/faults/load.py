"""Residents and guides who do not give up: what is not confirmed is done again, as mail servers and programs do."""

from __future__ import annotations

import hashlib
import json
import random
import smtplib
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from http.client import HTTPException
from itertools import count
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.faults.journals import Journal
from tests.together import rest

AGAIN = (0.05, 0.4)
BETWEEN = (0.1, 0.6)
RESIDENTS = 40
PATIENCE = 15


class Load:
    """Threads that write and answer until told to stop; then each finishes what it has begun."""

    def __init__(
        self, seed: int, smtp: list[int], web: list[int], token: str, accepted: Journal, answered: Journal
    ) -> None:
        self._seed, self._smtp, self._web, self._token = seed, smtp, web, token
        self._accepted, self._answered = accepted, answered
        self._stop = threading.Event()
        self._taken: set[int] = set()
        self._lock = threading.Lock()
        self.faults: list[str] = []
        self._threads = [threading.Thread(target=self._write, args=(n,)) for n in range(3)]
        self._threads += [threading.Thread(target=self._answer, args=(n,)) for n in range(2)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(seconds)
            assert not thread.is_alive(), "somebody still waits for a confirmation"

    def _write(self, who: int) -> None:
        chance = random.Random(f"{self._seed} resident {who}")
        to = "kontakt@ekhamra.example"
        for number in count():
            if self._stop.is_set():
                return
            sender = f"person{chance.randrange(RESIDENTS)}@example.se"
            raw = (
                f"From: Person {who} <{sender}>\r\nTo: {to}\r\nSubject: Brev {who}-{number}\r\n"
                f"Message-ID: <{self._seed}.{who}.{number}@example.se>\r\n"
                f"\r\nHej, jag undrar en sak om simhallen, brev {who}-{number}.\r\n"
            ).encode()
            self._until_done(chance, partial(self._hand_over, chance, sender, to, raw))
            self._accepted.write(sha256=hashlib.sha256(raw).hexdigest(), sender=sender, recipients=[to])
            rest(chance.uniform(*BETWEEN))

    def _hand_over(self, chance: random.Random, sender: str, to: str, raw: bytes) -> bool:
        with smtplib.SMTP("127.0.0.1", chance.choice(self._smtp), timeout=PATIENCE) as server:
            server.sendmail(sender, [to], raw)
        return True

    def _answer(self, who: int) -> None:
        chance = random.Random(f"{self._seed} guide {who}")
        for number in count():
            if self._stop.is_set():
                return
            ticket = self._find(chance)
            if ticket is not None:
                key = f"svar-{who}-{number}"
                self._until_done(chance, partial(self._reply, chance, ticket, key))
                self._answered.write(key=key, ticket=ticket)
            rest(chance.uniform(*BETWEEN))

    def _find(self, chance: random.Random) -> int | None:
        """A new ticket that nobody here has answered yet."""
        found = None
        with suppress(OSError, HTTPException):
            found = self._ask(chance, "/tickets?status=new&limit=20")
        with self._lock:
            free = [one["number"] for one in (found or {"tickets": []})["tickets"] if one["number"] not in self._taken]
            if not free:
                return None
            self._taken.add(free[0])
            return int(free[0])

    def _reply(self, chance: random.Random, ticket: int, key: str) -> bool:
        return self._ask(chance, f"/tickets/{ticket}/replies", {"text": f"Hej! Detta är {key}."}, key) is not None

    def _ask(self, chance: random.Random, path: str, body: object = None, key: str = "") -> Any:
        """The answer, or None when it is to be asked again."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"http://127.0.0.1:{chance.choice(self._web)}/api/v1{path}", data, headers)
        try:
            with urlopen(request, timeout=PATIENCE) as answer:
                return json.load(answer)
        except HTTPError as error:
            with error:
                if error.code < 500 and error.code not in (409, 429):
                    self.faults.append(f"{path}: {error.code} {error.read()[:300]!r}")
            return None

    def _until_done(self, chance: random.Random, act: Callable[[], bool]) -> None:
        while True:
            with suppress(OSError, HTTPException, smtplib.SMTPException):
                if act():
                    return
            if self.faults:
                return
            rest(chance.uniform(*AGAIN))
