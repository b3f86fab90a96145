"""What happens before a connection is one: caps, forwarded addresses, half a TLS handshake."""

from __future__ import annotations

import pytest

from bridge.events import RequestRefused
from tests.bridge.web.raw import GET, GET_LAST, header, serving, statuses, until


@pytest.mark.parametrize(
    ("limits", "reason"),
    [({"connections_per_address": 2}, "connections-per-address"), ({"connections": 2}, "connections")],
)
async def test_one_connection_too_many_is_turned_away_and_a_freed_place_is_given_again(
    limits: dict[str, int], reason: str
) -> None:
    async with serving(limits=limits) as server:
        async with await server.connect() as first, await server.connect() as second:
            for raw in (first, second):
                raw.write(GET)
                await raw.response()
            async with await server.connect() as third:
                answer = await third.rest()
            assert statuses(answer) == [503]
            assert header(answer, "Retry-After") == "1"
            assert [refused.reason for refused in server.told(RequestRefused)] == [reason]
        await until(lambda: server.edge.connections == 0)
        assert statuses(await server.probe(GET_LAST)) == [200]


async def test_our_own_proxy_may_bring_more_connections_than_one_address() -> None:
    async with (
        serving(limits={"connections_per_address": 1}, behind_proxy=["127.0.0.1"]) as server,
        await server.connect() as first,
        await server.connect() as second,
    ):
        for raw in (first, second):
            raw.write(GET[:-2] + b"X-Forwarded-For: 203.0.113.9\r\n\r\n")
            assert header((await raw.response())[0], "Echo-Client") == "203.0.113.9"


async def test_a_stranger_does_not_choose_its_address() -> None:
    async with serving() as server:
        answer = await server.probe(GET_LAST[:-2] + b"X-Forwarded-For: 203.0.113.9\r\n\r\n")
    assert header(answer, "Echo-Client") == "127.0.0.1"
