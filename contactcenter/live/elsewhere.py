"""Tells the other processes which tickets are open here, and asks them which are open there."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask

from contactcenter.db import transaction
from contactcenter.services import presence
from contactcenter.services.presence import At


class Elsewhere:
    """What one process tells and asks, under the name that its heartbeat has. Called in one thread at a time."""

    def __init__(self, app: Flask, process: str) -> None:
        self._app = app
        self._process = process
        self._told: dict[str, At] = {}
        self._has_begun = False

    def exchange(self, here: Mapping[str, At]) -> list[At]:
        """Tell what is open here by socket, and hear who has the same tickets open elsewhere.

        It writes only when something has changed since the last time, or when others have cleared its rows away since
        it was silent for long, and reads only while something is open.
        """
        changed = {sid: at for sid, at in here.items() if self._told.get(sid) != at}
        gone = self._told.keys() - here.keys()
        with self._app.app_context():
            if changed or gone or not self._has_begun:
                with transaction() as session:
                    if not self._has_begun:
                        presence.begin(session, self._process)
                    presence.tell(session, self._process, changed, gone)
                self._told, self._has_begun = dict(here), True
            if not here:
                return []
            with transaction(read_only=True) as session:
                if presence.told(session, self._process) != len(here):
                    self._told, self._has_begun = {}, False
                return presence.elsewhere(session, self._process, {at.number for at in here.values()})
