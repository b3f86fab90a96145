"""Our credentials and a client's forwarded headers reach the system behind, and nobody else: not the log either."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import trustme

from tests.journeys.running import Bridge, bridge, soap, write
from tests.journeys.upstream import GET_ORDER, Upstream

pytestmark = pytest.mark.journey

SECRET = "s3cr3t-0123456789"
BASIC = base64.b64encode(f"bob:{SECRET}".encode()).decode()
OPERATIONS = {"GetOrder": GET_ORDER}


@asynccontextmanager
async def serving(folder: Path, upstream: Upstream, **more: Any) -> AsyncIterator[Bridge]:
    config = {"log": {"level": "debug"}, "upstreams": {"shop": soap(upstream.wsdl, operations=OPERATIONS, **more)}}
    env, secrets = {"SECRET": SECRET}, (SECRET, BASIC, "private-thing")
    async with bridge(folder, config, env=env, secrets=secrets) as running:
        await running.ready("shop")
        yield running


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        ({"basic": {"username": "bob", "password": "env:SECRET"}}, "authorization", f"Basic {BASIC}"),
        ({"bearer": "env:SECRET"}, "authorization", f"Bearer {SECRET}"),
        ({"bearer": "file:secret.txt"}, "authorization", f"Bearer {SECRET}"),
        ({"api_key": {"header": "X-Erp-Key", "key": "env:SECRET"}}, "x-erp-key", SECRET),
    ],
    ids=["basic", "bearer", "file", "api-key"],
)
async def test_our_credentials(tmp_path: Path, auth: dict[str, Any], header: str, value: str) -> None:
    (tmp_path / "secret.txt").write_text(SECRET + "\n")
    async with Upstream() as upstream, serving(tmp_path, upstream, auth=auth) as running:
        answer = await running.get("/v1/shop/orders/7")
        assert answer.status == 200
        assert upstream.asked[0].headers[header] == value
        assert value not in json.dumps(dict(answer.headers)) + answer.text
        seen = [await running.get(path) for path in ("/openapi.json", "/metrics", "/readyz", "/docs")]
        assert not [page for page in seen if SECRET in page.text or BASIC in page.text]
        kept = [path for path in (tmp_path / "state").rglob("*") if path.is_file()]
        assert kept
        assert not [path for path in kept if SECRET.encode() in path.read_bytes()]


async def test_only_named_headers_are_forwarded(tmp_path: Path) -> None:
    sent = {
        "X-Tenant": "north",
        "X-Private": "private-thing",
        "Cookie": "session=private-thing",
        "Authorization": "Bearer private-thing",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }
    async with Upstream() as upstream, serving(tmp_path, upstream, forward_headers=["X-Tenant"]) as running:
        assert (await running.get("/v1/shop/orders/7", headers=sent)).status == 200
        got = upstream.asked[0].headers
        assert got["x-tenant"] == "north"
        assert "private-thing" not in json.dumps(got)
        trace, span = got["traceparent"].split("-")[1:3]
        assert trace == "0af7651916cd43dd8448eb211c80319c"
        assert span != "b7ad6b7169203331"


async def test_a_header_cannot_be_smuggled_in(tmp_path: Path) -> None:
    async with Upstream() as upstream, serving(tmp_path, upstream, forward_headers=["X-Tenant"]) as running:
        for path in ("/v1/shop/orders/7%0d%0aX-Evil:%201", "/v1/shop/orders/7%0aX", "/v1/shop/orders/%00"):
            answer = await running.get(path)
            assert answer.status in {400, 404, 422}, path
        assert upstream.asked == []


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def pem(folder: Path, certificate: trustme.LeafCert, name: str) -> dict[str, str]:
    """The files of a certificate, as a configuration names them."""
    certificate.cert_chain_pems[0].write_to_path(str(folder / f"{name}.pem"))
    certificate.private_key_pem.write_to_path(str(folder / f"{name}.key"))
    return {"cert": str(folder / f"{name}.pem"), "key": str(folder / f"{name}.key")}


def server_side(authority: trustme.CA) -> ssl.SSLContext:
    """A server that talks only to those whom the authority knows."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


async def test_mutual_tls_to_the_system_behind(tmp_path: Path, authority: trustme.CA) -> None:
    ca = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca))
    own = pem(tmp_path, authority.issue_cert("bridge"), "own")
    async with Upstream(tls=server_side(authority)) as upstream:
        async with serving(tmp_path, upstream, ca=str(ca), tls=own) as running:
            assert (await running.get("/v1/shop/orders/7")).json["orderId"] == 7

        # The contract is kept, so what fails now is the call: without the authority, without a certificate.
        for settings in ({"tls": own}, {"ca": str(ca)}):
            async with serving(tmp_path, upstream, **settings) as running:
                answer = await running.get("/v1/shop/orders/8")
                assert answer.status == 502
                assert answer.json["code"] in {"upstream_unreachable", "upstream_unauthorized", "upstream_cut"}
        assert [one.order for one in upstream.asked] == [7]


async def test_tls_for_clients(tmp_path: Path, authority: trustme.CA) -> None:
    ca = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca))
    certificate = pem(tmp_path, authority.issue_cert("127.0.0.1", "localhost"), "server")
    client = ssl.create_default_context(cafile=str(ca))
    async with Upstream() as upstream:
        config = {
            "server": {"tls": {**certificate, "client_ca": str(ca)}},
            "upstreams": {"shop": soap(upstream.wsdl, operations=OPERATIONS)},
        }
        path = write(tmp_path, config)
        authority.issue_cert("web-shop").configure_cert(client)
        async with bridge(tmp_path, path.read_text("utf-8"), tls=client) as running:
            assert running.url.startswith("https://")
            await running.ready("shop")
            assert (await running.get("/v1/shop/orders/7")).json["orderId"] == 7

            stranger = ssl.create_default_context(cafile=str(ca))
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=stranger)) as session:
                with pytest.raises((aiohttp.ClientError, ssl.SSLError)):
                    await session.get(running.url + "/healthz")
            async with aiohttp.ClientSession() as session:
                plain = running.url.replace("https:", "http:")
                with pytest.raises(aiohttp.ClientError):
                    await session.get(plain + "/healthz")
            assert (await running.get("/healthz")).status == 200
