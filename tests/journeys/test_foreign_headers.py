"""Headers and one-way messages with PHP's SoapServer: declared ones and others both ways, faults that come in a Header,
and what must be understood."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.journeys.foreign import Foreign
from tests.journeys.running import Answer, bridge, soap
from tests.journeys.wire import refused
from tests.servers.php import LEDGER, php_server

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

SPACE = "urn:example:ledger"
SECRET = "k3y & <more>"
AUTH = {"user": "zoë", "pin": 7}
KEY = {"block": f"<l:Key xmlns:l='{SPACE}'>{{key}}</l:Key>", "values": {"key": "env:LEDGER_KEY"}}
TENANT = {"@name": f"{{{SPACE}}}Tenant", "@content": ["7"]}
on_both = pytest.mark.parametrize("service", ["ledger", "ledger12"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Foreign]:
    folder = tmp_path_factory.mktemp("headers")
    for name in ("server", "bridge"):
        (folder / name).mkdir()
    async with php_server(folder / "server", LEDGER) as server:

        def upstream(service: str, **more: Any) -> dict[str, Any]:
            return soap(server.wsdl_url(service), retry={"attempts": 1}, **more)

        both = {
            "ledger": upstream("ledger"),
            "ledger12": upstream("ledger12"),
            **{
                f"open-{service}": upstream(
                    service, headers={"send": [KEY], "from_clients": True, "undeclared": "keep"}, addressing=True
                )
                for service in ("ledger", "ledger12")
            },
            "careless": upstream("ledger", headers={"must_understand": "ignore"}),
            "mapped": upstream("ledger") | {"operations": {"Book": {"faults": {"AuthRefused": 403}}}},
        }
        env = {"LEDGER_KEY": SECRET}
        async with bridge(folder / "bridge", {"upstreams": both}, env=env, secrets=(SECRET,)) as running:
            await running.ready(*both)
            yield Foreign("php", server, running)


async def book(here: Foreign, upstream: str, say: str = "", **headers: object) -> Answer:
    value = {"amount": 12.50, "headers": {"auth": AUTH} | headers} | ({"say": say} if say else {})
    return await here.bridge.post(f"/v1/{upstream}/book", value)


@on_both
async def test_declared_headers_both_ways(here: Foreign, service: str) -> None:
    answer = await book(here, service)
    assert answer.status == 200, answer.text
    assert answer.text == '{"balance":12.5,"seen":["auth zoë"],"headers":{"trace":["a","b"]}}'


@on_both
async def test_blocks_of_the_configuration_and_of_a_client(here: Foreign, service: str) -> None:
    answer = await book(here, f"open-{service}", **{"@any": [TENANT]})
    assert answer.status == 200, answer.text
    seen = answer.json["seen"]
    assert sorted(seen) == ["auth zoë", 'key "k3y & <more>"', 'tenant "7"']
    header = here.last().envelope[0]
    assert [one.tag.rpartition("}")[2] for one in header] == [
        *("Auth", "Tenant"),  # the declared one first: PHP reads it as untyped behind one it does not know
        *("Key", "Action", "MessageID", "To", "ReplyTo"),
    ]


@on_both
async def test_undeclared_headers_of_an_answer(here: Foreign, service: str) -> None:
    assert "Node" not in (await book(here, service, "undeclared")).text
    kept = (await book(here, f"open-{service}", "undeclared")).json["headers"]
    assert kept == {"trace": ["a", "b"], "@any": [{"@name": "{urn:other}Node", "@content": ["n1"]}]}


@on_both
async def test_what_must_be_understood_is_refused(here: Foreign, service: str) -> None:
    assert "{urn:other}Node" in await refused(here, await book(here, service, "must"))
    assert (await book(here, service, "for another")).status == 200
    assert (await book(here, "careless", "must")).status == 200


@on_both
async def test_a_fault_in_the_header_is_typed(here: Foreign, service: str) -> None:
    answer = await book(here, service, auth={"user": "eve", "pin": 1})
    assert (answer.status, answer.json["code"]) == (422, "fault"), answer.text
    assert answer.json["fault"] == {"user": "eve", "attemptsLeft": 2}
    assert answer.json["detail"] == "That is not your number."
    assert here.last().exchange.status == 500


async def test_a_fault_in_the_header_has_its_status_and_its_schema(here: Foreign) -> None:
    answer = await book(here, "mapped", auth={"user": "eve", "pin": 1})
    assert (answer.status, answer.json["fault"]["attemptsLeft"]) == (403, 2)
    document = (await here.bridge.get("/openapi.json")).json
    responses = document["paths"]["/v1/mapped/book"]["post"]["responses"]
    assert responses["403"]["description"] == "AuthRefused"
    assert "AuthRefused" in str(responses["403"]["content"])
    assert set(document["paths"]["/v1/mapped/remark"]["post"]["responses"]) & {"200", "202", "204"} == {"202"}


@on_both
async def test_one_way_messages(here: Foreign, service: str) -> None:
    answer = await here.bridge.post(f"/v1/{service}/remark", {"text": "hello"})
    assert (answer.status, answer.body) == (202, b"")
    assert here.last().exchange.status in {200, 202}
    answer = await here.bridge.post(f"/v1/{service}/remark", {"text": "refuse"})
    assert (answer.status, answer.json["detail"]) == (422, "No remarks today.")
