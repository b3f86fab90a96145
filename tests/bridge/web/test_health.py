from __future__ import annotations

from aiohttp import web
from pytest_aiohttp.plugin import AiohttpClient, AiohttpRawServer

from bridge.web.health import Health, State
from bridge.web.snapshot import Snapshot
from bridge.web.trace import RequestInfo
from tests.bridge.web.fake import TRACE, Answers, Door, rest, snapshot

INFO = RequestInfo("r", TRACE, "127.0.0.1", 0.0)


async def test_live_depends_on_nothing(aiohttp_raw_server: AiohttpRawServer, aiohttp_client: AiohttpClient) -> None:
    def broken() -> Snapshot:
        raise AssertionError("live must not look at the upstreams")

    health = Health(lambda: "stopping", broken)

    async def serve(request: web.BaseRequest) -> web.StreamResponse:
        return await health.live(request, INFO)

    client = await aiohttp_client(await aiohttp_raw_server(serve))
    answer = await client.get("/")
    assert (answer.status, await answer.json()) == (200, {"status": "alive"})


async def test_ready_follows_the_application_and_not_its_upstreams(
    aiohttp_raw_server: AiohttpRawServer, aiohttp_client: AiohttpClient
) -> None:
    state: State = "starting"
    snap = snapshot(Answers(), pending={"/v1/crm": "refused by 10.0.0.7"})
    health = Health(lambda: state, lambda: snap)
    door = Door(rest(lambda: snap, pages={"healthz": health.live, "readyz": health.ready}))
    client = await aiohttp_client(await aiohttp_raw_server(door))
    assert (await client.get("/readyz")).status == 503
    state = "ready"
    answer = await client.get("/readyz")
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert await answer.json() == {"status": "ready", "upstreams": {"crm": "connecting", "shop": "ready"}}
    state = "stopping"
    answer = await client.get("/readyz")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert (await client.get("/healthz")).status == 200
    assert (await client.head("/healthz")).status == 200
    assert (await client.get("/healthz/x")).status == 404
