"""Taking a port before anything else is begun, so that one that is in use is told in one line."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import stat
from collections.abc import Iterator

from contactcenter.errors import StartError
from contactcenter.settings import split_bind, unix_path

OWNER_AND_GROUP = 0o660


@contextlib.contextmanager
def listening(bind: str, setting: str) -> Iterator[socket.socket]:
    """As `listen`, closed at the end; a socket in the file system is removed."""
    with contextlib.closing(listen(bind, setting)) as taken:
        yield taken
        path = unix_path(bind)
        if path:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)


def listen(bind: str, setting: str) -> socket.socket:
    """A socket bound to `host:port` (port 0: a free one) or `unix:/path`; `setting` is what to change otherwise.

    Raises:
        StartError: the port is in use, may not be used, or the host is not ours.
    """
    path = unix_path(bind)
    if path:
        return _listen_at(path, bind, setting)
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


def _listen_at(path: str, bind: str, setting: str) -> socket.socket:
    """In the file system, for our own user and group; what a process left that is gone is replaced."""
    taken = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if _is_left_over(path):
            os.unlink(path)
        taken.bind(path)
        os.chmod(path, OWNER_AND_GROUP)
        taken.listen(socket.SOMAXCONN)
    except OSError as error:
        taken.close()
        raise StartError(f"{bind} cannot be used: {error.strerror or error}; change `{setting}`") from error
    taken.setblocking(False)
    return taken


def _is_left_over(path: str) -> bool:
    try:
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            return False
    except FileNotFoundError:
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            return True
    return False


def shown(host: str, port: int) -> str:
    """`host:port`, with brackets around an IPv6 address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def address_of(taken: socket.socket) -> str:
    """`host:port` of a bound socket, or `unix:/path`."""
    if taken.family is socket.AF_UNIX:
        return f"unix:{taken.getsockname()}"
    return shown(*taken.getsockname()[:2])


def url_of(taken: socket.socket) -> str:
    """Where a browser or a proxy finds what listens there."""
    address = address_of(taken)
    return address if taken.family is socket.AF_UNIX else f"http://{address}"


def is_loopback(bind: str) -> bool:
    """Whether only this machine can reach `bind`."""
    if unix_path(bind):
        return True
    host, _ = split_bind(bind)
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
