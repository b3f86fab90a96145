"""Our own certificate as OpenSSL wants it, whether it came as PEM or as PKCS#12, and how long it is still good.

Python's ssl reads certificates from files only. What was in a PKCS#12 file is therefore handed over in an anonymous
file in memory (where the system has none, in a file of mode 0600 in a folder of its own, gone at once), and the private
key in it is sealed with a password that nobody else has: it never lies anywhere in plain.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
import ssl
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat, pkcs12

from bridge.settings import Secret
from bridge.transport.secrets import reveal, unusable
from bridge.transport.settings_tls import Pkcs12Settings, TlsSettings

FILE_BYTES_MAX = 1_000_000
WARN_DAYS = 30


def show(context: ssl.SSLContext, own: TlsSettings) -> None:
    """Let the context show our certificate. Raises ConfigError that says what is wrong with which file."""
    if own.pkcs12:
        _show_pkcs12(context, own.pkcs12)
    elif own.cert:
        _show_pem(context, own.cert, own.key, own.key_password)


def warnings_of(own: TlsSettings, *, now_s: float) -> tuple[str, ...]:
    """Readable lines about a certificate that is no longer good, not yet, or not for long."""
    if not own.shows_certificate:
        return ()
    certificate, where = (_of_pkcs12(own.pkcs12), own.pkcs12.file) if own.pkcs12 else (_of_pem(own.cert), own.cert)
    if certificate is None:
        return ()
    now, start, end = dt.datetime.fromtimestamp(now_s, dt.UTC), *_term(certificate)
    if end < now:
        return (f"our certificate {where} is no longer valid since {end:%Y-%m-%d}; servers will refuse it",)
    if start > now:
        return (f"our certificate {where} is not valid before {start:%Y-%m-%d %H:%M} UTC",)
    left = (end - now).days
    return (f"our certificate {where} ends in {left} days, on {end:%Y-%m-%d}",) if left < WARN_DAYS else ()


# ── PEM ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _show_pem(context: ssl.SSLContext, cert: Path, key: Path | None, secret: Secret | None) -> None:
    password = reveal(secret) if secret else ""
    try:
        # A function, so that OpenSSL never asks at the terminal for a password nobody configured.
        context.load_cert_chain(cert, key, password=lambda: password)
    except (OSError, ssl.SSLError) as error:
        if getattr(error, "reason", "") == "KEY_VALUES_MISMATCH":
            raise unusable(str(key or cert), f"this private key does not belong to the certificate {cert}") from error
        raise unusable(str(cert), "certificate or private key cannot be used", error) from error


def _of_pem(path: Path | None) -> x509.Certificate | None:
    with suppress(OSError, ValueError), _old_certificates():
        if path is not None:
            return x509.load_pem_x509_certificates(path.read_bytes()[:FILE_BYTES_MAX])[0]
    return None


# ── PKCS#12 ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _show_pkcs12(context: ssl.SSLContext, settings: Pkcs12Settings) -> None:
    where, found = str(settings.file), _read_pkcs12(settings)
    if found.key is None or found.cert is None:
        raise unusable(where, "it holds no private key with a certificate that belongs to it")
    password = secrets.token_urlsafe(32)
    key = found.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password.encode()))
    chain = [each.certificate.public_bytes(Encoding.PEM) for each in (found.cert, *found.additional_certs)]
    try:
        with passing(key + b"".join(chain)) as path:
            context.load_cert_chain(path, password=password)
    except (OSError, ssl.SSLError) as error:
        raise unusable(where, "certificate or private key cannot be used", error) from error


def _read_pkcs12(settings: Pkcs12Settings) -> pkcs12.PKCS12KeyAndCertificates:
    where = str(settings.file)
    password = reveal(settings.password).encode() if settings.password else None
    try:
        if settings.file.stat().st_size > FILE_BYTES_MAX:
            raise unusable(where, "it is too large for a PKCS#12 file")
        data = settings.file.read_bytes()
    except OSError as error:
        raise unusable(where, "it cannot be read", error) from error
    try:
        with _old_certificates():
            return pkcs12.load_pkcs12(data, password)
    except ValueError as error:
        raise unusable(where, "it is no PKCS#12 file, or the password is not the right one") from error
    except UnsupportedAlgorithm as error:
        raise unusable(where, "it is encrypted in a way that is not supported here") from error


def _of_pkcs12(settings: Pkcs12Settings) -> x509.Certificate | None:
    found = _read_pkcs12(settings).cert
    return found.certificate if found else None


@contextmanager
def passing(data: bytes, *, in_memory: bool = hasattr(os, "memfd_create")) -> Iterator[str]:
    """A path at which OpenSSL finds these bytes, for a moment."""
    if in_memory:
        descriptor = os.memfd_create("certificate", os.MFD_CLOEXEC)
        try:
            with os.fdopen(descriptor, "wb", closefd=False) as file:
                file.write(data)
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)
        return
    with tempfile.TemporaryDirectory() as folder:  # of mode 0700
        path = Path(folder) / "certificate.pem"
        path.touch(mode=0o600)
        path.write_bytes(data)
        yield str(path)


def _term(certificate: x509.Certificate) -> tuple[dt.datetime, dt.datetime]:
    return certificate.not_valid_before_utc, certificate.not_valid_after_utc


@contextmanager
def _old_certificates() -> Iterator[None]:
    """Certificates of old authorities break rules that the library only warns of; OpenSSL is the judge here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
