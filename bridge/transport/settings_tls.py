"""TLS of an outbound connection: our own certificate, and what old servers need. Settings only."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from bridge.settings import Secret, Settings


class Pkcs12Settings(Settings):
    """A certificate and its private key in one PKCS#12 file (`.p12`, `.pfx`)."""

    file: Path = Field(examples=["/etc/bridge/client.p12"])
    """The file."""
    password: Secret | None = Field(None, examples=["env:CLIENT_P12_PASSWORD"])
    """What opens it."""


class TlsSettings(Settings):
    """Our own certificate, for servers that ask for one (mTLS), and what else their TLS needs."""

    cert: Path | None = Field(None, examples=["/etc/bridge/client.pem"])
    """The certificate chain, PEM."""
    key: Path | None = Field(None, examples=["/etc/bridge/client.key"])
    """The private key, PEM; absent when it is in the same file as the certificate."""
    key_password: Secret | None = Field(None, examples=["env:CLIENT_KEY_PASSWORD"])
    """What opens the private key, if it is encrypted."""
    pkcs12: Pkcs12Settings | None = Field(
        None, examples=[{"file": "/etc/bridge/client.p12", "password": "env:CLIENT_P12_PASSWORD"}]
    )
    """Certificate, chain and private key in one PKCS#12 file, in place of `cert` and `key`."""
    server_name: str | None = Field(None, examples=["erp.example"], pattern=r"^[0-9A-Za-z._-]{1,253}$")
    """The name that the server's certificate has to bear, when it is not that of the address."""
    legacy: bool = Field(False, examples=[True])
    """Take TLS 1.0 and 1.1, and ciphers and keys that are weak today, for servers that have nothing better. Their
    certificates are verified all the same. Each start warns of it."""

    @model_validator(mode="after")
    def _one_certificate(self) -> Self:
        if self.cert and self.pkcs12:
            raise ValueError("give cert or pkcs12, not both")
        if (self.key or self.key_password) and not self.cert:
            raise ValueError("key and key_password go with cert")
        if not (self.cert or self.pkcs12 or self.server_name or self.legacy):
            raise ValueError("give cert or pkcs12, or server_name, or legacy")
        return self

    @property
    def shows_certificate(self) -> bool:
        """Whether it names us."""
        return bool(self.cert or self.pkcs12)


def tls_paths_from(tls: TlsSettings, folder: Path) -> TlsSettings:
    """The same with relative paths read from `folder`, where the configuration file lies."""
    pkcs12 = tls.pkcs12 and tls.pkcs12.model_copy(update={"file": folder / tls.pkcs12.file})
    changes = {"cert": tls.cert and folder / tls.cert, "key": tls.key and folder / tls.key, "pkcs12": pkcs12}
    return tls.model_copy(update=changes)
