"""TLS contexts of outbound connections: always verified, TLS 1.2 or newer. There is no switch to turn that off."""

from __future__ import annotations

import ssl
from pathlib import Path

from bridge.errors import ConfigError, Place
from bridge.settings import Secret
from bridge.transport.settings import TlsSettings


def client_context(ca: Path | None, own: TlsSettings | None) -> ssl.SSLContext:
    """A context that trusts `ca` (else the system) and shows our `own` certificate. Raises ConfigError."""
    try:
        context = ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError) as error:
        raise unusable(str(ca), "no certificates can be read here", error) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if own is not None:
        password = reveal(own.key_password) if own.key_password else ""
        try:
            # A function, so that OpenSSL never asks at the terminal for a password nobody configured.
            context.load_cert_chain(own.cert, own.key, password=lambda: password)
        except (OSError, ssl.SSLError) as error:
            raise unusable(str(own.cert), "certificate or private key cannot be used", error) from error
    return context


def reveal(secret: Secret) -> str:
    """The value of a secret. Raises ConfigError that names the reference, never the value."""
    try:
        value = secret.reveal()
    except ValueError as error:
        raise unusable(secret.reference, str(error), error) from error
    if any(ord(char) < 32 or ord(char) == 127 for char in value):  # a line break would start a header of its own
        raise unusable(secret.reference, "the secret holds a control character, such as a second line", None)
    return value


def unusable(where: str, message: str, error: Exception | None) -> ConfigError:
    """A setting that is well written but cannot be used on this machine."""
    reason = getattr(error, "strerror", None) or getattr(error, "reason", None) or ""
    return ConfigError([Place(where, 1, 1, message, str(reason))])
