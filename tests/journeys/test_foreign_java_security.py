"""Apache WSS4J behind the bridge, in both directions: it says what it found of each request, and protects its answers
alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.journeys.running import Answer, Bridge, started
from tests.servers.java import java_server
from tests.servers.keys import Keys

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

TOKEN = "username_token: {username: ada, password: 'file:FOLDER/password'"
WRONG_TOKEN = "username_token: {username: ada, password: 'file:FOLDER/wrong'"
SIGN = "timestamp: true, sign: {key: FOLDER/client.key, cert: FOLDER/client.pem"
VERIFY = "verify: {cert: FOLDER/server.pem}"
ENCRYPT = "encrypt: {cert: FOLDER/server.pem"
DECRYPT = "decrypt: {key: FOLDER/client.key, cert: FOLDER/client.pem}"
KINDS = ("username", "username-timestamp", "timestamp-signature", "timestamp-signature-encryption", "encryption")
# upstream: what the server wants and does, our side of it, what it found
CASES = {
    "text": ("username", f"{{{TOKEN}}}}}", "username"),
    "digest": ("username", f"{{{TOKEN}, digest: true}}}}", "username"),
    "stamped": ("username-timestamp", f"{{{TOKEN}, digest: true, timestamp: true}}}}", "timestamp,username"),
    "signed": ("timestamp-signature", f"{{{SIGN}}}, {VERIFY}}}", "signature,timestamp,token"),
    **{
        f"signed-{kind.replace('_', '-')}": (
            "timestamp-signature",
            f"{{{SIGN}, key_info: {kind}}}, {VERIFY}}}",
            "signature,timestamp",
        )
        for kind in ("issuer_serial", "ski", "thumbprint", "certificate")
    },
    "signed-sha512": (
        "timestamp-signature",
        f"{{{SIGN}, algorithm: rsa-sha512, digest: sha512}}, {VERIFY}}}",
        "signature,timestamp,token",
    ),
    "encrypted": ("encryption", f"{{{ENCRYPT}, algorithm: aes256-cbc}}, {DECRYPT}}}", "encryption"),
    "encrypted-gcm": ("encryption", f"{{{ENCRYPT}, algorithm: aes128-gcm, key_info: ski}}, {DECRYPT}}}", "encryption"),
    "both": (
        "timestamp-signature-encryption",
        f"{{{SIGN}}}, {ENCRYPT}}}, {VERIFY}, {DECRYPT}}}",
        "encryption,signature,timestamp,token",
    ),
    "both-the-other-way": (
        "timestamp-signature-encryption",
        f"{{order: encrypt_sign, {SIGN}}}, {ENCRYPT}, key_info: thumbprint}}, {DECRYPT}}}",
        "encryption,signature,timestamp,token",
    ),
    # what is to go wrong
    "unsigned": ("timestamp-signature", f"{{timestamp: true, {VERIFY}}}", ""),
    "believes-another": (
        "timestamp-signature",
        f"{{{SIGN}}}, verify: {{cert: FOLDER/client.pem}}}}",
        "",
    ),
    "wrong-password": ("username", f"{{{WRONG_TOKEN}}}}}", ""),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bridge(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bridge]:
    folder = tmp_path_factory.mktemp("wss4j")
    keys = Keys(folder)
    (folder / "password").write_text("open sesame")
    (folder / "wrong").write_text("open simsim")
    (folder / "server").mkdir()
    async with java_server(
        folder / "server", *KINDS, key=keys.of(keys.server), client=keys.of(keys.client)[1]
    ) as server:
        urls = {name: server.wsdl_url(kind) for name, (kind, _, _) in CASES.items()}
        async with started(folder, "serve", _configured(folder, urls), "--port", "0", "--state", folder / "s") as made:
            await made.ready(*CASES)
            yield made


def _configured(folder: Path, urls: dict[str, str]) -> Path:
    file = folder / "bridge.yaml"
    lines = [
        f"  {name}: {{soap: {{wsdl: '{urls[name]}', security: {security.replace('FOLDER', str(folder))}}}}}"
        for name, (_, security, _) in CASES.items()
    ]
    file.write_text("\n".join(["upstreams:", *lines]) + "\n")
    return file


async def asked(bridge: Bridge, upstream: str) -> Any:
    answer: Answer = await bridge.post(f"/v1/{upstream}/who-am-i", {"text": "Zoë & <b>"})
    return answer.json if answer.status == 200 else (answer.status, answer.json["code"])


@pytest.mark.parametrize("upstream", [name for name, (_, _, seen) in CASES.items() if seen])
async def test_the_other_side_finds_what_is_configured(bridge: Bridge, upstream: str) -> None:
    assert await asked(bridge, upstream) == {"text": "Zoë & <b>", "security": CASES[upstream][2]}


async def test_what_it_does_not_find_it_refuses(bridge: Bridge) -> None:
    assert await asked(bridge, "unsigned") in {(502, "upstream_fault"), (502, "upstream_unauthorized")}
    assert await asked(bridge, "wrong-password") in {(502, "upstream_fault"), (502, "upstream_unauthorized")}


async def test_what_somebody_else_signed_we_refuse(bridge: Bridge) -> None:
    assert await asked(bridge, "believes-another") == (502, "upstream_invalid")
