"""Keys and certificates from files: what can be wrong with them is found when the upstream is opened.

Also what identifies a certificate in a message: its subject key identifier, its thumbprint, its issuer and number.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtensionOID, NameOID

from adapters.soap.config_security import KeySettings
from adapters.soap.security.algorithms import PrivateKey, PublicKey
from bridge.errors import ConfigError, Place
from bridge.transport.tls import reveal

FILE_BYTES_MAX = 1_000_000
SOON = dt.timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Identity:
    """A private key and its certificate."""

    key: PrivateKey
    cert: x509.Certificate

    def __repr__(self) -> str:
        return f"Identity({self.cert.subject.rfc4514_string()})"


def identity(settings: KeySettings) -> Identity:
    """Raises ConfigError with the file that cannot be used."""
    password = reveal(settings.password).encode() if settings.password else None
    if settings.pkcs12:
        return _from_pkcs12(settings.pkcs12, password)
    assert settings.key is not None  # the settings demand one of the two
    key = _private_key(settings.key, password)
    certs = certificates(settings.cert or settings.key)
    mine = next((one for one in certs if belongs(key, one)), None)
    if mine is None:
        raise _unusable(settings.cert or settings.key, f"the certificate does not belong to the key in {settings.key}")
    return Identity(key, mine)


def belongs(key: PrivateKey, cert: x509.Certificate) -> bool:
    """Whether they are the two halves of one key."""
    form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(*form) == cert.public_key().public_bytes(*form)


def _from_pkcs12(path: Path, password: bytes | None) -> Identity:
    try:
        key, cert, _ = pkcs12.load_key_and_certificates(_read(path), password)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _unusable(path, "the PKCS#12 file cannot be opened: wrong password, or none such file") from error
    if key is None or cert is None:
        raise _unusable(path, "the PKCS#12 file holds no private key with its certificate")
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise _unusable(path, "the key is neither RSA nor one of an elliptic curve")
    return Identity(key, cert)


def _private_key(path: Path, password: bytes | None) -> PrivateKey:
    data = _read(path)
    try:
        key = serialization.load_pem_private_key(data, password)
    except TypeError as error:  # what the library makes of a password too many or too few
        lack = "the private key is encrypted; give its password" if password is None else "the key has no password"
        raise _unusable(path, lack) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        wrong = "no PEM private key can be read here" + (", or the password is wrong" if password else "")
        raise _unusable(path, wrong) from error
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise _unusable(path, "the key is neither RSA nor one of an elliptic curve")
    return key


def certificates(path: Path) -> tuple[x509.Certificate, ...]:
    """All certificates of a PEM file, at least one. Raises ConfigError."""
    try:
        found = tuple(x509.load_pem_x509_certificates(_read(path)))
    except ValueError as error:
        raise _unusable(path, "no PEM certificate can be read here") from error
    for cert in found:
        public_key(cert, path)
    return found


def public_key(cert: x509.Certificate, path: Path) -> PublicKey:
    """Raises ConfigError for kinds of keys that no algorithm here works with."""
    key = readable_key(cert)
    if key is None:
        raise _unusable(path, "the key of a certificate is neither RSA nor one of an elliptic curve")
    return key


def readable_key(cert: x509.Certificate) -> PublicKey | None:
    """The key of a certificate; None for kinds that no algorithm here works with."""
    try:
        key = cert.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) else None


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise _unusable(path, "the file is not there, or is no regular file")
        with path.open("rb") as file:
            data = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise _unusable(path, f"the file cannot be read: {error.strerror}") from error
    if len(data) > FILE_BYTES_MAX:
        raise _unusable(path, "the file is larger than a key or a certificate can be")
    return data


def _unusable(path: Path, message: str) -> ConfigError:
    return ConfigError([Place(str(path), 1, 1, message)])


def age_warning(cert: x509.Certificate, path: Path | None, now_s: float) -> str:
    """A line about a certificate that is expired, will be soon, or is not valid yet; "" for a good one."""
    now = dt.datetime.fromtimestamp(now_s, dt.UTC)
    end, begin = cert.not_valid_after_utc, cert.not_valid_before_utc
    named = f"{path}: the certificate of {cert.subject.rfc4514_string()[:100]}"
    if now > end:
        return f"{named} expired on {end:%Y-%m-%d}"
    if now < begin:
        return f"{named} is not valid before {begin:%Y-%m-%d}"
    return f"{named} expires soon, on {end:%Y-%m-%d}" if now + SOON > end else ""


# ── what identifies a certificate ────────────────────────────────────────────────────────────────────────────────


def der(cert: x509.Certificate) -> bytes:
    return cert.public_bytes(serialization.Encoding.DER)


def thumbprint(cert: x509.Certificate) -> bytes:
    """The SHA-1 of the certificate, which is one of its names (WSS 1.1.1 §7.3)."""
    return cert.fingerprint(hashes.SHA1())  # noqa: S303  the profile knows no other digest, and a name protects nothing


def subject_key_identifier(cert: x509.Certificate) -> bytes:
    """What the certificate says; else the digest of its key (RFC 5280 §4.2.1.2 method 1)."""
    try:
        found = cert.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_KEY_IDENTIFIER).value
    except (x509.ExtensionNotFound, ValueError):
        return x509.SubjectKeyIdentifier.from_public_key(cert.public_key()).digest
    assert isinstance(found, x509.SubjectKeyIdentifier)
    return found.digest


def common_name(name: x509.Name) -> str:
    return next((str(one.value) for one in name.get_attributes_for_oid(NameOID.COMMON_NAME)), "")


def names(cert: x509.Certificate) -> set[str]:
    """What a certificate calls its owner: common name and DNS names, in small letters."""
    found = {common_name(cert.subject).lower()}
    try:
        other = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        found |= {name.lower() for name in other.get_values_for_type(x509.DNSName)}
    except (x509.ExtensionNotFound, ValueError):
        pass
    return found - {""}


def same_name(written: str, name: x509.Name) -> bool:
    """Whether a distinguished name that was written by somebody else is this one: spaces, the order and the names of
    attributes differ between toolkits."""
    try:
        read = x509.Name.from_rfc4514_string(written)
    except ValueError:
        return _squeezed(written) == _squeezed(name.rfc4514_string())
    pairs = [_pairs(read), _pairs(name)]
    return pairs[0] == pairs[1] or pairs[0] == pairs[1][::-1]


def _pairs(name: x509.Name) -> list[tuple[str, str]]:
    return [(one.oid.dotted_string, str(one.value).strip().lower()) for one in name]


def _squeezed(text: str) -> str:
    return "".join(text.lower().split())
