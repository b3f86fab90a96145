"""Our own certificate: PEM and PKCS#12, of today and of long ago, and what is told about it."""

from __future__ import annotations

import datetime as dt
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest
import trustme

from bridge.errors import ConfigError
from bridge.transport import certificates
from bridge.transport.certificates import passing, show, warnings_of
from bridge.transport.session import HttpSession
from bridge.transport.settings import ClientSettings
from bridge.transport.settings_tls import TlsSettings
from tests.bridge.transport.faults import FaultServer, answers, http
from tests.cpu import HANG_S
from tests.programs import need

FORMS = {
    "modern": ["-certpbe", "AES-256-CBC", "-keypbe", "AES-256-CBC", "-macalg", "sha256"],
    "triple-des": ["-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1"],
    "rc2-40": ["-legacy", "-certpbe", "PBE-SHA1-RC2-40", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1"],
    "not-encrypted": ["-certpbe", "NONE", "-keypbe", "NONE", "-nomac"],
}
NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def leaf(issuer: trustme.CA, folder: Path, **term: Any) -> Path:
    path = folder / "own.pem"
    issuer.issue_cert("client@bridge.example", **term).private_key_and_cert_chain_pem.write_to_path(str(path))
    return path


def packed(pem: Path, *options: str, password: str = "open sesame") -> dict[str, object]:
    """What openssl makes of a PEM file, and how it is configured."""
    (pem.parent / "password").write_text(password)
    file = pem.with_suffix(".p12")
    command = [need("openssl", "openssl"), "pkcs12", "-export", "-in", str(pem), "-out", str(file), *options]
    subprocess.run([*command, "-passout", f"pass:{password}"], check=True, capture_output=True)
    return {"pkcs12": {"file": str(file), "password": f"file:{pem.parent / 'password'}"}}


def settings(value: dict[str, object]) -> TlsSettings:
    return TlsSettings.model_validate(value)


@pytest.mark.parametrize("form", list(FORMS))
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_pkcs12_is_shown(authority: trustme.CA, tmp_path: Path, form: str, version: ssl.TLSVersion) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode, context.minimum_version, context.maximum_version = ssl.CERT_REQUIRED, version, version
    own = packed(leaf(authority, tmp_path), *FORMS[form])
    async with FaultServer([answers(http(b"<ok/>"))], tls=context, host="localhost") as server:
        session = HttpSession(
            ClientSettings.model_validate({"ca": str(tmp_path / "ca.pem"), "tls": own}), trusted=[server.url]
        )
        assert session.has_credentials
        assert (await session.post(server.url, b"<a/>", {}, timeout_s=HANG_S)).status == 200
        await session.close()


class Watched(ssl.SSLContext):
    """Keeps what it is told to read, which is soon gone."""

    read: bytes = b""
    path: str = ""

    def load_cert_chain(self, certfile: Any, *rest: Any, **more: Any) -> None:
        self.path, self.read = str(certfile), Path(certfile).read_bytes()
        super().load_cert_chain(certfile, *rest, **more)


def test_the_private_key_is_nowhere_in_plain(authority: trustme.CA, tmp_path: Path) -> None:
    own = settings(packed(leaf(authority, tmp_path)))
    context, before = Watched(ssl.PROTOCOL_TLS_CLIENT), set(Path("/proc/self/fd").iterdir())
    show(context, own)
    assert context.path.startswith("/proc/self/fd/")
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in context.read
    assert b"BEGIN PRIVATE KEY" not in context.read
    assert context.read.count(b"BEGIN CERTIFICATE") >= 1
    assert set(Path("/proc/self/fd").iterdir()) == before


@pytest.mark.parametrize("in_memory", [True, False])
def test_what_is_handed_over_is_private_and_soon_gone(in_memory: bool) -> None:
    with passing(b"sealed", in_memory=in_memory) as path:
        assert Path(path).read_bytes() == b"sealed"
        assert in_memory or Path(path).stat().st_mode & 0o777 == 0o600
        assert in_memory or Path(path).parent.stat().st_mode & 0o777 == 0o700
    assert not Path(path).exists()
    assert in_memory or not Path(path).parent.exists()


def refused(value: dict[str, object]) -> str:
    with pytest.raises(ConfigError) as caught:
        show(ssl.create_default_context(), settings(value))
    return str(caught.value)


def test_a_wrong_password_and_a_file_that_is_none(authority: trustme.CA, tmp_path: Path) -> None:
    own = packed(leaf(authority, tmp_path))
    (tmp_path / "password").write_text("not this one")
    assert f"{tmp_path / 'own.p12'}:1:1: it is no PKCS#12 file, or the password is not" in refused(own)
    (tmp_path / "other.p12").write_bytes(b"nothing")
    assert "it is no PKCS#12 file" in refused({"pkcs12": {"file": str(tmp_path / "other.p12")}})
    assert "it cannot be read" in refused({"pkcs12": {"file": str(tmp_path / "none.p12")}})
    (tmp_path / "other.p12").write_bytes(b"0" * (certificates.FILE_BYTES_MAX + 1))
    assert "too large" in refused({"pkcs12": {"file": str(tmp_path / "other.p12")}})


def test_a_file_without_a_key(authority: trustme.CA, tmp_path: Path) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    assert "holds no private key" in refused(packed(tmp_path / "ca.pem", "-nokeys"))


def test_a_key_of_another_certificate_is_named(authority: trustme.CA, tmp_path: Path) -> None:
    for name in ("one", "two"):
        issued = authority.issue_cert(f"{name}@bridge.example")
        issued.private_key_pem.write_to_path(str(tmp_path / f"{name}.key"))
        issued.cert_chain_pems[0].write_to_path(str(tmp_path / f"{name}.pem"))
    said = refused({"cert": str(tmp_path / "one.pem"), "key": str(tmp_path / "two.key")})
    assert said.startswith(f"{tmp_path / 'two.key'}:1:1: this private key does not belong to the certificate")
    assert str(tmp_path / "one.pem") in said


@pytest.mark.parametrize(
    ("start", "end", "says"),
    [
        (-400, -2, "no longer valid since 2026-05-30"),
        (2, 400, "not valid before 2026-06-03"),
        (-400, 29, "ends in 29 days, on 2026-06-30"),
        (-400, 31, ""),
    ],
)
@pytest.mark.parametrize("form", ["pem", "pkcs12"])
def test_its_end_is_told(authority: trustme.CA, tmp_path: Path, form: str, start: int, end: int, says: str) -> None:
    term = {"not_before": NOW + dt.timedelta(days=start), "not_after": NOW + dt.timedelta(days=end)}
    path = leaf(authority, tmp_path, **term)
    own = settings(packed(path) if form == "pkcs12" else {"cert": str(path)})
    lines = warnings_of(own, now_s=NOW.timestamp())
    assert len(lines) == bool(says)
    assert says in "".join(lines)


def test_nothing_to_tell() -> None:
    assert warnings_of(settings({"legacy": True}), now_s=NOW.timestamp()) == ()
    assert warnings_of(settings({"cert": "/no/such.pem"}), now_s=NOW.timestamp()) == ()
