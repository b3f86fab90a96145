"""Addresses in every way they can be written, and names that lead to another one than they did before."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from ipaddress import ip_address, ip_network

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer

from bridge.errors import UpstreamUnreachable
from bridge.transport.guard import Guard, Refused
from bridge.transport.session import HttpSession
from bridge.transport.settings import ClientSettings

INSIDE = [
    *("127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1"),
    *("100.127.255.255", "::1", "fc00::1", "fdff::1"),
]
NEVER = [
    *("0.0.0.0", "169.254.169.254", "169.254.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "224.0.0.1"),
    *("239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "fe80::1", "fd00:ec2::254", "ff02::1", "192.0.2.1"),
    *("2001:db8::1", "198.18.0.1"),
]
OUTSIDE = ["1.1.1.1", "8.8.8.8", "172.32.0.1", "192.169.0.1", "100.128.0.1", "2606:4700::1111", "2001:4860:4860::8888"]


def in_ipv6(text: str) -> list[str]:
    """The same address as one of IPv6: mapped, compatible, 6to4, both NAT64, Teredo."""
    packed = ip_address(text).packed
    whole, flipped = packed.hex(), bytes(one ^ 0xFF for one in packed).hex()
    high, low = whole[:4], whole[4:]
    return [
        f"::ffff:{text}",
        f"::{text}",
        f"2002:{high}:{low}::1",
        f"64:ff9b::{text}",
        f"64:ff9b:1::{high}:{low}",
        f"2001:0:4136:e378:8000:63bf:{flipped[:4]}:{flipped[4:]}",
    ]


@pytest.mark.parametrize("text", [*INSIDE, *NEVER])
def test_what_is_not_the_internet_is_refused(text: str) -> None:
    assert Guard().reason(ip_address(text))


@pytest.mark.parametrize("text", [one for one in (*INSIDE, *NEVER) if "." in one and one != "0.0.0.0"])
def test_nor_wrapped_in_another_address(text: str) -> None:
    for wrapped in in_ipv6(text):
        assert Guard().reason(ip_address(wrapped)), wrapped


@pytest.mark.parametrize("text", OUTSIDE)
def test_the_internet_is_not(text: str) -> None:
    assert not Guard().reason(ip_address(text))


def test_what_may_be_inside_is_still_no_metadata() -> None:
    guard = Guard(private=True)
    assert [text for text in INSIDE if guard.reason(ip_address(text))] == []
    assert [text for text in NEVER if not guard.reason(ip_address(text))] == []
    assert not guard.reason(ip_address("::ffff:10.0.0.1"))
    assert guard.reason(ip_address("::ffff:169.254.169.254"))


def test_a_network_that_is_named_may_be_reached_and_no_other() -> None:
    guard = Guard(networks=(ip_network("10.1.0.0/16"), ip_network("169.254.10.0/24")))
    assert not guard.reason(ip_address("10.1.2.3"))
    assert not guard.reason(ip_address("::ffff:10.1.2.3"))
    assert not guard.reason(ip_address("169.254.10.1"))
    assert guard.reason(ip_address("10.2.0.1"))
    assert guard.reason(ip_address("127.0.0.1"))


def test_a_socket_is_made_for_an_address_only() -> None:
    about = (socket.AF_INET6, socket.SOCK_STREAM, 0, "", ("fe80::1%lo", 80, 0, 1))
    with pytest.raises(Refused, match="link-local"):
        Guard(private=True).socket(about)
    with pytest.raises(Refused, match="no IP address"):
        Guard(private=True).socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("localhost", 80)))


# ── over the wire ────────────────────────────────────────────────────────────────────────────────────────────────


class Heard:
    """A server on this machine, and whether anybody came."""

    def __init__(self, server: TestServer) -> None:
        self.server, self.count = server, 0


@pytest.fixture
async def heard() -> AsyncIterator[Heard]:
    app = web.Application()
    server = TestServer(app, host="127.0.0.1")
    one = Heard(server)

    async def answer(_: web.Request) -> web.Response:
        one.count += 1
        return web.Response(status=204)

    app.router.add_route("*", "/{tail:.*}", answer)
    await server.start_server()
    yield one
    await server.close()


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001"),
        *("[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "127.0.0.1.", "LOCALHOST"),
    ],
)
async def test_however_this_machine_is_written_nobody_is_connected_to(heard: Heard, host: str) -> None:
    session = HttpSession(ClientSettings(), guard=Guard())
    try:
        with pytest.raises(UpstreamUnreachable) as caught:
            await session.post(f"http://{host}:{heard.server.port}/", b"{}", {}, timeout_s=20)
    finally:
        await session.close()
    assert heard.count == 0
    assert caught.value.outcome == "not_sent"
    assert caught.value.cause in {"address_refused", "dns", "address", "unreachable"}


async def test_where_it_is_allowed_it_is_reached(heard: Heard) -> None:
    session = HttpSession(ClientSettings(), guard=Guard(private=True))
    try:
        answer = await session.post(f"http://127.0.0.1:{heard.server.port}/", b"{}", {}, timeout_s=20)
    finally:
        await session.close()
    assert (answer.status, heard.count) == (204, 1)


class Rebinding(AbstractResolver):
    """A name server that says one thing to whoever checks, and another to whoever connects."""

    def __init__(self) -> None:
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked += 1
        address = "93.184.216.34" if self.asked == 1 else "127.0.0.1"
        return [ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)]

    async def close(self) -> None:
        """Nothing is open."""


async def test_a_name_that_leads_elsewhere_the_second_time_does_not_help(heard: Heard) -> None:
    resolver = Rebinding()
    (checked,) = await resolver.resolve("hooks.example")
    assert not Guard().reason(ip_address(checked["host"]))
    connector = aiohttp.TCPConnector(resolver=resolver, socket_factory=Guard().socket)
    async with aiohttp.ClientSession(connector=connector) as session:
        with pytest.raises(aiohttp.ClientConnectorError) as caught:
            await session.post(f"http://hooks.example:{heard.server.port}/")
    assert isinstance(caught.value.os_error, Refused)
    assert (resolver.asked, heard.count) == (2, 0)
