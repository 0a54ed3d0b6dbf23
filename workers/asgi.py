"""uvicorn as we run it: signals are ours, headers of proxies are not believed, and nothing is logged twice."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import uvicorn

from contactcenter.live.gate import AsgiApp

MAX_SOCKET_MESSAGE = 65_536


class AsgiServer(uvicorn.Server):
    """Signals are ours: uvicorn would raise them again after a clean end."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them alone."""
        yield


def asgi_server(application: AsgiApp, end_within: int) -> AsgiServer:
    """A server that, told to end, closes its sockets with 1012 (restart) and lets requests end within some seconds."""
    return AsgiServer(
        uvicorn.Config(
            application,
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            ws_max_size=MAX_SOCKET_MESSAGE,
            timeout_graceful_shutdown=end_within,
        )
    )
