"""WS-Security with the `soap` package of node, which checks what comes by its own means and signs what goes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.journeys.running import Answer, Bridge, started
from tests.servers.keys import Keys
from tests.servers.node import node_secure

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
# A timestamp in a request makes the package write a second security header into its answer.
SIGN = "sign: {key: FOLDER/client.key, cert: FOLDER/client.pem, parts: [body]}"


@asynccontextmanager
async def secured(folder: Path, service: str, security: str) -> AsyncIterator[Bridge]:
    keys = Keys(folder)
    (folder / "server").mkdir()
    (folder / "password").write_text("open sesame")
    (folder / "wrong").write_text("open simsim")
    async with node_secure(folder / "server", keys.of(keys.server), keys.of(keys.client)[1]) as server:
        (folder / "bridge.yaml").write_text(
            f"upstreams: {{node: {{soap: {{wsdl: '{server.wsdl_url(service)}', "
            f"security: {security.replace('FOLDER', str(folder))}}}}}}}\n"
        )
        async with started(folder, "serve", folder / "bridge.yaml", "--port", "0", "--state", folder / "s") as bridge:
            await bridge.ready("node")
            yield bridge


async def asked(bridge: Bridge) -> Answer:
    return await bridge.post("/v1/node/echo-listed", {"token": ["a", "b"]})


async def test_a_user_name_and_the_digest_of_a_password(tmp_path: Path) -> None:
    token = "{username_token: {username: ada, password: 'file:FOLDER/password', digest: true}}"
    async with secured(tmp_path, "token", token) as bridge:
        answer = await asked(bridge)
        assert answer.json == {"token": ["a", "b"]}, bridge.log.text


async def test_a_wrong_password(tmp_path: Path) -> None:
    token = "{username_token: {username: ada, password: 'file:FOLDER/wrong', digest: true}}"
    async with secured(tmp_path, "token", token) as bridge:
        assert (await asked(bridge)).status == 502


async def test_a_signature_each_way(tmp_path: Path) -> None:
    async with secured(tmp_path, "signed", f"{{{SIGN}, verify: {{cert: FOLDER/server.pem}}}}") as bridge:
        answer = await asked(bridge)
        assert answer.json == {"token": ["a", "b"]}, bridge.log.text


async def test_without_a_signature_it_refuses_us_and_a_foreign_one_we_refuse(tmp_path: Path) -> None:
    async with secured(tmp_path, "signed", "{verify: {cert: FOLDER/server.pem}}") as bridge:
        assert (await asked(bridge)).json["code"] in {"outcome_unknown", "upstream_invalid"}
    (tmp_path / "other").mkdir()
    async with secured(tmp_path / "other", "signed", f"{{{SIGN}, verify: {{cert: FOLDER/client.pem}}}}") as bridge:
        assert (await asked(bridge)).json["code"] == "upstream_invalid"
