"""Answers that take longer than a client waits: accepted with an address, made durable, fetched later, told to others.

As somebody lives through it who has HTTP and the command line; the service behind can be as slow as the test wants.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.cpu import HANG_S
from tests.journeys.running import Answer, Bridge, Json, bridge, soap
from tests.journeys.test_durable import Kept, kept, server
from tests.journeys.upstream import Upstream
from tests.servers.php import SLOW, php_server

__all__ = ["kept", "server"]
pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]

LATER = {"Prefer": "respond-async"}
ROUTED = {"GetOrder": {"route": "GET /orders/{orderId}", "safe": True}}
WAIT = {"Prefer": "wait=60"}
SECRET = b"a key of thirty-two bytes, truly"
ENV = {
    "EVENTS_SECRET": "whsec_" + base64.b64encode(SECRET).decode(),
    "WEB_KEY": "web-key-0123456789",
    "CRM_KEY": "crm-key-0123456789",
}


def configured(upstream: Upstream, store: str, **more: Any) -> Json:
    operations = more.pop("operations", ROUTED)
    return {"store": store, "upstreams": {"shop": soap(upstream.wsdl, operations=operations)}, **more}


def sqlite(folder: Path) -> str:
    return f"sqlite:///{folder / 'bridge.db'}"


async def ended(running: Bridge, location: str, **headers: str) -> Answer:
    """Waits at the address of a job until it sends elsewhere."""
    async with asyncio.timeout(HANG_S):
        while True:
            answer = await running.get(location, headers={**WAIT, **headers}, allow_redirects=False)
            if answer.status not in {202, 503}:
                return answer


async def test_an_answer_is_fetched_after_the_bridge_was_killed_and_started_again(tmp_path: Path, kept: Kept) -> None:
    async with Upstream() as upstream:
        config = configured(upstream, kept.url, queues={"calls": {"lease": "3s"}})
        upstream.open.clear()
        async with bridge(tmp_path, config) as running:
            await running.ready("shop")
            accepted = await running.get("/v1/shop/orders/7", headers=LATER)
            assert accepted.status == 202
            assert accepted.headers["Preference-Applied"] == "respond-async"
            location = accepted.headers["Location"]
            assert accepted.json["state"] == "waiting"
            assert location == f"/jobs/{accepted.json['id']}"
            await upstream.has_been_asked(1)
            running.process.kill()
            await running.ended()
        upstream.open.set()
        async with bridge(tmp_path, config) as running:
            over = await ended(running, location)
            assert (over.status, over.headers["Location"]) == (303, f"{location}/answer")
            answer = await running.get(location)  # this client follows by itself
            assert (answer.status, answer.json["orderId"]) == (200, 7)
            again = await running.get(f"{location}/answer", headers={"If-None-Match": answer.headers["ETag"]})
            assert again.status == 304
    assert [asked.order for asked in upstream.asked] == [7, 7]


async def test_what_is_wrong_is_said_at_once_and_nothing_is_kept(tmp_path: Path) -> None:
    async with Upstream() as upstream:
        config = configured(upstream, sqlite(tmp_path), operations={})
        async with bridge(tmp_path, config) as running:
            await running.ready("shop")
            for body, headers, status in (
                ({"orderId": "seven"}, {}, 422),
                (b'{"orderId":', {}, 400),
                ({"orderId": 7}, {"Accept": "application/x-ndjson"}, 406),
                ({"orderId": 7}, {"Callback": "nobody"}, 400),
                ({"orderId": 7}, {"Idempotency-Key": " "}, 400),
            ):
                answer = await running.post("/v1/shop/get-order", body, headers={**LATER, **headers})
                assert (answer.status, "Location" in answer.headers) == (status, False), (body, headers, answer.text)
            told = await running.post("/v1/shop/get-order", {"orderId": 7}, headers={"Callback": "nobody"})
            assert told.status == 400
    assert upstream.asked == []


async def test_a_hundred_at_once_all_come_back_right(tmp_path: Path, kept: Kept) -> None:
    async with Upstream() as upstream, bridge(tmp_path, configured(upstream, kept.url, operations={})) as running:
        await running.ready("shop")

        async def one(number: int) -> tuple[int, Any]:
            accepted = await running.post("/v1/shop/get-order", {"orderId": number}, headers=LATER)
            assert accepted.status == 202, accepted.text
            await ended(running, accepted.headers["Location"])
            answer = await running.get(accepted.headers["Location"])
            return answer.status, answer.json["orderId"]

        answers = await asyncio.gather(*(one(number) for number in range(100)))
    assert answers == [(200, number) for number in range(100)]
    assert sorted(asked.order for asked in upstream.asked) == list(range(100))


async def test_whoever_waits_long_enough_gets_the_answer_itself(tmp_path: Path) -> None:
    async with Upstream() as upstream:
        config = configured(upstream, sqlite(tmp_path), server={"async": {"wait": "60s"}})
        async with bridge(tmp_path, config) as running:
            await running.ready("shop")
            answer = await running.get("/v1/shop/orders/7", headers={"Prefer": "respond-async, wait=50"})
            assert (answer.status, answer.json["orderId"]) == (200, 7)
            assert answer.headers["Preference-Applied"] == "respond-async, wait=50"
            upstream.open.clear()
            late = await running.get("/v1/shop/orders/8", headers={"Prefer": "respond-async, wait=1"})
            assert (late.status, late.headers["Preference-Applied"]) == (202, "respond-async, wait=1")
            location = late.headers["Location"]
            standing = await running.get(location, allow_redirects=False)
            same = {"If-None-Match": standing.headers["ETag"]}
            assert (await running.get(location, headers=same, allow_redirects=False)).status == 304
            waiting = asyncio.create_task(running.get(location, headers=WAIT))
            upstream.open.set()
            assert (await waiting).json["orderId"] == 8


async def test_the_same_key_is_the_same_job_and_another_request_under_it_is_refused(tmp_path: Path) -> None:
    async with Upstream() as upstream:
        config = configured(upstream, sqlite(tmp_path), operations={"GetOrder": {"async": "always"}})
        async with bridge(tmp_path, config) as running:
            await running.ready("shop")
            key = {"Idempotency-Key": '"order-7"'}
            asking = (running.post("/v1/shop/get-order", {"orderId": 7}, headers=key) for _ in range(10))
            first, *others = await asyncio.gather(*asking)
            assert first.status == 202
            assert "Preference-Applied" not in first.headers
            assert {one.headers["Location"] for one in others} == {first.headers["Location"]}
            refused = await running.post("/v1/shop/get-order", {"orderId": 8}, headers=key)
            assert refused.status == 422
            await ended(running, first.headers["Location"])
    assert [asked.order for asked in upstream.asked] == [7]


async def test_a_failure_is_the_problem_that_the_call_would_have_had(tmp_path: Path) -> None:
    async with Upstream() as upstream:
        queues = {"calls": {"retry": {"attempts": 1}}}
        async with bridge(tmp_path, configured(upstream, sqlite(tmp_path), queues=queues)) as running:
            await running.ready("shop")
            await upstream.stop()
            accepted = await running.get("/v1/shop/orders/7", headers=LATER)
            over = await ended(running, accepted.headers["Location"])
            assert (over.status, over.json["state"], over.json["code"]) == (303, "failed", "upstream_unreachable")
            answer = await running.get(accepted.headers["Location"])
            assert (answer.status, answer.json["code"], answer.json["outcome"]) == (
                *(502, "upstream_unreachable", "not_sent"),
            )


async def test_one_that_waits_is_taken_back_and_one_that_writes_is_not(tmp_path: Path) -> None:
    async with Upstream() as upstream:
        queues = {"calls": {"concurrency": 1}}
        config = configured(upstream, sqlite(tmp_path), queues=queues, operations={})
        async with bridge(tmp_path, config) as running:
            await running.ready("shop")
            upstream.open.clear()
            first = (await running.post("/v1/shop/get-order", {"orderId": 1}, headers=LATER)).headers["Location"]
            await upstream.has_been_asked(1)
            second = (await running.post("/v1/shop/get-order", {"orderId": 2}, headers=LATER)).headers["Location"]
            assert (await running.ask("DELETE", second)).status == 204
            assert (await running.ask("DELETE", second)).status == 204
            assert (await running.get(second)).json["state"] == "cancelled"
            assert (await running.get(f"{second}/answer")).status == 410
            assert (await running.ask("DELETE", first)).status == 409
            upstream.open.set()
            assert (await ended(running, first)).status == 303
            assert (await running.ask("DELETE", first)).status == 409
    assert [asked.order for asked in upstream.asked] == [1]


async def test_only_the_key_that_asked_sees_it(tmp_path: Path) -> None:
    keys = [{"name": name, "key": f"env:{name.upper()}_KEY", "scopes": ["shop:*"]} for name in ("web", "crm")]
    async with Upstream() as upstream:
        config = configured(upstream, sqlite(tmp_path), access={"keys": keys})
        async with bridge(tmp_path, config, env=ENV) as running:
            await running.ready("shop")
            mine, other = {"X-API-Key": ENV["WEB_KEY"]}, {"X-API-Key": ENV["CRM_KEY"]}
            accepted = await running.get("/v1/shop/orders/7", headers={**LATER, **mine})
            location = accepted.headers["Location"]
            await ended(running, location, **mine)
            assert (await running.get(location, headers=mine)).status == 200
            assert (await running.get(location)).status == 401
            for address in (location, f"{location}/answer", location[:-1] + ("0" if location[-1] != "0" else "1")):
                assert (await running.get(address, headers=other)).status == 404
            assert (await running.ask("DELETE", location, headers=other)).status == 404
            assert (await running.get(location[:-1] + "x", headers=mine)).status == 404


async def test_an_answer_is_gone_when_it_was_kept_for_long_enough(tmp_path: Path, kept: Kept) -> None:
    async with Upstream() as upstream, bridge(tmp_path, configured(upstream, kept.url)) as running:
        await running.ready("shop")
        location = (await running.get("/v1/shop/orders/7", headers=LATER)).headers["Location"]
        await ended(running, location)
        kept.sql("UPDATE tickets SET kept_until = 1")
        for address in (location, f"{location}/answer"):
            assert (await running.get(address)).status == 410


async def test_without_a_store_the_preference_is_passed_by_and_there_are_no_jobs(tmp_path: Path) -> None:
    async with Upstream() as upstream:
        config = {"upstreams": {"shop": soap(upstream.wsdl, operations=ROUTED)}}
        async with bridge(tmp_path, config) as running:
            await running.ready("shop")
            answer = await running.get("/v1/shop/orders/7", headers=LATER)
            assert (answer.status, "Preference-Applied" in answer.headers) == (200, False)
            assert (await running.get(f"/jobs/{'0' * 26}-{'0' * 32}")).status == 404
            assert "/jobs/{id}" not in (await running.get("/openapi.json")).json["paths"]


async def test_where_it_is_never_the_answer_comes_at_once_and_the_document_says_so(tmp_path: Path) -> None:
    async with Upstream() as upstream:
        operations = {"GetOrder": {**ROUTED["GetOrder"], "async": "never"}}
        async with bridge(tmp_path, configured(upstream, sqlite(tmp_path), operations=operations)) as running:
            await running.ready("shop")
            assert (await running.get("/v1/shop/orders/7", headers=LATER)).status == 200
            paths = (await running.get("/openapi.json")).json["paths"]
            assert "202" not in paths["/v1/shop/orders/{orderId}"]["get"]["responses"]
            assert {"/jobs/{id}", "/jobs/{id}/answer"} <= paths.keys()


async def test_a_real_service_that_is_slower_than_its_client_is_patient(tmp_path: Path, kept: Kept) -> None:
    """PHP's own SoapServer; the client gives up long before it answers, and the bridge is killed meanwhile."""
    (tmp_path / "php").mkdir()
    async with php_server(tmp_path / "php", SLOW, SECONDS="3") as server:
        shop = soap(server.wsdl_url("orders"), operations={"GetOrder": {"safe": True}})
        config = {"store": kept.url, "upstreams": {"shop": shop}, "queues": {"calls": {"lease": "3s"}}}
        async with bridge(tmp_path, config) as running:
            await running.ready("shop")
            with pytest.raises(TimeoutError):
                await running.post("/v1/shop/get-order", {"orderId": 7}, timeout=aiohttp.ClientTimeout(total=0.5))
            accepted = await running.post("/v1/shop/get-order", {"orderId": 8}, headers=LATER)
            assert accepted.status == 202
            location = accepted.headers["Location"]
            async with asyncio.timeout(HANG_S):
                while (await running.get(location, allow_redirects=False)).json["state"] != "running":
                    pass
            running.process.kill()
            await running.ended()
        async with bridge(tmp_path, config) as running:
            assert (await ended(running, location)).status == 303
            answer = await running.get(location)
            assert (answer.status, answer.json["orderId"]) == (200, 8)


