"""TLS contexts of outbound connections: always verified, TLS 1.2 or newer. There is no switch to turn verifying off;
`legacy` takes older versions and weaker ciphers, from the configured address only."""

from __future__ import annotations

import ssl
import warnings
from pathlib import Path

from bridge.transport.certificates import show, warnings_of
from bridge.transport.secrets import reveal, unusable
from bridge.transport.settings_tls import TlsSettings

__all__ = ["client_context", "reveal", "tls_warnings", "unusable"]

# Level 0 and not 1: OpenSSL 3 counts the SHA-1 signatures of TLS 1.0 and 1.1 as too weak for level 1. Keys of 1024
# bits and certificates signed with SHA-1 are let in by it too; RC4, DES, anonymous and unencrypted ciphers are not.
_OLD_CIPHERS = "DEFAULT:!aNULL:!eNULL:!EXPORT:!LOW:!RC4:!MD5@SECLEVEL=0"


def client_context(ca: Path | None, own: TlsSettings | None) -> ssl.SSLContext:
    """A context that trusts `ca` (else the system) and shows our `own` certificate. Raises ConfigError."""
    try:
        context = ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError) as error:
        raise unusable(str(ca), "no certificates can be read here", error) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if own is not None:
        if own.legacy:
            _take_old(context)
        show(context, own)
    return context


def tls_warnings(own: TlsSettings | None, *, now_s: float) -> tuple[str, ...]:
    """What an operator should know about these settings at each start."""
    if own is None:
        return ()
    old = "tls.legacy: TLS 1.0 and 1.1 and weak ciphers are taken; who listens on the way may be able to read along"
    return (*((old,) if own.legacy else ()), *warnings_of(own, now_s=now_s))


def _take_old(context: ssl.SSLContext) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that it is old is what the setting says
        context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers(_OLD_CIPHERS)
    # Servers of that age know nothing of secure renegotiation (RFC 5746).
    context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)
