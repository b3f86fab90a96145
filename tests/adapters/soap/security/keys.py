"""Keys, certificates and an authority for tests of WS-Security, as files in all forms that a configuration takes.

`Keys.made(folder)` writes them; made once for a session, as keys take their time.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

NOW = 1_800_000_000.0
PASSWORD = "key canary"
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Pair:
    """A key with its certificate, and where they lie: PEM apart, PEM with a password, PKCS#12 with one."""

    key: PrivateKey
    cert: x509.Certificate
    key_file: Path
    cert_file: Path
    locked_file: Path
    p12_file: Path

    @property
    def sign(self) -> dict[str, object]:
        """What `sign:` and `decrypt:` need."""
        return {"key": str(self.key_file), "cert": str(self.cert_file)}


@dataclass(frozen=True)
class Keys:
    """`ours` signs requests and opens answers; `theirs` the other way round; `other` is nobody's. `issued` has a
    certificate of `authority`. `curve` is an elliptic one, `expired` over."""

    folder: Path
    password_file: Path
    ours: Pair
    theirs: Pair
    other: Pair
    curve: Pair
    expired: Pair
    authority: Pair
    issued: Pair

    @classmethod
    def made(cls, folder: Path) -> Keys:
        password = folder / "password"
        password.write_text(PASSWORD)
        authority = pair(folder, "Old CA", authority=True)
        return cls(
            folder,
            password,
            pair(folder, "ours"),
            pair(folder, "theirs, O=Ünïted \\+ Co"),
            pair(folder, "other"),
            pair(folder, "curve", key=ec.generate_private_key(ec.SECP256R1())),
            pair(folder, "expired", days=-10),
            authority,
            pair(folder, "erp.example", issuer=authority),
        )


def pair(
    folder: Path, name: str, *, key: PrivateKey | None = None, days: int = 3650, authority: bool = False,
    issuer: Pair | None = None,
) -> Pair:  # fmt: skip
    """A new key with a certificate of its own or of an issuer. `name` is the common name."""
    key = key or rsa.generate_private_key(65537, 2048)
    cert = certificate(name, key, days, authority=authority, issuer=issuer)
    base = "".join(char for char in name if char.isalnum())
    files = [folder / f"{base}.{end}" for end in ("key", "pem", "locked.key", "p12")]
    plain, locked = form.NoEncryption(), form.BestAvailableEncryption(PASSWORD.encode())
    pem, der = (form.Encoding.PEM, form.PrivateFormat.PKCS8), form.Encoding.PEM
    files[0].write_bytes(key.private_bytes(*pem, plain))
    files[1].write_bytes(cert.public_bytes(der))
    files[2].write_bytes(key.private_bytes(*pem, locked))
    files[3].write_bytes(pkcs12.serialize_key_and_certificates(b"bridge", key, cert, None, locked))
    return Pair(key, cert, *files)


def certificate(
    name: str, key: PrivateKey, days: int, *, authority: bool = False, issuer: Pair | None = None
) -> x509.Certificate:
    oids = (NameOID.COUNTRY_NAME, NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)
    values = ("DE", "Old, Sons & Co", name)
    subject = x509.Name([x509.NameAttribute(oid, value) for oid, value in zip(oids, values, strict=True)])
    end = dt.datetime.fromtimestamp(NOW, dt.UTC) + dt.timedelta(days=days)
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer.cert.subject if issuer else subject)
    made = made.public_key(key.public_key()).serial_number(x509.random_serial_number())
    made = made.not_valid_before(end - dt.timedelta(days=7300)).not_valid_after(end)
    made = made.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    if issuer:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        made = made.add_extension(identifier, critical=False)
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("erp.example")]), critical=False)
    else:
        identifier_of_key = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        made = made.add_extension(identifier_of_key, critical=False)
    return made.sign(issuer.key if issuer else key, hashes.SHA256())
