"""Where a webhook may go: only outside, however the address is spelled (server-side request forgery, OWASP SSRF).

The address a name leads to is checked when the call is made, and that very address is connected to: a name that leads
outside when it is configured and inside when it is called (DNS rebinding) is refused. What is outside is what IANA's
registries of special-purpose addresses leave over, without the ways into IPv4 that hide in IPv6.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

MOST_CHARACTERS = 2000
PORTS = {"https": 443, "http": 80}

Network = IPv4Network | IPv6Network

_PRINTABLE = re.compile(r"[!-~]+")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_ADDRESS = "write its address as four numbers, 203.0.113.7, or better a name"
_OUTSIDE_V6 = IPv6Network("2000::/3")
_SPECIAL = tuple(
    ip_network(text)
    for text in (
        "192.0.0.0/24",  # IETF protocols; older versions of Python know only parts of it
        "192.88.99.0/24",  # 6to4 relays
        "2001::/23",  # IETF protocols, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
        "3fff::/20",  # documentation
    )
)


class Unsafe(ValueError):
    """The address may not be called; the text says why, and what to write instead."""


@dataclass(frozen=True, slots=True)
class Target:
    """A checked URL in its parts; `path` has the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What the `Host` header says (RFC 9110 §7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def parse(url: str, inside: Iterable[Network] = ()) -> Target:
    """The parts of a URL that may be configured; whether its name leads outside is seen when it is called.

    `inside` are networks that are opened on purpose. Plain http is only for this machine, when that is opened.

    Raises:
        Unsafe: it is not such a URL.
    """
    if len(url) > MOST_CHARACTERS or not _PRINTABLE.fullmatch(url) or "\\" in url or "#" in url:
        raise Unsafe("the URL has signs that do not belong there; write a name with other letters in its xn-- form")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Unsafe(f"that is no URL: {error}") from error
    opened = tuple(inside)
    if parts.scheme not in PORTS or (parts.scheme == "http" and not any(each.is_loopback for each in opened)):
        raise Unsafe("the URL must begin with https://")
    if "@" in parts.netloc:
        raise Unsafe("a URL with a user name or password in it is not called")
    if port == 0:
        raise Unsafe("there is no port 0")
    host = _host(parts.hostname or "", is_bracketed="[" in parts.netloc)
    if _is_address(host) and not may_reach(host, opened):
        raise Unsafe(f"{host} is an address inside or for special use")
    query = f"?{parts.query}" if parts.query else ""
    return Target(parts.scheme, host, port or PORTS[parts.scheme], f"{parts.path or '/'}{query}")


def _host(host: str, *, is_bracketed: bool) -> str:
    if is_bracketed:
        try:
            return str(IPv6Address(host)) if "%" not in host else _refuse(host)
        except ValueError as error:
            raise Unsafe(f"[{host}] is no IPv6 address") from error
    if len(host) > 253 or not _NAME.fullmatch(host):
        raise Unsafe(f"`{host}` is no name of a host")
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        try:
            return str(IPv4Address(host))
        except ValueError as error:
            raise Unsafe(f"`{host}` looks like a number: {_ADDRESS}") from error
    return host


def _refuse(host: str) -> str:
    raise Unsafe(f"[{host}] is an address of one network alone")


def _is_address(host: str) -> bool:
    return ":" in host or _NUMBER.fullmatch(host.rpartition(".")[2]) is not None


def may_reach(address: str, inside: Iterable[Network] = ()) -> bool:
    """Whether a numeric address is outside, or in a network that is opened on purpose."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if any(ip in network for network in inside):
        return True
    if ip.is_multicast or not ip.is_global or any(ip in network for network in _SPECIAL):
        return False
    return isinstance(ip, IPv4Address) or ip in _OUTSIDE_V6


def is_loopback(address: str) -> bool:
    """Whether a numeric address is this machine."""
    return ip_address(address).is_loopback
