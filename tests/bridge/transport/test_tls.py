"""TLS is verified, always, and a refusal says why without saying where."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
import ssl
from contextlib import suppress
from pathlib import Path

import pytest
import trustme

from bridge.errors import ConfigError, UpstreamCut, UpstreamError, UpstreamUnauthorized, UpstreamUnreachable
from bridge.transport.session import HttpSession
from bridge.transport.settings import ClientSettings
from bridge.transport.settings_tls import TlsSettings
from bridge.transport.tls import client_context
from tests.bridge.transport.faults import Behaviour, Connection, FaultServer, answers, cuts_request_after, http
from tests.cpu import HANG_S

GOOD = http(b"<ok/>")
LONG_AGO = dt.datetime(2001, 1, 1, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def server_context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    return context


async def post(
    context: ssl.SSLContext, settings: dict[str, object], *, script: list[Behaviour] | None = None, trusted: bool = True
) -> int:
    async with FaultServer(script or [answers(GOOD)], tls=context, host="localhost") as server:
        session = HttpSession(ClientSettings.model_validate(settings), trusted=[server.url] if trusted else [])
        try:
            return (await session.post(server.url, b"<a/>", {}, timeout_s=HANG_S)).status
        finally:
            await session.close()
            assert settings.get("ca") or not server.requests


async def test_a_good_certificate(authority: trustme.CA, ca: Path) -> None:
    assert await post(server_context(authority.issue_cert("localhost")), {"ca": str(ca)}) == 200


async def refusal(
    context: ssl.SSLContext, settings: dict[str, object], script: list[Behaviour] | None = None
) -> UpstreamError:
    with pytest.raises(UpstreamError) as caught:
        await post(context, settings, script=script)
    error = caught.value
    assert "localhost" not in error.detail
    return error


async def refusal_in_the_handshake(context: ssl.SSLContext, settings: dict[str, object]) -> UpstreamError:
    """The same against a blocking server: asyncio's drops the alert by which a server says why it refuses."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                context.wrap_socket(connection, server_side=True).close()

        task = asyncio.create_task(asyncio.to_thread(serve))
        url = f"https://localhost:{listener.getsockname()[1]}/"
        session = HttpSession(ClientSettings.model_validate(settings), trusted=[url])
        with pytest.raises(UpstreamError) as caught:
            await session.post(url, b"<a/>", {}, timeout_s=HANG_S)
        await session.close()
        await task
        return caught.value


async def test_wrong_name(authority: trustme.CA, ca: Path) -> None:
    error = await refusal(server_context(authority.issue_cert("other.example")), {"ca": str(ca)})
    assert isinstance(error, UpstreamUnreachable)
    assert (error.cause, error.outcome, error.retryable, error.status) == ("tls_wrong_name", "not_sent", False, 502)


async def test_expired(authority: trustme.CA, ca: Path) -> None:
    error = await refusal(server_context(authority.issue_cert("localhost", not_after=LONG_AGO)), {"ca": str(ca)})
    assert (type(error), error.cause) == (UpstreamUnreachable, "tls_expired")


@pytest.mark.parametrize("known", ["system", "other"])
async def test_an_authority_we_do_not_know(authority: trustme.CA, tmp_path: Path, known: str) -> None:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    settings = {"ca": str(tmp_path / "other.pem")} if known == "other" else {}
    error = await refusal(server_context(authority.issue_cert("localhost")), settings)
    assert (type(error), error.cause, error.outcome) == (UpstreamUnreachable, "tls_untrusted", "not_sent")


async def test_self_signed(ca: Path, tmp_path: Path) -> None:
    alone = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    with trustme.Blob(alone.private_key_pem.bytes() + alone.cert_pem.bytes()).tempfile() as path:
        context.load_cert_chain(path)
    error = await refusal(context, {"ca": str(ca)})
    assert (type(error), error.cause) == (UpstreamUnreachable, "tls_self_signed")


async def test_an_old_protocol(authority: trustme.CA, ca: Path) -> None:
    assert client_context(ca, None).minimum_version == ssl.TLSVersion.TLSv1_2
    context = server_context(authority.issue_cert("localhost"))
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = ssl.TLSVersion.TLSv1_1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    error = await refusal_in_the_handshake(context, {"ca": str(ca)})
    assert (type(error), error.cause, error.outcome) == (UpstreamUnreachable, "tls_protocol", "not_sent")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_an_old_server_when_the_configuration_says_so(
    authority: trustme.CA, ca: Path, version: ssl.TLSVersion
) -> None:
    context = server_context(authority.issue_cert("localhost"))
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    settings = {"ca": str(ca), "tls": {"legacy": True}}
    assert await post(context, settings) == 200
    session = HttpSession(ClientSettings.model_validate(settings))
    assert [line.partition(":")[0] for line in session.warnings] == ["tls.legacy"]
    assert not session.has_credentials
    if version < ssl.TLSVersion.TLSv1_2:  # and no other address gets away with it
        with pytest.raises(UpstreamUnreachable):
            await post(context, settings, trusted=False)


@pytest.mark.parametrize("wrong", ["name", "authority", "expired"])
async def test_old_servers_are_verified_all_the_same(authority: trustme.CA, ca: Path, wrong: str) -> None:
    issuer = trustme.CA() if wrong == "authority" else authority
    name = "other.example" if wrong == "name" else "localhost"
    leaf = issuer.issue_cert(name, not_after=LONG_AGO if wrong == "expired" else None)
    error = await refusal(server_context(leaf), {"ca": str(ca), "tls": {"legacy": True}})
    assert isinstance(error, UpstreamUnreachable)


