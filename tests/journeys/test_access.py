"""Who may ask, from where, under which name; and what is never said to those who may not."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.running import Bridge, bridge, command, soap, write
from tests.journeys.upstream import GET_ORDER, Upstream

pytestmark = pytest.mark.journey

WEB, CRM, ALL = "web-key-0123456789abcdef", "crm-key-0123456789abcdef", "all-key-0123456789abcdef"
FAIL = {"blame": "client", "text": "x"}


def config(upstream: Upstream, **server: Any) -> dict[str, Any]:
    keys = [
        {"name": "web", "key": "env:WEB_KEY", "scopes": ["shop:Get*"]},
        {"name": "crm", "key": "file:crm.key", "scopes": ["crm:*"]},
        {"name": "all", "key_sha256": hashlib.sha256(ALL.encode()).hexdigest()},
    ]
    upstreams = {name: soap(upstream.wsdl, operations={"GetOrder": GET_ORDER}) for name in ("shop", "crm")}
    return {"server": server, "access": {"keys": keys}, "upstreams": upstreams}


async def status(running: Bridge, method: str, path: str, **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if method == "POST":
        return (await running.post(path, FAIL, headers=named)).status
    return (await running.ask(method, path, headers=named)).status


async def test_keys_and_scopes(tmp_path: Path) -> None:
    (tmp_path / "crm.key").write_text(CRM + "\n")
    async with Upstream() as upstream:
        env = {"WEB_KEY": WEB}
        async with bridge(tmp_path, config(upstream), env=env, secrets=(WEB, CRM, ALL)) as running:
            await running.ready("shop", "crm")
            shop, crm = "/v1/shop/orders/7", "/v1/crm/orders/7"
            assert await status(running, "GET", shop) == 401
            assert await status(running, "GET", shop, X_API_Key="wrong-key-0123456789") == 401
            # Refused, and not even written down: `secrets` above are looked for in the log.
            assert await status(running, "GET", f"{shop}?api_key={WEB}") in {400, 401}
            assert await status(running, "GET", shop, X_API_Key=WEB) == 200
            assert await status(running, "GET", shop, Authorization=f"Bearer {WEB}") == 200
            assert await status(running, "POST", "/v1/shop/fail", X_API_Key=WEB) == 403
            assert await status(running, "GET", crm, X_API_Key=WEB) == 403
            assert await status(running, "GET", crm, X_API_Key=CRM) == 200
            assert await status(running, "GET", shop, X_API_Key=CRM) == 403
            assert await status(running, "GET", shop, X_API_Key=ALL) == 200

            for page in ("/docs", "/openapi.json", "/metrics", "/v1/shop/openapi.json"):
                assert await status(running, "GET", page) == 401, page
                assert await status(running, "GET", page, X_API_Key=ALL) == 200, page
            assert await status(running, "GET", "/healthz") == 200

            answer = await running.get(shop)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            assert answer.json["code"] == "unauthorized"
            # Nobody without a key learns what there is.
            assert await status(running, "GET", "/v1/no-such-thing") == 401
            assert len(upstream.asked) == 4
            told = await running.log.event("request-done", principal="web", status=200)
            assert told["upstream"] == "shop"


async def test_a_foreign_host_and_a_foreign_page(tmp_path: Path) -> None:
    async with Upstream() as upstream:
        server = {"hosts": ["bridge.example"], "cors": {"origins": ["https://shop.example"]}}
        given = {key: value for key, value in config(upstream, **server).items() if key != "access"}
        async with bridge(tmp_path, given) as running:
            await running.ready("shop")
            path = "/v1/shop/orders/7"
            assert await status(running, "GET", path, Host="bridge.example") == 200
            assert await status(running, "GET", path, Host=f"localhost:{running.port}") == 200
            assert await status(running, "GET", path, Host="evil.example") == 421
            assert await status(running, "GET", path, Host=f"evil.example:{running.port}") == 421
            assert await status(running, "GET", path, Host="bridge.example.evil.example") == 421
            assert await status(running, "GET", path, Origin="https://evil.example") == 403
            assert await status(running, "GET", path, Origin="null") == 403
            assert await status(running, "POST", "/v1/shop/fail", Origin="https://evil.example") == 403
            assert len(upstream.asked) == 2

            answer = await running.get(path, headers={"Origin": "https://shop.example"})
            assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (200, "https://shop.example")
            asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "GET"}
            preflight = await running.ask("OPTIONS", path, headers=asked)
            assert preflight.status == 204
            assert "GET" in preflight.headers["Access-Control-Allow-Methods"]


async def test_an_answer_says_nothing_about_the_machine(tmp_path: Path) -> None:
    async with Upstream() as upstream:
        given = {key: value for key, value in config(upstream).items() if key != "access"}
        async with bridge(tmp_path, given) as running:
            await running.ready("shop")
            await upstream.stop()
            for path in ("/v1/shop/orders/7", "/v1/shop/orders/x", "/nothing", "/docs/../etc/passwd", "/healthz"):
                answer = await running.get(path)
                assert "Server" not in answer.headers
                assert str(upstream.port) not in answer.text
                assert str(tmp_path) not in answer.text
                assert "ython" not in answer.text


@pytest.mark.parametrize(
    ("access", "arguments"), [(False, []), (True, []), (False, ["--open"])], ids=["bare", "keys", "open"]
)
async def test_listening_for_others_must_be_meant(tmp_path: Path, access: bool, arguments: list[str]) -> None:
    """0.0.0.0 without keys is refused; with keys, but in clear text, as well; `--open` means it."""
    keys = {"access": {"keys": [{"name": "all", "key": "env:ALL_KEY"}]}} if access else {}
    given = {"server": {"host": "0.0.0.0"}, **keys}
    if arguments:
        async with bridge(tmp_path, given, *arguments) as running:
            assert (await running.get("/healthz", headers={"Host": "localhost"})).status == 200
        return
    path = write(tmp_path, given)
    code, _, err = await command("serve", str(path), "--port", "0", folder=tmp_path, env={"ALL_KEY": ALL})
    assert code == 2
    assert "--open" in err
