"""No spelling of an address inside is called; what is outside is."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from channels.webhook.guard import Target, Unsafe, may_reach, parse

INSIDE_V4 = [
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
    *("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
    *("224.0.0.0/4", "240.0.0.0/4"),
]
HIDING_V4 = ["::ffff:0:0", "64:ff9b::", "64:ff9b:1::", "::", "2002::"]
inside_v4 = st.sampled_from(INSIDE_V4).flatmap(lambda net: st.ip_addresses(v=4, network=net))


def spellings(address: IPv4Address) -> list[str]:
    """What resolvers and browsers also take for this address."""
    number = int(address)
    parts = [number >> 24, number >> 16 & 255, number >> 8 & 255, number & 255]
    return [
        str(address),
        str(number),
        hex(number),
        f"0{number:o}",
        ".".join(f"0{part:o}" for part in parts),
        ".".join(map(hex, parts)),
        f"{parts[0]}.{number & 0xFFFFFF}",
        f"{parts[0]}.{parts[1]}.{number & 0xFFFF}",
        ".".join(f"{part:03}" for part in parts),
        f"{address}.",
        f"[::ffff:{address}]",
        f"[64:ff9b::{address}]",
        f"[::{address}]",
        str(address).replace(".", "。"),
        str(address).translate(str.maketrans("0123456789", "０１２３４５６７８９")),
        f"user@{address}",
        f"example.com@{address}",
        f"{address}%00.example.com",
        f"{address}#.example.com",
        f"{address}\\.example.com",
        f"{address}\t",
    ]


@given(inside_v4)
@example(IPv4Address("127.0.0.1"))
@example(IPv4Address("169.254.169.254"))
@example(IPv4Address("100.64.0.1"))
@example(IPv4Address("0.0.0.0"))
def test_an_address_inside_is_refused_in_every_spelling(address: IPv4Address) -> None:
    assert not may_reach(str(address))
    for host in spellings(address):
        with pytest.raises(Unsafe):
            parse(f"https://{host}/hook")


@given(inside_v4, st.sampled_from(HIDING_V4))
def test_an_address_inside_does_not_hide_in_another(address: IPv4Address, prefix: str) -> None:
    shift = 80 if prefix == "2002::" else 0
    assert not may_reach(str(IPv6Address(int(IPv6Address(prefix)) + (int(address) << shift))))


@pytest.mark.parametrize("network", ["::/8", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:db8::/32",
                                     "2002::/16", "3fff::/20", "fc00::/7", "fe80::/10", "ff00::/8"])  # fmt: skip
@given(st.data())
def test_what_is_special_in_ipv6_is_not_outside(network: str, data: st.DataObject) -> None:
    address = data.draw(st.ip_addresses(v=6, network=network))
    assert not may_reach(str(address))
    with pytest.raises(Unsafe):
        parse(f"https://[{address}]/")


@given(st.ip_addresses())
def test_what_is_let_through_is_global_and_for_one_host(address: IPv4Address | IPv6Address) -> None:
    known = any(address in ip_network(net) for net in INSIDE_V4) if address.version == 4 else False
    if may_reach(str(address)):
        assert address.is_global
        assert not address.is_multicast
        assert not known
        assert not isinstance(address, IPv6Address) or address.ipv4_mapped is None


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_outside_is_reached(address: str) -> None:
    assert may_reach(address)
    assert parse(f"https://{f'[{address}]' if ':' in address else address}/").host == str(ip_address(address))


def test_a_network_can_be_opened() -> None:
    opened = (ip_network("10.20.0.0/16"), ip_network("127.0.0.1/32"))
    assert may_reach("10.20.3.4", opened)
    assert not may_reach("10.21.3.4", opened)
    assert parse("http://127.0.0.1:8000/x", opened).port == 8000
    with pytest.raises(Unsafe, match="must begin with https"):
        parse("http://example.com/", (ip_network("10.20.0.0/16"),))


@pytest.mark.parametrize(
    ("url", "target", "authority"),
    [
        ("https://Example.COM", Target("https", "example.com", 443, "/"), "example.com"),
        ("https://example.com:8443/a?b=c&d", Target("https", "example.com", 8443, "/a?b=c&d"), "example.com:8443"),
        ("https://xn--rksmrgs-5wao1o.se/", Target("https", "xn--rksmrgs-5wao1o.se", 443, "/"), "xn--rksmrgs-5wao1o.se"),
        ("https://[2606:2800::1]:444/", Target("https", "2606:2800::1", 444, "/"), "[2606:2800::1]:444"),
        ("https://3.example.com/", Target("https", "3.example.com", 443, "/"), "3.example.com"),
    ],
)
def test_a_url_is_taken_apart(url: str, target: Target, authority: str) -> None:
    assert parse(url) == target
    assert parse(url).authority == authority


@pytest.mark.parametrize(
    "url",
    [
        *("http://example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "//example.com"),
        *("https://", "https:///x", "https://:443/", "https://example.com:0/", "https://example.com:99999/"),
        *("https://example.com:x/", "https://a b/", "https://example.com/\r\nHost: inside", "https://räksmörgås.se/"),
        *("https://ⓔxample.com/", "https://example.com./", "https://-a.se/", "https://a..se/", "https://a_b.se/"),
        *("https://[fe80::1%25eth0]/", "https://[::1", "https://[v1.x]/", "https://example.com#@127.0.0.1/"),
        *("https://1.2.3/", "https://a.0x1/", "https://1.2.3.4.5/", f"https://example.com/{'x' * 2000}", ""),
    ],
)
def test_what_is_no_good_url_is_refused(url: str) -> None:
    with pytest.raises(Unsafe):
        parse(url)
