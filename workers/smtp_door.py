"""What all connections to the mail door share: the options, the counters, and the way to the store."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Protocol

from channels.message import Envelope

MEBIBYTE = 1024 * 1024
FRAME = 64  # bytes around a mail that are read with it

Accept = Callable[[bytes, Envelope], str]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class NoSpace(Exception):
    """There is no room for the mail now; the sender keeps it and comes back (452)."""


@dataclass(frozen=True, slots=True)
class SmtpOptions:
    """The mail door. `domains` are ours.

    Sizes in bytes, times in seconds. Port 0 picks a free one. With `tls`, STARTTLS is offered.
    Who sends a mail is cut off when fewer than `slow_bytes` come in any `slow_seconds` but the first.
    Peers in `proxy_from` must begin with a header of the PROXY protocol, within `proxy_seconds`; nobody else may.
    """

    host: str = "127.0.0.1"
    port: int = 8025
    domains: frozenset[str] = frozenset()
    max_bytes: int = 50 * MEBIBYTE
    max_recipients: int = 100
    max_connections: int = 200
    max_per_ip: int = 20
    idle_seconds: float = 300
    data_seconds: float = 1800
    slow_seconds: float = 60
    slow_bytes: int = 60_000
    tls: ssl.SSLContext | None = None
    hostname: str = "localhost"
    is_lmtp: bool = False
    proxy_from: tuple[Network, ...] = ()
    proxy_seconds: float = 5

    def is_ours(self, address: str) -> bool:
        """Whether mail for `address` is for one of our domains; "postmaster" alone is too (RFC 5321 §4.5.1)."""
        local, at, domain = address.rpartition("@")
        return domain.lower().rstrip(".") in self.domains if at else local == "" and domain.lower() == "postmaster"

    def is_proxy(self, peer: str) -> bool:
        """Whether `peer` is one of our load balancers, who speaks for others."""
        try:
            address = ipaddress.ip_address(peer.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None) or address
        return any(mapped in network for network in self.proxy_from)


class Connection(Protocol):
    """One connection, as far as the door needs to know it."""

    def goodbye(self) -> asyncio.Task[None] | None:
        """Tell the other side that we close, and close; the task that served it, if there is one."""
        ...

    def cut(self) -> None:
        """Close without a word."""
        ...


class Door:
    """Counts connections and bytes, so that strangers can fill neither our sockets nor our memory."""

    def __init__(self, options: SmtpOptions, accept: Accept, executor: Executor) -> None:
        self.options = options
        self.closing = False
        self.connections: dict[Connection, str] = {}
        self._accept, self._executor = accept, executor
        self._per_ip: Counter[str] = Counter()
        self.bytes_held = 0
        self._bytes_per_ip: Counter[str] = Counter()

    def enter(self, connection: Connection, peer: str) -> bool:
        """Let a connection in, unless there are too many of them, here or from there.

        A load balancer, and whoever comes by a Unix socket, has no limit of its own: it speaks for many.
        """
        ip = _network(peer)
        if self.closing or len(self.connections) >= self.options.max_connections:
            return False
        if self._per_ip[ip] >= self.options.max_per_ip and ip and not self.options.is_proxy(peer):
            return False
        self.connections[connection] = ip
        self._per_ip[ip] += 1
        return True

    def leave(self, connection: Connection) -> None:
        """Forget a connection; once is enough."""
        ip = self.connections.pop(connection, None)
        if ip is not None:
            self._per_ip[ip] -= 1
            if not self._per_ip[ip]:
                del self._per_ip[ip]

    def holding(self, peer: str) -> Holding:
        """An account for one mail from `peer`, closed when the mail is no longer in memory."""
        return Holding(self, _network(peer))

    def hold(self, ip: str, size: int) -> bool:
        """Account for `size` bytes of mail in memory; False when those from there, or all, are too many.

        One network holds at most one mail of the largest size, which leaves as much for all others.
        """
        of_all, of_this = self.bytes_held + size, self._bytes_per_ip[ip] + size
        if of_all > 2 * self.options.max_bytes + FRAME or of_this > self.options.max_bytes + FRAME:
            return False
        self.bytes_held = of_all
        self._bytes_per_ip[ip] = of_this
        return True

    def release(self, ip: str, size: int) -> None:
        """Those bytes are no longer in memory."""
        self.bytes_held -= size
        self._bytes_per_ip[ip] -= size
        if not self._bytes_per_ip[ip]:
            del self._bytes_per_ip[ip]

    async def store(self, raw: bytes, envelope: Envelope) -> str:
        """Run the blocking store in a thread, and give what the mail is called.

        It goes on to its end even if the sender hangs up meanwhile.
        """
        storing = asyncio.get_running_loop().run_in_executor(self._executor, self._accept, raw, envelope)
        storing.add_done_callback(_look_at)
        return await asyncio.shield(storing)


class Holding:
    """The bytes of one mail in memory, on the account of the network that it comes from."""

    def __init__(self, door: Door, ip: str) -> None:
        self._door, self._ip, self._size = door, ip, 0

    def __enter__(self) -> Holding:
        return self

    def __exit__(self, *_: object) -> None:
        self.drop()

    def more(self, size: int) -> bool:
        """Account for `size` bytes more; False when there is no room for them."""
        has_room = self._door.hold(self._ip, size)
        self._size += size if has_room else 0
        return has_room

    def drop(self) -> None:
        """Nothing of the mail is in memory any more."""
        self._door.release(self._ip, self._size)
        self._size = 0


def _look_at(storing: asyncio.Future[str]) -> None:
    """Whoever waits for the store gets its error; where nobody waits any more, asyncio shall not call it forgotten."""
    if not storing.cancelled():
        storing.exception()


def _network(peer: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 one, of which everybody has 2⁶⁴ addresses."""
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return peer
    if isinstance(address, ipaddress.IPv6Address):
        return str(address.ipv4_mapped or ipaddress.ip_network((int(address) >> 64 << 64, 64)))
    return str(address)
