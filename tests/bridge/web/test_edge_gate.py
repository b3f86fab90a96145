"""Keys and origins at the door."""

from __future__ import annotations

import pytest

from bridge.events import RequestDone
from bridge.web.access import Access
from bridge.web.settings import AccessSettings, ServerSettings
from tests.bridge.web.raw import GET, GET_LAST, header, serving, statuses

KEY = "k" * 20


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> AccessSettings:
    monkeypatch.setenv("WEB_KEY", KEY)
    return AccessSettings.model_validate({"keys": [{"name": "web-shop", "key": "env:WEB_KEY", "scopes": ["shop:*"]}]})


async def test_with_keys_nothing_but_health_is_open(keys: AccessSettings) -> None:
    async with serving(access=keys) as server:
        refused = await server.probe(GET_LAST)
        health = await server.probe(GET_LAST.replace(b"/ ", b"/healthz ", 1))
        let_in = await server.probe(GET_LAST[:-2] + b"X-API-Key: " + KEY.encode() + b"\r\n\r\n")
        in_url = await server.probe(GET_LAST.replace(b"/ ", b"/?k=" + KEY.encode() + b" ", 1))
        names = [done.principal for done in server.told(RequestDone)]
    assert statuses(refused) == [401]
    assert header(refused, "WWW-Authenticate") == 'Bearer realm="legacy-bridge"'
    assert [statuses(each) for each in (health, let_in, in_url)] == [[200], [200], [400]]
    assert names == ["", "", "web-shop", ""]
    assert KEY.encode() not in in_url


async def test_a_page_can_read_why_it_was_refused(keys: AccessSettings) -> None:
    origin = b"Origin: https://shop.example\r\n"
    async with serving(access=keys, cors={"origins": ["https://shop.example"]}) as server:
        refused = await server.probe(GET_LAST[:-2] + origin + b"\r\n")
        preflight = (
            GET_LAST.replace(b"GET", b"OPTIONS", 1)[:-2] + origin + b"Access-Control-Request-Method: GET\r\n\r\n"
        )
        asked = await server.probe(preflight)
    assert statuses(refused) == [401]
    assert header(refused, "Access-Control-Allow-Origin") == "https://shop.example"
    assert statuses(asked) == [200]


async def test_keys_are_swapped_while_the_server_runs(keys: AccessSettings) -> None:
    async with serving() as server, await server.connect() as raw:
        raw.write(GET)
        assert statuses((await raw.response())[0]) == [200]
        server.edge.use(ServerSettings(), Access(keys))
        raw.write(GET)
        assert statuses((await raw.response())[0]) == [401]
