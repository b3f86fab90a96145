"""What an operator should know about the way to an upstream is a line of the log, at each start, and of `check`."""

from __future__ import annotations

import datetime as dt
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.journeys.running import bridge, command, soap, write
from tests.journeys.upstream import GET_ORDER, Upstream
from tests.servers.apache import PASSWORD, USER, apache

pytestmark = pytest.mark.journey
OPERATIONS = {"GetOrder": GET_ORDER}


async def test_old_tls_and_a_certificate_near_its_end(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(days=10, hours=1)
    own = authority.issue_cert("us@bridge.example", not_after=soon)
    own.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "own.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    tls = {"cert": "own.pem", "legacy": True}
    async with Upstream(tls=context) as upstream:
        config = {"upstreams": {"shop": soap(upstream.wsdl, operations=OPERATIONS, ca="ca.pem", tls=tls)}}
        async with bridge(tmp_path, config) as running:
            await running.ready("shop")
            assert (await running.get("/v1/shop/orders/7")).status == 200
            told = [one["warning"] for one in running.log.told("connection-warning", upstream="shop")]
            assert told[0].startswith("tls.legacy: ")
            assert "ends in 10 days" in told[1]
        code, out, err = await command("check", str(write(tmp_path, config)), folder=tmp_path)
        assert code == 0, out + err
        assert "tls.legacy" in out + err
        assert "ends in 10 days" in out + err


async def test_a_digest_with_md5_is_told_once(tmp_path: Path) -> None:
    async with Upstream() as upstream, apache(upstream.url) as server:
        auth: dict[str, Any] = {"digest": {"username": USER, "password": "env:SECRET"}}
        settings = soap(f"{server.url}/digest/orders?wsdl", endpoint=f"{server.url}/digest/orders", auth=auth)
        config = {"upstreams": {"shop": {**settings, "operations": OPERATIONS}}}
        async with bridge(tmp_path, config, env={"SECRET": PASSWORD}, secrets=(PASSWORD,)) as running:
            await running.ready("shop")
            for number in range(5):
                assert (await running.get(f"/v1/shop/orders/{number}")).json["orderId"] == number
            [told] = running.log.told("connection-warning", upstream="shop")
            assert "MD5" in told["warning"]
        assert [one.order for one in upstream.asked] == list(range(5))
