"""The guard that keeps tests on this machine really does."""

from __future__ import annotations

import socket

import pytest


@pytest.mark.parametrize("address", ["192.0.2.1", "example.com"])
@pytest.mark.parametrize("method", ["connect", "connect_ex"])
def test_other_machines_are_refused(address: str, method: str) -> None:
    with socket.socket() as probe, pytest.raises(PermissionError, match="this machine alone"):
        getattr(probe, method)((address, 25))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_reached(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as probe:
        probe.connect((host, server.getsockname()[1]))
        assert probe.getpeername() == server.getsockname()