def test_no_cipher_without_encryption_or_a_name_is_taken(ca: Path) -> None:
    names = [each["name"] for each in client_context(ca, TlsSettings(legacy=True)).get_ciphers()]
    assert any("CBC" in name or "SHA" in name for name in names)
    assert not [name for name in names if any(bad in name for bad in ("NULL", "ADH", "AECDH", "RC4", "EXP", "MD5"))]


async def test_a_server_that_bears_another_name(authority: trustme.CA, ca: Path) -> None:
    context = server_context(authority.issue_cert("erp.example"))
    assert await post(context, {"ca": str(ca), "tls": {"server_name": "erp.example"}}) == 200
    for settings, trusted in (({"server_name": "other.example"}, True), ({"server_name": "erp.example"}, False)):
        with pytest.raises(UpstreamUnreachable) as caught:
            await post(context, {"ca": str(ca), "tls": settings}, trusted=trusted)
        assert caught.value.cause == "tls_wrong_name"


async def test_no_tls_at_all(ca: Path) -> None:
    async def speaks_plainly(connection: Connection) -> bool:
        await connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await connection.stopped.wait()
        return False

    async with FaultServer([speaks_plainly]) as server:
        session = HttpSession(ClientSettings(ca=ca))
        with pytest.raises(UpstreamUnreachable) as caught:
            await session.post(server.url.replace("http:", "https:"), b"<a/>", {}, timeout_s=HANG_S)
        await session.close()
    assert (caught.value.cause, caught.value.outcome) == ("tls_protocol", "not_sent")


def asks_for_certificate(authority: trustme.CA, version: ssl.TLSVersion) -> ssl.SSLContext:
    context = server_context(authority.issue_cert("localhost"))
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    context.minimum_version = context.maximum_version = version
    return context


def own(issuer: trustme.CA, folder: Path) -> dict[str, object]:
    issuer.issue_cert("client@bridge.example").private_key_and_cert_chain_pem.write_to_path(str(folder / "own.pem"))
    return {"cert": str(folder / "own.pem")}


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_our_certificate_is_shown(
    authority: trustme.CA, ca: Path, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    context = asks_for_certificate(authority, version)
    assert await post(context, {"ca": str(ca), "tls": own(authority, tmp_path)}) == 200


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_our_certificate_is_not_shown_to_a_foreign_origin(
    authority: trustme.CA, ca: Path, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    settings = {"ca": str(ca), "tls": own(authority, tmp_path)}
    with pytest.raises(UpstreamError):
        await post(asks_for_certificate(authority, version), settings, trusted=False)


async def test_our_certificate_is_refused(authority: trustme.CA, ca: Path, tmp_path: Path) -> None:
    settings = {"ca": str(ca), "tls": own(trustme.CA(), tmp_path)}
    error = await refusal_in_the_handshake(asks_for_certificate(authority, ssl.TLSVersion.TLSv1_2), settings)
    assert isinstance(error, UpstreamUnauthorized)
    assert (error.cause, error.outcome, error.status) == ("tls_client_cert_refused", "not_sent", 502)


async def test_our_certificate_is_refused_after_the_handshake(authority: trustme.CA, ca: Path, tmp_path: Path) -> None:
    settings = {"ca": str(ca), "tls": own(trustme.CA(), tmp_path)}
    error = await refusal(asks_for_certificate(authority, ssl.TLSVersion.TLSv1_3), settings)
    # With TLS 1.3 the alert may be overtaken by the reset of the connection; then nobody can know.
    assert isinstance(error, UpstreamUnauthorized | UpstreamCut), error.cause


async def test_cut_in_the_handshake(ca: Path) -> None:
    async with FaultServer([cuts_request_after(3)]) as server:
        session = HttpSession(ClientSettings(ca=ca))
        with pytest.raises(UpstreamUnreachable) as caught:
            await session.post(server.url.replace("http:", "https:"), b"<a/>", {}, timeout_s=HANG_S)
        await session.close()
    assert (caught.value.cause, caught.value.retryable) == ("reset_connecting", True)


@pytest.mark.parametrize("settings", [{"ca": "none.pem"}, {"tls": {"cert": "none.pem"}}, {"ca": "empty.pem"}])
def test_files_that_cannot_be_used_are_named(settings: dict[str, object], tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("")
    text = {key: str(tmp_path / value) if isinstance(value, str) else value for key, value in settings.items()}
    with pytest.raises(ConfigError, match=r"\.pem:1:1: "):
        HttpSession(ClientSettings.model_validate(text))


def test_an_encrypted_key_needs_its_password(authority: trustme.CA, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization as form

    leaf = authority.issue_cert("client@bridge.example")
    key = form.load_pem_private_key(leaf.private_key_pem.bytes(), None)
    sealed = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.BestAvailableEncryption(b"pw"))
    (tmp_path / "key.pem").write_bytes(sealed)
    leaf.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    (tmp_path / "pw").write_text("pw")
    paths: dict[str, object] = {"cert": str(tmp_path / "cert.pem"), "key": str(tmp_path / "key.pem")}
    HttpSession(ClientSettings.model_validate({"tls": {**paths, "key_password": f"file:{tmp_path / 'pw'}"}}))
    with pytest.raises(ConfigError, match="cannot be used"):
        HttpSession(ClientSettings.model_validate({"tls": paths}))
