"""Taking a port before anything else is begun, so that one that is in use is told in one line."""

from __future__ import annotations

import ipaddress
import socket

from contactcenter.errors import StartError
from contactcenter.settings import split_bind


def listen(bind: str, setting: str) -> socket.socket:
    """A socket bound to `host:port` (port 0: a free one); `setting` is what to change when that cannot be.

    Raises:
        StartError: the port is in use, may not be used, or the host is not ours.
    """
    host, port = split_bind(bind)
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        taken = socket.socket(family, kind, protocol)
    except OSError as error:
        raise StartError(f"{bind} cannot be used: {error.strerror}; change `{setting}`") from error
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
        taken.listen(socket.SOMAXCONN)
    except OSError as error:
        taken.close()
        raise StartError(f"{bind} cannot be used: {error.strerror}; change `{setting}`") from error
    taken.setblocking(False)
    return taken


def shown(host: str, port: int) -> str:
    """`host:port`, with brackets around an IPv6 address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def address_of(taken: socket.socket) -> str:
    """`host:port` of a bound socket."""
    return shown(*taken.getsockname()[:2])


def is_loopback(bind: str) -> bool:
    """Whether only this machine can reach `bind`."""
    host, _ = split_bind(bind)
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
