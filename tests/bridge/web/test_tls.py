"""TLS towards clients: who may come in, and what a bad certificate file says."""

from __future__ import annotations

import ssl
import warnings
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bridge.errors import ConfigError
from bridge.events import RequestRefused
from bridge.web.settings import TlsSettings
from bridge.web.tls import server_context
from tests.bridge.web.raw import GET_LAST, SHORT, Running, serving, statuses, until


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls(authority: trustme.CA, tmp_path: Path) -> dict[str, str]:
    cert = authority.issue_cert("localhost")
    cert.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    cert.private_key_pem.write_to_path(tmp_path / "key.pem")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return {"cert": str(tmp_path / "cert.pem"), "key": str(tmp_path / "key.pem")}


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


async def test_tls_serves_https(authority: trustme.CA, tls: dict[str, str]) -> None:
    async with serving(tls=tls) as server, await server.connect(trusting(authority)) as raw:
        assert server.url.startswith("https://")
        raw.write(GET_LAST)
        assert statuses(await raw.rest()) == [200]


async def test_a_client_without_certificate_is_turned_away(
    authority: trustme.CA, tls: dict[str, str], tmp_path: Path
) -> None:
    async with serving(tls={**tls, "client_ca": str(tmp_path / "ca.pem")}) as server:
        assert await talk(server, trusting(authority)) == []
        known, foreign = trusting(authority), trusting(authority)
        authority.issue_cert("client@example.org").configure_cert(known)
        trustme.CA().issue_cert("client@example.org").configure_cert(foreign)
        assert await talk(server, foreign) == []
        assert await talk(server, known) == [200]
        assert {refused.reason for refused in server.told(RequestRefused)} == {"handshake"}


async def test_half_a_handshake_is_cut_on_time_and_holds_a_place_until_then(tls: dict[str, str]) -> None:
    async with serving(tls=tls, limits={**SHORT, "header_time": "1s", "connections": 1}) as server:
        async with await server.connect() as raw:
            raw.write(b"\x16\x03\x01")
            await until(lambda: server.edge.connections == 1)
            async with await server.connect() as second:
                assert await second.rest() == b""
            assert await raw.rest() == b""
        await until(lambda: server.edge.connections == 0)
        assert [refused.reason for refused in server.told(RequestRefused)] == ["connections", "handshake"]


async def talk(server: Running, context: ssl.SSLContext) -> list[int]:
    try:
        async with await server.connect(context) as raw:
            raw.write(GET_LAST)
            return statuses(await raw.rest())
    except (ssl.SSLError, ConnectionError):
        return []


def test_an_unusable_file_is_named(tls: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.pem:1:1: certificate or private key cannot be used"):
        server_context(TlsSettings(cert=str(tmp_path / "nowhere.pem"), key=tls["key"]))
    with pytest.raises(ConfigError, match=r"key\.pem:1:1: no certificates can be read here"):
        server_context(TlsSettings(cert=tls["cert"], key=tls["key"], client_ca=tls["key"]))
    with pytest.raises(ConfigError, match="certificate or private key cannot be used"):
        server_context(TlsSettings(cert=tls["cert"], key=str(locked_key(tmp_path))))


def locked_key(folder: Path) -> Path:
    """A private key under a passphrase: nobody may be asked for it at a terminal."""
    key = rsa.generate_private_key(65537, 2048)
    locked = serialization.BestAvailableEncryption(b"passphrase")
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)
    (folder / "locked.pem").write_bytes(pem)
    return folder / "locked.pem"


async def test_old_tls_is_refused(authority: trustme.CA, tls: dict[str, str]) -> None:
    old = trusting(authority)
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    async with serving(tls=tls) as server:
        assert await talk(server, old) == []
        assert await talk(server, trusting(authority)) == [200]
