"""A PHP script that demands HTTP Digest and checks it itself, its description included.

Judged at the server: what it refused, and which nonce and count came with each request.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.complaints.legacy import Op, element, schema, wsdl
from tests.journeys.running import Bridge, Json, bridge, command, soap, write
from tests.servers.php import DIGEST, php_server
from tests.servers.recorder import Exchange
from tests.servers.running import Running

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]

PASSWORD = 'of "PHP", s3cret'
NONCE_USES = 5
FIELD = re.compile(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')
ID = '<xs:element name="orderId" type="xs:int"/>'
SCHEMA = schema(
    element("GetOrder", ID) + element("GetOrderResponse", ID + '<xs:element name="user" type="xs:string"/>')
)


@asynccontextmanager
async def guarded(folder: Path, algorithm: str = "SHA-256") -> AsyncIterator[Running]:
    """The service `private`, whose description needs the proof as well."""
    env = {"DIGEST_ALGORITHM": algorithm, "DIGEST_PASSWORD": PASSWORD, "NONCE_USES": str(NONCE_USES)}
    async with php_server(folder, DIGEST, **env) as server:
        (folder / "private.wsdl").write_text(wsdl(SCHEMA, Op("GetOrder"), address=server.url("private")), "utf-8")
        yield server


def config(server: Running, variable: str = "PHP_PASSWORD") -> Json:
    auth = {"digest": {"username": "shop", "password": f"env:{variable}"}}
    return {"upstreams": {"php": soap(server.wsdl_url("private"), auth=auth)}}


@asynccontextmanager
async def opened(folder: Path, server: Running) -> AsyncIterator[Bridge]:
    env = {"PHP_PASSWORD": PASSWORD}
    async with bridge(folder, config(server), env=env, secrets=[PASSWORD]) as running:
        await running.ready("php")
        yield running


async def order(running: Bridge, number: int) -> object:
    answer = await running.post("/v1/php/get-order", {"orderId": number})
    return answer.json if answer.status == 200 else (answer.status, answer.json["code"])


def proof(exchange: Exchange) -> dict[str, str]:
    """The parameters of the Authorization header."""
    return {name: quoted or bare for name, quoted, bare in FIELD.findall(exchange.header("Authorization") or "")}


def used(server: Running) -> list[tuple[int, str, int]]:
    """Of each request: the status, the nonce and how often that was used by then."""
    proofs = [(one.status, proof(one)) for one in server.exchanges]
    return [(status, given.get("nonce", ""), int(given.get("nc", "0"), 16)) for status, given in proofs]


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
async def test_php_lets_us_in_and_the_description_is_fetched_with_the_proof(tmp_path: Path, algorithm: str) -> None:
    async with guarded(tmp_path, algorithm) as server, opened(tmp_path, server) as running:
        assert [(one.method, one.status) for one in server.exchanges] == [("GET", 401), ("GET", 200)]
        assert await order(running, 7) == {"orderId": 7, "user": "shop"}
        given = proof(server.exchanges[-1])
        assert (given["algorithm"], given["qop"], given["uri"]) == (algorithm, "auth", "/private")
        assert not any(PASSWORD.encode() in one.request for one in server.exchanges)


async def test_a_nonce_is_counted_up_and_renewed_when_it_is_stale(tmp_path: Path) -> None:
    async with guarded(tmp_path) as server, opened(tmp_path, server) as running:
        for number in range(2 * NONCE_USES):
            assert await order(running, number) == {"orderId": number, "user": "shop"}
        seen = used(server)
        refused = [(nonce, count) for status, nonce, count in seen if status == 401]
        good = [(nonce, count) for status, nonce, count in seen if status == 200]
        first, second, third = dict.fromkeys(nonce for nonce, _ in good)
        # The description and four calls; then one refusal each time the uses of a nonce are over, and no other.
        assert refused == [("", 0), (first, NONCE_USES + 1), (second, NONCE_USES + 1)]
        full = range(1, NONCE_USES + 1)
        assert good == [*((first, n) for n in full), *((second, n) for n in full), (third, 1)]
        challenges = [dict(one.response_headers).get("WWW-Authenticate", "") for one in server.exchanges]
        assert ["stale=true" in one for one in filter(None, challenges)] == [False, True, True]


async def test_a_wrong_password_is_told_and_not_tried_for_ever(tmp_path: Path) -> None:
    async with guarded(tmp_path) as server:
        async with opened(tmp_path, server) as running:
            assert await order(running, 1) == {"orderId": 1, "user": "shop"}
        # The contract is kept, so the bridge starts; the calls are what is refused.
        env, before = {"PHP_PASSWORD": "another"}, len(server.exchanges)
        async with bridge(tmp_path, config(server), env=env, secrets=[PASSWORD, "another"]) as running:
            await running.ready("php")
            assert await order(running, 2) == (502, "upstream_unauthorized")
            calls = [one for one in server.exchanges[before:] if one.method == "POST"]
            assert [one.status for one in calls] == [401, 401]
            assert [bool(proof(one)) for one in calls] == [False, True]


async def test_check_tells_that_the_description_was_refused(tmp_path: Path) -> None:
    async with guarded(tmp_path) as server:
        path, env = write(tmp_path, config(server)), {"PHP_PASSWORD": "another"}
        code, out, err = await command("check", str(path), folder=tmp_path, env=env)
    assert code == 1
    assert "401" in out + err
    assert "another" not in out + err, out + err
