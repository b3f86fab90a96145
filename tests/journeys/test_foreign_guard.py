"""gSOAP with its own WS-Security plug-in behind the bridge: it says what it found of each request."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.journeys.running import Answer, Bridge, started
from tests.servers.gsoap import gsoap_guard
from tests.servers.keys import Keys

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]


@asynccontextmanager
async def guarded(tmp_path: Path, mode: str, security: str) -> AsyncIterator[Bridge]:
    """The bridge in front of a server that wants this of every request."""
    keys = Keys(tmp_path)
    (tmp_path / "server").mkdir(exist_ok=True)
    (tmp_path / "password").write_text("open sesame")
    async with gsoap_guard(tmp_path / "server", mode, keys.of(keys.server), keys.of(keys.client)[1]):
        (tmp_path / "bridge.yaml").write_text(
            f"upstreams: {{guard: {{soap: {{wsdl: {tmp_path}/server/guard.wsdl, tolerate_missing: true, "
            f"security: {security.replace('FOLDER', str(tmp_path))}}}}}}}\n"
        )
        async with started(
            tmp_path, "serve", tmp_path / "bridge.yaml", "--port", "0", "--state", tmp_path / "s"
        ) as bridge:
            await bridge.ready("guard")
            yield bridge


async def asked(bridge: Bridge, operation: str) -> Any:
    answer: Answer = await bridge.post(f"/v1/guard/{operation}", {"text": "hi"})
    return answer.json if answer.status == 200 else (answer.status, answer.json["code"])


@pytest.mark.parametrize(
    ("more", "seen"),
    [
        ("digest: true, timestamp: true", "hi|ada digest timestamp"),
        ("digest: true", "hi|ada digest"),
        ("timestamp: true", "hi|ada text timestamp"),
    ],
)
async def test_a_user_name_and_a_password(tmp_path: Path, more: str, seen: str) -> None:
    token = f"{{username_token: {{username: ada, password: 'file:FOLDER/password', {more}}}}}"
    async with guarded(tmp_path, "password", token) as bridge:
        assert await asked(bridge, "with-password") == seen


async def test_a_wrong_password_is_our_own_fault(tmp_path: Path) -> None:
    (tmp_path / "wrong").write_text("open simsim")
    token = "{username_token: {username: ada, password: 'file:FOLDER/wrong', digest: true}}"
    async with guarded(tmp_path, "password", token) as bridge:
        assert await asked(bridge, "with-password") == (502, "upstream_unauthorized")


SIGN = "timestamp: true, sign: {key: FOLDER/client.key, cert: FOLDER/client.pem}"
VERIFY = "verify: {cert: FOLDER/server.pem}"


async def test_a_signature_each_way(tmp_path: Path) -> None:
    async with guarded(tmp_path, "signature", f"{{{SIGN}, {VERIFY}}}") as bridge:
        assert await asked(bridge, "with-signature") == "hi|body timestamp"


async def test_an_answer_that_somebody_else_signed_is_refused(tmp_path: Path) -> None:
    trustme.CA().issue_cert("other.example").cert_chain_pems[0].write_to_path(tmp_path / "other.pem")
    verify = "verify: {cert: FOLDER/other.pem}"
    async with guarded(tmp_path, "signature", f"{{{SIGN}, {verify}}}") as bridge:
        assert await asked(bridge, "with-signature") == (502, "upstream_invalid")


async def test_without_a_signature_the_server_refuses_us(tmp_path: Path) -> None:
    async with guarded(tmp_path, "signature", f"{{timestamp: true, {VERIFY}}}") as bridge:
        assert await asked(bridge, "with-signature") == (502, "upstream_unauthorized")
