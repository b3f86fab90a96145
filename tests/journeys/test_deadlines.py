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

DEADLINE_S, TIMEOUT_S = 0.8, 0.6
TRIES_MAX = 2
"""As many as begin before the deadline. How late an answer is says how busy the machine is; how often a call was tried
says whether anybody looked at the deadline."""
CLIENTS = 20
PATIENT_S = 3  # long enough that all have asked before the first of them has waited
NEVER = "1000s"  # a client of these tests does not wait so long
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
            retry={"attempts": 20, "base": "10ms"},
            operations={"GetOrder": GET_ORDER},
        )
        async with bridge(tmp_path, {"upstreams": {"shop": upstream}}) as running:
            await running.ready("shop")
            reads = [timed(running.get(f"/v1/shop/orders/{number}")) for number in range(CLIENTS)]
            writes = [timed(running.post("/v1/shop/fail", {"blame": "x", "text": "y"}))]
            *read, (_, wrote) = await asyncio.gather(*reads, *writes)
            for took_s, answer in read:
                assert (answer.status, answer.json["code"]) == (504, "upstream_timeout")
                assert took_s >= TIMEOUT_S
            # A write is tried once, and nobody knows whether it happened.
            assert (wrote.status, wrote.json["code"], wrote.json["outcome"]) == (504, "outcome_unknown", "unknown")
            assert len(server.requests) <= TRIES_MAX * CLIENTS + len(writes)
            assert (await running.get("/healthz")).status == 200


async def test_a_client_may_be_less_patient(tmp_path: Path) -> None:
    """`Prefer: wait` (RFC 7240) shortens the deadline of one call."""
    async with FaultServer([never_answers()]) as server:
        upstream = soap(
            str(WSDLS / "orders.wsdl"),
            endpoint=server.url,
            limits={"timeout": NEVER, "deadline": NEVER},
            operations={"GetOrder": GET_ORDER},
        )
        async with bridge(tmp_path, {"upstreams": {"shop": upstream}}) as running:
            await running.ready("shop")
            took_s, answer = await timed(running.get("/v1/shop/orders/1", headers={"Prefer": "wait=1"}))
            assert answer.status == 504
            assert took_s >= 1


async def test_those_who_wait_for_a_place_are_answered_in_time(tmp_path: Path) -> None:
    async with FaultServer([never_answers()]) as server:
        upstream = soap(
            str(WSDLS / "orders.wsdl"),
            endpoint=server.url,
            limits={"concurrency": 1, "queue": 5, "deadline": f"{PATIENT_S}s"},
            operations={"GetOrder": GET_ORDER},
        )
        async with bridge(tmp_path, {"upstreams": {"shop": upstream}}) as running:
            await running.ready("shop")
            asked = [timed(running.get(f"/v1/shop/orders/{number}")) for number in range(CLIENTS)]
            answers = [await answer for answer in asyncio.as_completed(asked)]
            # Six had the one place or waited for it to the end; the others were refused at once.
            quick, patient = answers[:-6], answers[-6:]
            assert {answer.json["code"] for _, answer in quick} == {"overloaded"}
            assert {answer.json["code"] for _, answer in patient} <= {"upstream_timeout", "overloaded"}
            assert all(took_s >= PATIENT_S for took_s, _ in patient)
            refused = [answer for _, answer in answers if answer.json["code"] == "overloaded"]
            assert all(answer.status == 503 and answer.headers["Retry-After"] for answer in refused)
