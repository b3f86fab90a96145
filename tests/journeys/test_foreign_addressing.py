"""WS-Addressing with the `soap` package of the node world: what it saw of our headers, and its answers, which relate to
our messages or do not. And with JAX-WS RI, which demands it and judges it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.journeys.foreign import Foreign
from tests.journeys.running import Answer, bridge, soap
from tests.journeys.wire import refused
from tests.servers.java import java_server
from tests.servers.node import node_ledger

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

NEW, BEFORE = "http://www.w3.org/2005/08/addressing", "http://schemas.xmlsoap.org/ws/2004/08/addressing"
ROUTED = {"to": "urn:example:routing", "from": "urn:example:bridge", "version": "2004/08"}
on_both = pytest.mark.parametrize("service", ["ledger", "ledger12"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Foreign]:
    folder = tmp_path_factory.mktemp("addressing")
    for name in ("server", "bridge"):
        (folder / name).mkdir()
    async with node_ledger(folder / "server") as server:

        def upstream(service: str, addressing: object) -> dict[str, Any]:
            return soap(server.wsdl_url(service), retry={"attempts": 1}, addressing=addressing)

        config = {
            **{service: upstream(service, addressing=True) for service in ("ledger", "ledger12")},
            **{f"routed-{service}": upstream(service, ROUTED) for service in ("ledger", "ledger12")},
        }
        async with bridge(folder / "bridge", {"upstreams": config}) as running:
            await running.ready(*config)
            yield Foreign("node", server, running)


async def book(here: Foreign, upstream: str, say: str = "as usual") -> Answer:
    return await here.bridge.post(f"/v1/{upstream}/book", {"amount": 12.50, "say": say})


def seen(answer: Answer) -> dict[str, Any]:
    """The headers as node's objects had them."""
    assert answer.status == 200, answer.text
    pairs = (line.partition(" ") for line in answer.json["seen"])
    return {name: json.loads(value) for name, _, value in pairs}


@on_both
async def test_what_the_server_saw(here: Foreign, service: str) -> None:
    answer = await book(here, service)
    found = seen(answer)
    assert found.pop("MessageID").startswith("urn:uuid:")
    assert found == {
        "Action": "urn:example:ledger#Book",
        "To": here.server.url(service),
        "ReplyTo": {"Address": f"{NEW}/anonymous"},
    }
    assert here.last().action == "urn:example:ledger#Book"


@on_both
async def test_what_the_server_saw_of_the_version_before(here: Foreign, service: str) -> None:
    found = seen(await book(here, f"routed-{service}", "nothing"))
    assert (found["To"], found["From"]) == ("urn:example:routing", {"Address": "urn:example:bridge"})
    assert found["ReplyTo"] == {"Address": f"{BEFORE}/role/anonymous"}
    assert {one.tag.partition("}")[0] for one in here.last().envelope[0]} == {f"{{{BEFORE}"}


@on_both
async def test_an_answer_to_another_message_is_refused(here: Foreign, service: str) -> None:
    assert (await book(here, service, "nothing")).status == 200
    assert "urn:uuid:somebody-else" in await refused(here, await book(here, service, "somebody else"))
    assert (await book(here, service)).status == 200


async def test_a_one_way_message_is_addressed_as_well(here: Foreign) -> None:
    answer = await here.bridge.post("/v1/ledger/remark", {"text": "hello"})
    assert (answer.status, answer.body) == (202, b"")
    names = [one.tag.rpartition("}")[2] for one in here.last().envelope[0]]
    assert names == ["Action", "MessageID", "To"]


# ── a server that demands it ─────────────────────────────────────────────────────────────────────────────────────


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def strict(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Foreign]:
    folder = tmp_path_factory.mktemp("demanded")
    for name in ("server", "bridge"):
        (folder / name).mkdir()
    async with java_server(folder / "server") as server:

        def upstream(**more: object) -> dict[str, Any]:
            return soap(server.wsdl_url("addressed"), retry={"attempts": 1}, **more)

        config = {
            "demanded": upstream(),
            "off": upstream(addressing=False),
            "before": upstream(addressing={"version": "2004/08"}),
            "wrong": upstream(addressing={"action": "urn:nobody"}),
            "elsewhere": upstream(addressing={"reply_to": f"{NEW}/none"}),
            "by-hand": upstream(headers={"send": [f"<w:To xmlns:w='{NEW}'>urn:me</w:To>"]}),
        }
        async with bridge(folder / "bridge", {"upstreams": config}) as running:
            await running.ready(*config)
            yield Foreign("java", server, running)


async def who(here: Foreign, upstream: str) -> Answer:
    return await here.bridge.post(f"/v1/{upstream}/who-am-i", {"text": "x"})


async def test_what_a_server_demands(strict: Foreign) -> None:
    answer = await who(strict, "demanded")
    assert (answer.status, answer.json["text"]) == (200, "x")
    assert b"RelatesTo" in strict.last().exchange.response


@pytest.mark.parametrize(
    ("upstream", "cause"),
    [
        ("off", "MessageAddressingHeaderRequired"),
        ("before", "MessageAddressingHeaderRequired"),
        ("wrong", "ActionNotSupported"),
        ("by-hand", "MessageAddressingHeaderRequired"),
    ],
)
async def test_what_it_refuses_is_nothing_that_a_client_did(strict: Foreign, upstream: str, cause: str) -> None:
    assert cause in await refused(strict, await who(strict, upstream))


async def test_an_answer_that_goes_elsewhere(strict: Foreign) -> None:
    answer = await who(strict, "elsewhere")
    assert (answer.status, answer.body, strict.last().exchange.status) == (202, b"", 202)


async def test_a_fault_of_an_addressed_message(strict: Foreign) -> None:
    answer = await strict.bridge.post("/v1/demanded/refuse", {"text": "no"})
    assert (answer.status, answer.json["fault"]) == (422, {"text": "no"})
