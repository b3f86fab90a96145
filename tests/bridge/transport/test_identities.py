"""Each kind of credentials has its identity; all of them are kept from foreign origins, and masked."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.clock import SystemClock
from bridge.transport.digest import DigestIdentity
from bridge.transport.fixed import FixedIdentity
from bridge.transport.identities import Means, identity_of
from bridge.transport.lanes import Lanes
from bridge.transport.ntlm import NtlmIdentity
from bridge.transport.oauth import OAuthIdentity
from bridge.transport.settings_auth import AuthSettings
from tests.bridge.transport.behind import behind, session
from tests.cpu import HANG_S

KINDS: dict[str, tuple[dict[str, object] | None, type, str]] = {
    "basic": ({"username": "a", "password": "@"}, FixedIdentity, "Authorization"),
    "digest": ({"username": "a", "password": "@"}, DigestIdentity, "Authorization"),
    "ntlm": ({"username": "a", "password": "@"}, NtlmIdentity, "Authorization"),
    "oauth": (
        {"token_url": "http://127.0.0.1:9/", "client_id": "a", "client_secret": "@"},
        OAuthIdentity,
        "Authorization",
    ),
    "bearer": (None, FixedIdentity, "Authorization"),
    "api_key": ({"header": "X-Key", "key": "@"}, FixedIdentity, "X-Key"),
}


def auth(kind: str, folder: Path) -> dict[str, object]:
    (folder / "secret").write_text("open sesame")
    reference = f"file:{folder / 'secret'}"
    fields = KINDS[kind][0]
    return {
        kind: reference if fields is None else {key: reference if one == "@" else one for key, one in fields.items()}
    }


def test_every_kind_is_in_the_table() -> None:
    assert KINDS.keys() == AuthSettings.model_fields.keys()


@pytest.mark.parametrize("kind", list(KINDS))
async def test_the_identity_of_a_kind(kind: str, tmp_path: Path, means: Means) -> None:
    identity = identity_of(AuthSettings.model_validate(auth(kind, tmp_path)), means)
    assert isinstance(identity, KINDS[kind][1])
    assert identity.names == (KINDS[kind][2],)
    await identity.close()


@pytest.fixture
def means() -> Means:
    async def nowhere() -> None:
        return None

    async def post(*_: object) -> tuple[int, bytes]:
        raise AssertionError("nobody is asked")

    def lanes() -> Lanes:
        return Lanes(lambda _: pytest.fail("nothing is opened"), limit=1, keep_alive_s=1, wait_s=1)

    return Means(SystemClock(), lambda _: None, lanes, post, nowhere)


@pytest.mark.parametrize("kind", list(KINDS))
async def test_a_foreign_origin_sees_nothing_of_it(kind: str, tmp_path: Path) -> None:
    name = KINDS[kind][2]
    async with behind() as foreign, session(auth(kind, tmp_path), "https://erp.example/") as opened:
        assert opened.has_credentials
        assert dict(opened.masked_headers("https://erp.example/a"))[name] == "***"
        assert name not in dict(opened.masked_headers(foreign.url))
        assert (await opened.post(foreign.url, b"<a/>", {name: "theirs"}, timeout_s=HANG_S)).status == 200
        assert name.lower() not in foreign.headers[0]
        assert await opened.get(foreign.url) == b"<ok/>"
        assert name.lower() not in foreign.headers[1]
