"""A slow or silent system behind: the client hears of it by the deadline, whatever is going on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from pathlib import Path

import pytest

from tests.bridge.transport.faults import Behaviour, FaultServer, drips, http, never_answers
from tests.journeys.running import Answer, bridge, soap
from tests.journeys.upstream import ENVELOPE, GET_ORDER, ORDER
from tests.servers.running import WSDLS

pytestmark = pytest.mark.journey

DEADLINE_S, TIMEOUT_S, LATE_S_MAX = 0.8, 0.6, 0.25
CLIENTS = 20
GOOD = http(ENVELOPE.format(ORDER.format(7)).encode())
SLOW: dict[str, Behaviour] = {
    "silent": never_answers(),
    "half-a-head": never_answers(b"HTTP/1.1 200 OK\r\nContent-Ty"),
    "half-a-body": never_answers(GOOD[:300]),
    "byte-by-byte": drips(GOOD, 0.05),
}


async def timed(asked: Awaitable[Answer]) -> tuple[float, Answer]:
    began = time.perf_counter()
    answer = await asked
    return time.perf_counter() - began, answer


@pytest.mark.parametrize("how", SLOW)
async def test_the_deadline_is_kept(tmp_path: Path, how: str) -> None:
    async with FaultServer([SLOW[how]]) as server:
        upstream = soap(
            str(WSDLS / "orders.wsdl"),
            endpoint=server.url,
            limits={"timeout": f"{TIMEOUT_S}s", "deadline": f"{DEADLINE_S}s"},
            retry={"attempts": 5, "base": "10ms"},
            operations={"GetOrder": GET_ORDER},
        )
        async with bridge(tmp_path, {"upstreams": {"shop": upstream}}) as running:
            await running.ready("shop")
            reads = [timed(running.get(f"/v1/shop/orders/{number}")) for number in range(CLIENTS)]
            writes = [timed(running.post("/v1/shop/fail", {"blame": "x", "text": "y"}))]
            *read, (wrote_s, wrote) = await asyncio.gather(*reads, *writes)
            for took_s, answer in read:
                assert (answer.status, answer.json["code"]) == (504, "upstream_timeout")
                assert TIMEOUT_S <= took_s <= DEADLINE_S + LATE_S_MAX
            # A write is tried once, and nobody knows whether it happened.
            assert (wrote.status, wrote.json["code"], wrote.json["outcome"]) == (504, "outcome_unknown", "unknown")
            assert wrote_s <= DEADLINE_S + LATE_S_MAX
            assert (await running.get("/healthz")).status == 200


async def test_a_client_may_be_less_patient(tmp_path: Path) -> None:
    """`Prefer: wait` (RFC 7240) shortens the deadline of one call."""
    async with FaultServer([never_answers()]) as server:
        upstream = soap(str(WSDLS / "orders.wsdl"), endpoint=server.url, operations={"GetOrder": GET_ORDER})
        async with bridge(tmp_path, {"upstreams": {"shop": upstream}}) as running:
            await running.ready("shop")
            took_s, answer = await timed(running.get("/v1/shop/orders/1", headers={"Prefer": "wait=1"}))
            assert answer.status == 504
            assert 1 <= took_s <= 1 + LATE_S_MAX


async def test_those_who_wait_for_a_place_are_answered_in_time(tmp_path: Path) -> None:
    async with FaultServer([never_answers()]) as server:
        upstream = soap(
            str(WSDLS / "orders.wsdl"),
            endpoint=server.url,
            limits={"concurrency": 1, "queue": 5, "deadline": f"{DEADLINE_S}s"},
            operations={"GetOrder": GET_ORDER},
        )
        async with bridge(tmp_path, {"upstreams": {"shop": upstream}}) as running:
            await running.ready("shop")
            asked = [timed(running.get(f"/v1/shop/orders/{number}")) for number in range(CLIENTS)]
            answers = await asyncio.gather(*asked)
            assert max(took_s for took_s, _ in answers) <= DEADLINE_S + LATE_S_MAX
            # Six had the one place or waited for it to the end; the others were refused at once.
            quick = [answer for took_s, answer in answers if took_s < DEADLINE_S / 2]
            assert len(quick) == CLIENTS - 6
            assert {answer.json["code"] for answer in quick} == {"overloaded"}
            patient = [answer for took_s, answer in answers if took_s >= DEADLINE_S / 2]
            assert {answer.json["code"] for answer in patient} <= {"upstream_timeout", "overloaded"}
            refused = [answer for _, answer in answers if answer.json["code"] == "overloaded"]
            assert all(answer.status == 503 and answer.headers["Retry-After"] for answer in refused)
