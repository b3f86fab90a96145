"""What can be set about an outbound HTTP connection. Adapters build their own settings on it.

Secrets are references; the values are read once, when a session is opened.
"""

from __future__ import annotations

from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from bridge.settings import Bytes, DurationS, Settings
from bridge.transport.origins import has_userinfo, origin
from bridge.transport.settings_auth import AuthSettings, BasicAuth
from bridge.transport.settings_tls import TlsSettings


class ClientSettings(Settings):
    """An outbound HTTP connection: who we are, whom we trust, which way, and how much we take."""

    auth: AuthSettings | None = Field(None, examples=[{"basic": {"username": "shop", "password": "env:ERP_PASSWORD"}}])
    """Credentials; they go to the configured address only."""
    tls: TlsSettings | None = Field(None, examples=[{"cert": "/etc/bridge/client.pem"}])
    """Our own certificate (mTLS), shown to the configured address only, and what old servers need."""
    ca: Path | None = Field(None, examples=["/etc/bridge/company-ca.pem"])
    """The certificates we trust, PEM, in place of those of the system."""
    proxy: str | None = Field(None, examples=["http://proxy.example:3128"])
    """The HTTP proxy to go through. Variables such as `HTTPS_PROXY` are not read."""
    proxy_auth: BasicAuth | None = Field(None, examples=[{"username": "bridge", "password": "env:PROXY_PASSWORD"}])
    """Credentials for the proxy."""
    connect_timeout: DurationS = Field(5.0, examples=["5s"], gt=0)
    """How long name resolution, connection and TLS may take together."""
    fetch_timeout: DurationS = Field(30.0, examples=["30s"], gt=0)
    """How long one document (a WSDL, a schema) may take."""
    keep_alive: DurationS = Field(4.0, examples=["4s"], ge=0)
    """How long an unused connection is kept. Shorter than the 5 s after which many servers close theirs, since a call
    that meets a closing connection has an unknown outcome."""
    connections: int = Field(100, examples=[20], ge=1, le=10_000)
    """How many connections may be open at once."""
    answer_max: Bytes = Field(32_000_000, examples=["32MB"], gt=0)
    """The largest answer taken, counted after decompression."""

    @field_validator("proxy")
    @classmethod
    def _proxy_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not origin(value) or urlsplit(value).path not in {"", "/"}:
            raise ValueError("a proxy is an address such as http://proxy.example:3128")
        if has_userinfo(value):
            raise ValueError("credentials do not belong in an address; use proxy_auth")
        return value

    @model_validator(mode="after")
    def _proxy_for_its_credentials(self) -> Self:
        if self.proxy_auth is not None and self.proxy is None:
            raise ValueError("proxy_auth needs proxy")
        return self
