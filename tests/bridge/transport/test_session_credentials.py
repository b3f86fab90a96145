"""Who gets to see our credentials: the configured origin, the proxy its own, nobody else."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from bridge.errors import ConfigError, UpstreamUnreachable
from bridge.transport.session import HttpSession
from bridge.transport.settings import ClientSettings
from tests.bridge.transport.faults import FaultServer, answers, answers_and_closes, http
from tests.cpu import HANG_S

BODY = b"<a>" + b"x" * 2000 + b"</a>"
GOOD = http(b"<ok/>")


@pytest.fixture
def secret(tmp_path: Path) -> str:
    (tmp_path / "secret").write_text("open sesame\n")
    return f"file:{tmp_path / 'secret'}"


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("basic", b"Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ("bearer", b"Authorization: Bearer open sesame"),
        ("api_key", b"X-Key: open sesame"),
    ],
)
async def test_credentials_go_to_the_configured_origin_only(kind: str, line: bytes, secret: str) -> None:
    auth = {
        "basic": {"username": "Aladdin", "password": secret},
        "bearer": secret,
        "api_key": {"header": "X-Key", "key": secret},
    }[kind]
    name = line.partition(b":")[0].decode()
    settings = ClientSettings.model_validate({"auth": {kind: auth}})
    async with FaultServer([answers(GOOD)]) as own, FaultServer([answers(GOOD)]) as foreign:
        session = HttpSession(settings, trusted=[own.url])
        for server in (own, foreign):
            await session.post(server.url, BODY, {name.lower(): "theirs"}, timeout_s=HANG_S)
        assert own.requests[0].count(line + b"\r\n") == 1
        assert b"theirs" not in own.requests[0]
        assert name.lower().encode() + b":" not in foreign.requests[0].lower()
        assert dict(session.masked_headers(own.url))[name] == "***"
        assert name not in dict(session.masked_headers(foreign.url))
        assert "sesame" not in repr(settings) + repr(session)
        session.trust(foreign.url)
        await session.post(foreign.url, BODY, {}, timeout_s=HANG_S)
        assert line in foreign.requests[1]
        await session.close()


@pytest.mark.parametrize("content", [None, "two\nlines"])
def test_a_secret_that_cannot_be_used_is_named_not_shown(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigError) as caught:
        HttpSession(ClientSettings.model_validate({"auth": {"bearer": f"file:{path}"}}))
    assert caught.value.places[0].file == f"file:{path}"
    assert "two" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://erp.invalid/orders", "https://erp.invalid/orders"])
async def test_a_proxy_is_asked_and_gets_only_its_own_credentials(url: str, secret: str) -> None:
    async with FaultServer([answers_and_closes(http(b"<ok/>", status=418))]) as proxy:
        settings = ClientSettings.model_validate(
            {
                "proxy": f"http://127.0.0.1:{proxy.port}",
                "proxy_auth": {"username": "Aladdin", "password": secret},
                "auth": {"bearer": secret},
            }
        )
        session = HttpSession(settings, trusted=[url])
        with suppress(UpstreamUnreachable):  # no tunnel, so no call
            await session.post(url, BODY, {}, timeout_s=HANG_S)
        await session.close()
        request = proxy.requests[0]
        assert request.count(b"Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n") == 1
        if url.startswith("http:"):
            assert request.startswith(b"POST http://erp.invalid/orders HTTP/1.1\r\n")
        else:
            assert request.startswith(b"CONNECT erp.invalid:443 ")
            assert b"Bearer" not in request
            assert BODY not in request


async def test_a_proxy_that_is_not_there() -> None:
    session = HttpSession(ClientSettings(proxy="http://127.0.0.1:9"))
    with pytest.raises(UpstreamUnreachable) as caught:
        await session.post("http://erp.invalid/orders", BODY, {}, timeout_s=HANG_S)
    await session.close()
    assert (caught.value.cause, caught.value.outcome) == ("proxy", "not_sent")


async def test_a_proxy_that_refuses_the_tunnel() -> None:
    async with FaultServer([answers_and_closes(http(b"", status=407))]) as proxy:
        session = HttpSession(ClientSettings(proxy=f"http://127.0.0.1:{proxy.port}"))
        with pytest.raises(UpstreamUnreachable) as caught:
            await session.post("https://erp.invalid/orders", BODY, {}, timeout_s=HANG_S)
        await session.close()
        assert (caught.value.cause, caught.value.outcome) == ("proxy_http_407", "not_sent")
        assert proxy.requests[0].startswith(b"CONNECT erp.invalid:443 ")
        assert BODY not in proxy.requests[0]
