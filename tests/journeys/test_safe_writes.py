"""Writes that come again under their key, as a client lives through it: one effect, equal answers, and nothing is done
twice when the bridge dies between the effect and its record.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bridge.store.failpoints import VARIABLE
from tests.journeys.running import LISTENING, Answer, Bridge, Json, bridge, command, soap, write
from tests.journeys.upstream import Upstream

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]

KEY = {"Idempotency-Key": '"8e03978e-40d5-43dd"'}
OPERATIONS: Json = {
    "CreateOrder": {"request": "POST /orders", "route": "POST /orders", "idempotency": {"wait": "60s"}},
    "FindOrder": {"request": "GET /orders/{number}", "safe": True},
}


@dataclass
class Shop:
    """An order system over HTTP: each POST is an effect."""

    url: str = ""
    effects: list[Json] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    status: int = 201

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "GET":
            number = request.path.rpartition("/")[2]
            there = any(str(one.get("number")) == number for one in self.effects)
            return web.json_response({"found": there, "number": number})
        self.effects.append(json.loads(await request.read()))
        self.heads.append({name.lower(): value for name, value in request.headers.items()})
        self.arrived.set()
        await self.open.wait()
        return web.json_response(
            {"number": self.effects[-1].get("number"), "id": len(self.effects)}, status=self.status
        )


@asynccontextmanager
async def shop() -> AsyncIterator[Shop]:
    made = Shop()
    made.open.set()
    runner = web.ServerRunner(web.Server(made.answer, access_log=None), shutdown_timeout=0.05)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[union-attr]  # it listens
    try:
        yield made
    finally:
        made.open.set()
        await runner.cleanup()


def config(folder: Path, made: Shop, *, operations: Json = OPERATIONS, **more: Any) -> Json:
    upstream = {"http": {"base": made.url}, "operations": operations, **more.pop("upstream", {})}
    return {"store": f"sqlite:///{folder / 'bridge.db'}", "upstreams": {"shop": upstream}, **more}


def order(running: Bridge, number: int = 4711, headers: Json | None = None, **more: Any) -> Awaitable[Answer]:
    return running.post("/v1/shop/orders", {"number": number, **more}, headers=KEY if headers is None else headers)


async def test_a_key_is_answered_again_by_whatever_worker_and_after_a_restart(tmp_path: Path) -> None:
    async with shop() as made:
        settings = config(tmp_path, made, server={"workers": 2})
        async with bridge(tmp_path, settings) as running:
            await running.log.event("upstream-ready", 2, upstream="shop")
            first = await order(running)
            again = [await order(running) for _ in range(8)]
            other = await order(running, 4712)
        async with bridge(tmp_path, settings) as running:
            await running.ready("shop")
            again.append(await order(running))
    assert (first.status, first.json) == (201, {"number": 4711, "id": 1})
    assert "Idempotency-Replayed" not in first.headers
    assert {(one.status, one.body, one.headers["Idempotency-Replayed"]) for one in again} == {(201, first.body, "true")}
    assert (other.status, other.json["code"], other.json["outcome"]) == (422, "idempotency_key_reused", "not_sent")
    assert len(made.effects) == 1


async def test_a_thousand_at_once_on_two_workers_have_one_effect_and_equal_bytes(tmp_path: Path) -> None:
    crowd = {"connections": 2000, "connections_per_address": 2000, "in_flight": 2000, "lag": "60s"}
    server = {"workers": 2, "limits": crowd}
    async with shop() as made, bridge(tmp_path, config(tmp_path, made, server=server)) as running:
        await running.log.event("upstream-ready", 2, upstream="shop")
        made.open.clear()
        asking = [asyncio.ensure_future(order(running)) for _ in range(1000)]
        await made.arrived.wait()
        made.open.set()
        answers = await asyncio.gather(*asking)
        assert Counter(one.status for one in answers) == {201: 1000}
        assert len({one.body for one in answers}) == 1
        assert sum("Idempotency-Replayed" not in one.headers for one in answers) == 1
        assert len(made.effects) == 1


async def test_a_kill_between_the_effect_and_its_record_leaves_it_unknown_and_never_done_again(tmp_path: Path) -> None:
    async with shop() as made:
        settings = config(tmp_path, made, upstream={"limits": {"timeout": "1s", "deadline": "1s"}})
        await _killed_after_the_effect(tmp_path, settings)
        assert len(made.effects) == 1
        async with bridge(tmp_path, settings) as running:
            await running.ready("shop")
            early = await order(running)  # whoever had it may still be at it
            assert early.status in {409, 504}
            told = [await _until_known(running) for _ in range(2)]
        assert [(one.status, one.json["code"], one.json["outcome"]) for one in told] == [
            (504, "outcome_unknown", "unknown")
        ] * 2
        assert told[0].body == told[1].body
        assert len(made.effects) == 1


async def _killed_after_the_effect(folder: Path, settings: Json) -> None:
    """A bridge of its own process: where it may die is read when it starts."""
    line = ["serve", str(write(folder, settings)), "--port", "0", "--state", str(folder / "state")]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bridge", *line),
        cwd=folder,
        env={**os.environ, VARIABLE: "answers.end"},
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    url = ""
    async with asyncio.timeout(60):
        async for text in process.stderr:
            found = LISTENING.search(text.decode())
            url = found[1] if found else url
            if url and b"server-started" in text:
                break
    async with aiohttp.ClientSession() as session:
        with suppress(aiohttp.ClientError):
            await session.post(f"{url}/v1/shop/orders", json={"number": 4711}, headers=KEY)
    async with asyncio.timeout(60):
        assert await process.wait() == -signal.SIGKILL


async def _until_known(running: Bridge) -> Answer:
    async with asyncio.timeout(60):
        while (answer := await order(running)).status >= 400 and answer.json["outcome"] == "not_sent":
            assert answer.json["retryable"]  # under way as far as anybody knows, or its time was over with asking
    return answer


@pytest.mark.parametrize("applied", [True, False])
async def test_what_became_of_it_is_found_out_after_a_kill(tmp_path: Path, *, applied: bool) -> None:
    reconcile = {
        "operation": "FindOrder",
        "with": {"number": "{number}"},
        "applied_when": "@.found == true",
        "not_applied_when": "@.found == false",
        "answer": True,
        "quiet": "0s",
    }
    operations = {**OPERATIONS, "CreateOrder": {**OPERATIONS["CreateOrder"], "reconcile": reconcile}}
    async with shop() as made:
        limits = {"limits": {"timeout": "1s", "deadline": "1s"}}
        settings = config(tmp_path, made, operations=operations, upstream=limits)
        await _killed_after_the_effect(tmp_path, settings)
        if not applied:
            made.effects.clear()
        async with bridge(tmp_path, settings) as running:
            await running.ready("shop")
            answer = await _until_known(running)
    assert answer.status in {200, 201}
    assert answer.json == ({"found": True, "number": "4711"} if applied else {"number": 4711, "id": 1})
    assert len(made.effects) == 1


async def test_a_header_that_is_malformed_missing_or_of_no_use(tmp_path: Path) -> None:
    operations: Json = {
        **OPERATIONS,
        "Pay": {
            "request": "POST /pay",
            "route": "POST /pay",
            "idempotency": {"required": True, "header": "X-Request-Id", "unquoted": True},
        },
        "Refund": {"request": "POST /refunds", "route": "POST /refunds", "idempotency": {"key": "refund:{number}"}},
    }
    async with shop() as made, bridge(tmp_path, config(tmp_path, made, operations=operations)) as running:
        await running.ready("shop")
        malformed = await order(running, headers={"Idempotency-Key": "8e03978e"})
        missing = await running.post("/v1/shop/pay", {"number": 1})
        plain = [await running.post("/v1/shop/pay", {"number": 1}, headers={"Idempotency-Key": "a-b"}) for _ in "ab"]
        made_keys = [await running.post("/v1/shop/refunds", {"number": number}) for number in (1, 1, 2)]
        without = [await order(running, 9, headers={}) for _ in "ab"]
    assert [(one.status, one.json["code"]) for one in (malformed, missing)] == [
        (400, "bad_request"),
        (400, "idempotency_key_missing"),
    ]
    assert 'Idempotency-Key: "' in malformed.json["detail"]
    assert (plain[0].status, plain[0].body) == (201, plain[1].body)
    assert len(made.heads[0]["x-request-id"]) == 36
    assert made_keys[0].body == made_keys[1].body != made_keys[2].body
    assert without[0].body != without[1].body


async def test_a_soap_write_is_answered_again_and_what_was_not_sent_is_not(tmp_path: Path) -> None:
    async with Upstream() as upstream:
        settings = {
            "store": f"sqlite:///{tmp_path / 'bridge.db'}",
            "upstreams": {"shop": soap(upstream.wsdl)},
        }
        async with bridge(tmp_path, settings) as running:
            await running.ready("shop")
            asked = [await running.post("/v1/shop/get-order", {"orderId": 7}, headers=KEY) for _ in "abc"]
            wrong = [await running.post("/v1/shop/get-order", {}, headers={"Idempotency-Key": '"x"'}) for _ in "ab"]
            right = await running.post("/v1/shop/get-order", {"orderId": 7}, headers={"Idempotency-Key": '"x"'})
        assert [one.status for one in (*asked, *wrong, right)] == [200, 200, 200, 422, 422, 200], asked[0].text
        assert len({one.body for one in asked}) == 1
        assert len(upstream.asked) == 2


async def test_the_documents_and_check_tell_of_it(tmp_path: Path) -> None:
    async with shop() as made:
        settings = config(tmp_path, made)
        async with bridge(tmp_path, settings) as running:
            await running.ready("shop")
            paths = (await running.get("/openapi.json")).json["paths"]
        post = paths["/v1/shop/orders"]["post"]
        [header] = [one for one in post["parameters"] if one.get("name") == "Idempotency-Key"]
        assert (header["in"], header["required"]) == ("header", False)
        assert {"409", "422"} <= post["responses"].keys()
        operations: Json = {
            "CreateOrder": {
                "request": "POST /orders",
                "idempotency": {"keep": "1h", "key": "order"},
                "reconcile": {"operation": "FindOrdr", "applied_when": "@.found == true"},
            },
            "FindOrder": {"request": "GET /orders/{number}", "safe": True, "idempotency": True},
        }
        write(tmp_path, config(tmp_path, made, operations=operations))
    code, out, err = await command("check", "bridge.yaml", folder=tmp_path)
    assert code == 2
    told = out + err
    for said in ("72", "without a field", "nothing is done twice"):
        assert said in told, told