async def test_a_write_that_the_bridge_was_killed_in_is_unknown_and_not_repeated(tmp_path: Path, kept: Kept) -> None:
    async with Upstream() as upstream:
        config = configured(upstream, kept.url, operations={}, queues={"calls": {"lease": "3s"}})
        upstream.open.clear()
        async with bridge(tmp_path, config) as running:
            await running.ready("shop")
            accepted = await running.post("/v1/shop/get-order", {"orderId": 7}, headers=LATER)
            await upstream.has_been_asked(1)
            running.process.kill()
            await running.ended()
        upstream.open.set()
        async with bridge(tmp_path, config) as running:
            over = await ended(running, accepted.headers["Location"])
            assert (over.status, over.json["state"]) == (303, "failed")
            answer = await running.get(accepted.headers["Location"])
            assert (answer.status, answer.json["code"], answer.json["outcome"]) == (504, "outcome_unknown", "unknown")
    assert len(upstream.asked) == 1


# ── told by us ───────────────────────────────────────────────────────────────────────────────────────────────────


class Receiver:
    """Takes what is sent, and checks it as the page of the standard says it."""

    def __init__(self) -> None:
        self.statuses = [204]
        self.messages: list[Json] = []
        self.ids: list[str] = []
        self.url = ""
        self._news = asyncio.Event()

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        head = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode()
        mac = base64.b64encode(hmac.digest(SECRET, head + body, hashlib.sha256)).decode()
        assert request.headers["webhook-signature"] == f"v1,{mac}"
        self.messages.append(json.loads(body))
        self.ids.append(request.headers["webhook-id"])
        self._news.set()
        return web.Response(status=self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0])

    async def has_heard(self, times: int) -> None:
        async with asyncio.timeout(HANG_S):
            while len(self.messages) < times:
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver, app = Receiver(), web.Application()
    app.router.add_post("/hook", receiver.answer)
    there = TestServer(app, host="127.0.0.1")
    await there.start_server()
    receiver.url = str(there.make_url("/hook"))
    try:
        yield receiver
    finally:
        await there.close()


