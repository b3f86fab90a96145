"""`admin:` of the configuration: where operators reach the bridge, and when it may not be served at all."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from bridge.settings import Settings
from bridge.web.access import ADMIN, is_loopback
from bridge.web.settings import AccessSettings, HostName, LimitSettings, ServerSettings, TlsSettings

SOCKET_NAME = "admin.sock"
_LIMITS = {"connections": 64, "connections_per_address": 64, "drain": "2s", "body": "2MB"}


class AdminSettings(Settings):
    """The operators' own listener: a Unix socket that only this user may open, and TCP only where it is asked for."""

    enabled: bool = Field(default=True, examples=[True])
    """Whether there is one at all. The command line works without it."""
    socket: str | None = Field(default=None, examples=["/run/legacy-bridge/admin.sock"])
    """Path of the Unix socket; else `admin.sock` in the folder `state`. At most 100 bytes long."""
    host: str | None = Field(default=None, examples=["127.0.0.1"])
    """Listen on TCP as well, on this address. Needs `port`, and a key with the scope `admin:*` (or one of its parts)
    under `access:`."""
    port: int | None = Field(default=None, ge=0, le=65535, examples=[9090])
    """Its TCP port; 0 takes a free one."""
    tls: TlsSettings | None = Field(
        default=None, examples=[{"cert": "/etc/bridge/admin.pem", "key": "/etc/bridge/admin.key"}]
    )
    """Certificate and key of the TCP listener. Needed where the address can be reached from other machines."""
    hosts: tuple[HostName, ...] = Field(default=(), examples=[["admin.example.org"]])
    """Host names that it answers for, beside loopback and `host`."""

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.host is None) != (self.port is None):
            raise ValueError("`host` and `port` belong together: give both, or neither for the Unix socket alone")
        return self

    def socket_path(self, state: str) -> Path:
        return Path(self.socket or Path(state) / SOCKET_NAME)

    def server(self) -> ServerSettings:
        """What the door is told: the same bounds as the public one, for a handful of people."""
        limits = LimitSettings.model_validate(_LIMITS)
        return ServerSettings(
            host=self.host or "127.0.0.1", port=self.port or 0, tls=self.tls, hosts=self.hosts, limits=limits
        )


def check_admin(settings: AdminSettings, access: AccessSettings | None) -> str:
    """Why the TCP listener must not be opened as configured; `""` when it may, or is not asked for."""
    if not settings.enabled or settings.host is None:
        return ""
    if not any(scope.startswith(ADMIN) for key in (access.keys if access else ()) for scope in key.scopes):
        return (
            "nobody could use the admin listener: no key has an admin scope. Give one of `access.keys` the scope "
            "admin:* (or admin:read), or leave `host` and `port` out and use the Unix socket"
        )
    if not is_loopback(settings.host) and settings.tls is None:
        return (
            f"keys of operators would cross the network in plain text on {settings.host}. Give a certificate under "
            "`admin.tls:`, or listen on 127.0.0.1"
        )
    return ""
