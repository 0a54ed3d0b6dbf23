"""Makes one call. The standard library's HTTP client does it, over a socket that this file has connected.

A client that looks names up by itself cannot be told which address it may use; this one is given a socket that is
already connected to a checked address. It knows of no proxy and follows nothing.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from threading import Timer

from channels.errors import Refused, TryLater
from channels.message import Receipt
from channels.webhook.guard import Network, Target, Unsafe, is_loopback, may_reach, parse

MOST_READ = 4096
MOST_ADDRESSES = 3
GONE = 410

Resolve = Callable[[str, int], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Call:
    """One POST of a JSON body; sending it needs nothing else."""

    url: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CallOptions:
    """Seconds for one call altogether, and the networks inside that are opened on purpose."""

    timeout: float = 10.0
    inside: tuple[Network, ...] = ()


def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a name as the system knows them. Raises OSError when there are none."""
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


class Caller:
    """Calls other programs; any number of threads may use one."""

    def __init__(self, options: CallOptions, resolve: Resolve = resolve, tls: ssl.SSLContext | None = None) -> None:
        self._options = options
        self._resolve = resolve
        self._tls = tls or ssl.create_default_context()

    def call(self, call: Call) -> Receipt:
        """Make it; the answer must be 2xx.

        Raises:
            TryLater: anything else came, or nothing. The same call may be made again: its receiver knows its id.
            Refused: 410, whoever is there wants no more calls.
        """
        try:
            status, reason = self._post(parse(call.url, self._options.inside), call)
        except Unsafe as error:
            raise TryLater(str(error)) from error
        except (OSError, HTTPException, ValueError) as error:
            raise TryLater(f"{type(error).__name__}: {error}"[:300]) from error
        told = f"{status} {reason}".strip()[:200]
        if status == GONE:
            raise Refused(told)
        if not 200 <= status < 300:
            raise TryLater(f"{told} (redirects are not followed)" if 300 <= status < 400 else told)
        return Receipt(told)

    def _post(self, target: Target, call: Call) -> tuple[int, str]:
        with self._connected(target) as connected:
            connection = HTTPConnection(target.host, target.port)
            connection.auto_open = 0
            connection.sock = connected
            own = {"Host": target.authority, "Content-Type": "application/json", "Connection": "close"}
            connection.request("POST", target.path, call.body, {**call.headers, **own, "User-Agent": "contactcenter"})
            with connection.getresponse() as response:
                response.read(MOST_READ)
                return response.status, "".join(char for char in response.reason if char.isprintable())

    @contextmanager
    def _connected(self, target: Target) -> Iterator[socket.socket]:
        """A socket to a checked address of the target; whatever is done with it ends when the time is over."""
        plain = self._connect(target, self._checked(target))
        ending = _Ending(plain)
        watch = Timer(self._options.timeout, ending.end)
        watch.daemon = True
        watch.start()
        try:
            if target.scheme == "https":
                ending.of = self._tls.wrap_socket(plain, server_hostname=target.host)
            yield ending.of
        finally:
            watch.cancel()
            ending.of.close()

    def _checked(self, target: Target) -> Sequence[str]:
        """The addresses of the target, all of them outside: one inside is enough to be refused."""
        inside = self._options.inside
        found = self._resolve(target.host, target.port)
        refused = [address for address in found if not may_reach(address, inside)]
        if target.scheme == "http":
            refused += [address for address in found if not is_loopback(address)]
        if refused or not found:
            raise Unsafe(f"{target.host} leads to {refused[0] if refused else 'nothing'}, which is not called")
        return found[:MOST_ADDRESSES]

    def _connect(self, target: Target, addresses: Sequence[str]) -> socket.socket:
        for address in addresses[:-1]:
            try:
                return self._to(address, target.port)
            except OSError:
                continue
        return self._to(addresses[-1], target.port)

    def _to(self, address: str, port: int) -> socket.socket:
        """`address` is a number: nothing is looked up again."""
        return socket.create_connection((address, port), timeout=self._options.timeout / MOST_ADDRESSES)


class _Ending:
    """Ends what a socket is doing, from another thread; it may be wrapped in TLS by then."""

    def __init__(self, of: socket.socket) -> None:
        self.of = of

    def end(self) -> None:
        """Whoever reads or writes gets an error at once."""
        try:
            socket.socket.shutdown(self.of, socket.SHUT_RDWR)
        except OSError:
            return