async def test_whoever_the_client_names_is_told_and_told_again_until_he_hears(tmp_path: Path, kept: Kept) -> None:
    async with Upstream() as upstream, receiving() as receiver:
        receiver.statuses = [500, 302, 204]
        events = {"url": receiver.url, "secret": "env:EVENTS_SECRET", "allow_private": True}
        config = configured(
            *(upstream, kept.url),
            callbacks={"erp-events": events},
            queues={"callback-erp-events": {"retry": {"base": "10ms", "cap": "10ms", "attempts": 9}}},
        )
        async with bridge(tmp_path, config, env=ENV) as running:
            await running.ready("shop")
            asked = {**LATER, "Callback": "erp-events"}
            accepted = await running.get("/v1/shop/orders/7", headers=asked)
            assert accepted.status == 202, accepted.text
            await receiver.has_heard(3)
            await running.log.event("job-done", kind="callback")
            assert len(set(receiver.ids)) == 1
            message = receiver.messages[-1]
            assert (message["type"], message["data"]["id"]) == ("call.done", accepted.json["id"])
            assert message["data"]["answer"]["orderId"] == 7
            assert message["data"]["location"] == accepted.headers["Location"]
            parameters = (await running.get("/openapi.json")).json["components"]["parameters"]
            assert parameters["Callback"]["schema"] == {"enum": ["erp-events"]}


