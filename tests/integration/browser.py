"""A browser for tests of pages: it keeps its cookies and sends the form token, as pages and scripts do."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.test import TestResponse

from contactcenter import runtime
from contactcenter.blobs import BlobStore, StoreFull
from contactcenter.db import transaction
from contactcenter.model import Agent
from contactcenter.services import sessions

PART = {"HX-Request": "true"}
TOKEN = re.compile(r'<input type="hidden" name="csrf" value="([^"]+)"')


class Compiled(BytecodeCache):
    """Templates are compiled once for all tests and not once for each application."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Use what was compiled before."""
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled now."""
        self._kept[bucket.key] = bucket.bytecode_to_string()


_COMPILED = Compiled()


class Browser:
    """One browser; `signed_in` gives another one that has a session, without the cost of a password."""

    def __init__(self, app: Flask, session_token: str = "") -> None:
        self.app = app
        app.jinja_env.bytecode_cache = _COMPILED
        self.client = app.test_client()
        self.token = ""
        if session_token:
            with app.app_context():
                here = runtime.current()
                self.client.set_cookie(sessions.cookie_name(here.settings), session_token, httponly=True)
                self.token = here.keys.form.mac_text(f"session:{session_token}")

    def signed_in(self, agent: Agent) -> Browser:
        """A new browser in which `agent` is signed in."""
        with self.app.app_context(), transaction() as session:
            token = sessions.start(session, session.get_one(Agent, agent.id), "127.0.0.1")
        return Browser(self.app, token)

    def get(self, url: str, *, part: bool = False, **headers: str) -> TestResponse:
        """A page, or with `part` what a script asks for."""
        return self.client.get(url, headers={**(PART if part else {}), **_named(headers)}, buffered=True)

    def post(
        self,
        url: str,
        form: dict[str, Any] | None = None,
        *,
        part: bool = False,
        token: str | None = None,
        **headers: str,
    ) -> TestResponse:
        """A form as a browser without scripts sends it, or with `part` as a script does."""
        data = {"csrf": self.token if token is None else token, **(form or {})}
        return self.client.post(url, data=data, headers={**(PART if part else {}), **_named(headers)})

    def put(self, url: str, *, json: object) -> TestResponse:
        """A draft, as the script saves it."""
        return self.client.put(url, json=json, headers={"X-CSRF": self.token})

    def delete(self, url: str) -> TestResponse:
        return self.client.delete(url, headers={"X-CSRF": self.token})

    def configure(self, monkeypatch: pytest.MonkeyPatch, table: str, **values: Any) -> None:
        """Let the application have other settings in one table."""
        with self.app.app_context():
            here = runtime.current()
        changed = replace(getattr(here.settings, table), **values)
        settings = replace(here.settings, **{table: changed})
        monkeypatch.setitem(self.app.extensions, "contactcenter", replace(here, settings=settings))

    def fill_disk(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let nothing more fit on the disk."""

        def full(store: BlobStore, content: bytes) -> str:
            raise StoreFull("no room")

        monkeypatch.setattr(BlobStore, "put", full)


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
