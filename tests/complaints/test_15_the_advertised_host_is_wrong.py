"""Complaint 15: the WSDL says localhost, or a host that only exists inside; the address and every import must be
rewritten by hand.

mvantellingen/python-zeep#511 (localhost), #651, loopbackio/strong-soap#423 (the imports too), zatosource/zato#387.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.events import ContractWarning
from tests.complaints.legacy import Bridges, Old, Op, element, schema, wsdl

INSIDE = "http://erp01:8081"
TYPES = schema(
    element("Ping", '<xs:element name="N" type="xs:int"/>')
    + element("PingResponse", '<xs:element name="N" type="xs:int"/>')
)
IMPORTING = schema(f'<xs:import namespace="urn:old" schemaLocation="{INSIDE}/xsd/types.xsd"/>', "urn:empty")
ANSWER = "<t:PingResponse><t:N>1</t:N></t:PingResponse>"


@asynccontextmanager
async def service(old: Old, text: str) -> AsyncIterator[str]:
    """The system as the outside sees it: WSDL, schema and calls at one public address. Gives that address."""

    async def document(request: web.Request) -> web.Response:
        body = TYPES if request.path.endswith(".xsd") else text
        return web.Response(body=body.encode(), content_type="text/xml")

    app = web.Application()
    app.router.add_post("/orders", old.serve)
    app.router.add_get("/orders", document)
    app.router.add_get("/xsd/types.xsd", document)
    async with TestServer(app) as server:
        yield str(server.make_url("/")).rstrip("/")


@pytest.mark.parametrize("how", ["endpoint", "rewrite"])
@pytest.mark.parametrize("inside", ["http://localhost/orders", "http://127.0.0.1:9/orders", f"{INSIDE}/orders"])
async def test_calls_go_where_the_configuration_says_zeep_511_zato_387(
    bridges: Bridges, tmp_path: Path, inside: str, how: str
) -> None:
    old = Old()
    old.answers(ANSWER)
    async with service(old, wsdl(TYPES, Op("Ping"), address=inside)) as public:
        begin = inside.removesuffix("orders")
        settings = {"endpoint": f"{public}/orders"} if how == "endpoint" else {"rewrite": {begin: f"{public}/"}}
        upstreams = {"old": {"soap": {"wsdl": f"{public}/orders?wsdl", **settings}}}
        async with bridges.opened(old, upstreams, state=tmp_path):
            assert (await old.post("ping", {"n": 1})).json == 1
            assert len(old.asked) == 1


async def test_imports_are_rewritten_too_strong_soap_423(bridges: Bridges, tmp_path: Path) -> None:
    old = Old()
    old.answers(ANSWER)
    async with service(old, wsdl(IMPORTING, Op("Ping"), address=f"{INSIDE}/orders")) as public:
        soap = {"wsdl": f"{public}/orders?wsdl", "rewrite": {f"{INSIDE}/": f"{public}/"}}
        async with bridges.opened(old, {"old": {"soap": soap}}, state=tmp_path):
            assert (await old.post("ping", {"n": 1})).json == 1


async def test_an_import_may_be_a_local_copy_zeep_651(bridges: Bridges, tmp_path: Path) -> None:
    (tmp_path / "types.xsd").write_text(TYPES, "utf-8")
    old = Old()
    old.answers(ANSWER)
    async with service(old, wsdl(IMPORTING, Op("Ping"), address=f"{INSIDE}/orders")) as public:
        soap = {
            "wsdl": f"{public}/orders?wsdl",
            "endpoint": f"{public}/orders",
            "resolve": {f"{INSIDE}/xsd/types.xsd": str(tmp_path / "types.xsd")},
        }
        async with bridges.opened(old, {"old": {"soap": soap}}, state=tmp_path):
            assert (await old.post("ping", {"n": 1})).json == 1


async def test_unrewritten_a_foreign_host_is_told_and_gets_no_credentials(bridges: Bridges, tmp_path: Path) -> None:
    old = Old()
    async with service(old, wsdl(TYPES, Op("Ping"), address=f"{INSIDE}/orders")) as public:
        soap = {"wsdl": f"{public}/orders?wsdl"}
        async with bridges.opened(old, {"old": {"soap": soap}}, state=tmp_path):
            warnings = [one.warning for one in old.events if isinstance(one, ContractWarning)]
            assert any("erp01" in one for one in warnings), warnings