async def test_a_receiver_inside_gets_nothing_unless_it_may(tmp_path: Path) -> None:
    async with Upstream() as upstream, receiving() as receiver:
        port = receiver.url.rpartition(":")[2].partition("/")[0]
        events = {"url": f"https://127.0.0.1:{port}/hook", "secret": "env:EVENTS_SECRET"}
        config = configured(upstream, sqlite(tmp_path), callbacks={"erp-events": events})
        async with bridge(tmp_path, config, env=ENV) as running:
            await running.ready("shop")
            await running.get("/v1/shop/orders/7", headers={**LATER, "Callback": "erp-events"})
            told = await running.log.event("job-retried", kind="callback")
            assert (told["code"], "address_refused" in told["cause"]) == ("upstream_unreachable", True)
    assert receiver.messages == []


async def test_a_receiver_that_is_gone_is_left_alone(tmp_path: Path) -> None:
    async with Upstream() as upstream, receiving() as receiver:
        receiver.statuses = [410]
        events = {"url": receiver.url, "secret": "env:EVENTS_SECRET", "allow_private": True, "include": "link"}
        config = configured(upstream, sqlite(tmp_path), callbacks={"erp-events": events})
        async with bridge(tmp_path, config, env=ENV) as running:
            await running.ready("shop")
            for _ in range(2):
                await running.get("/v1/shop/orders/7", headers={**LATER, "Callback": "erp-events"})
            await running.log.event("job-dead", 2, kind="callback", code="callback_gone")
    assert len(receiver.messages) <= 2
    assert "answer" not in receiver.messages[0]["data"]
