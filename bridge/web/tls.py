"""TLS towards those who call us. Knows files and `ssl`, nothing of HTTP."""

from __future__ import annotations

import ssl

from bridge.errors import ConfigError, Place
from bridge.web.settings import TlsSettings


def server_context(settings: TlsSettings) -> ssl.SSLContext:
    """TLS 1.2 or newer; with `client_ca` a client must show a certificate. Raises ConfigError that names the file.

    Reads files, so not on the event loop.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
    context.set_alpn_protocols(["http/1.1"])
    try:
        # A function, so that OpenSSL never asks at the terminal for a passphrase nobody configured.
        context.load_cert_chain(settings.cert, settings.key, password=lambda: "")
    except (OSError, ValueError) as error:
        raise _unusable(settings.cert, "certificate or private key cannot be used", error) from error
    if settings.client_ca is not None:
        _ask_for_client(context, settings.client_ca)
    return context


def _ask_for_client(context: ssl.SSLContext, client_ca: str) -> None:
    try:
        context.load_verify_locations(client_ca)
    except (OSError, ValueError) as error:
        raise _unusable(client_ca, "no certificates can be read here", error) from error
    context.verify_mode = ssl.CERT_REQUIRED


def _unusable(file: str, message: str, error: Exception) -> ConfigError:
    reason = getattr(error, "strerror", None) or getattr(error, "reason", None) or ""
    return ConfigError([Place(file, 1, 1, message, str(reason))])
