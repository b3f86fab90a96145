"""`store:` of the configuration."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, field_validator

from bridge.settings import Secret, ShortSettings
from bridge.store.url import StoreUrl

DEFAULT_URL = "sqlite:///data/bridge.db"


class StoreSettings(ShortSettings):
    """The database behind the bridge. Written short it is the URL alone."""

    short: ClassVar[str] = "url"

    url: str = Field(default=DEFAULT_URL, examples=[DEFAULT_URL])
    """`sqlite:///` and a path (relative to the working directory; four slashes for an absolute one), or
    `postgresql://user@host/database`. A password is never in the URL: see `password`."""
    password: Secret | None = Field(default=None, examples=["env:STORE_PASSWORD"])
    """The password of a PostgreSQL user."""
    key: Secret | None = Field(default=None, examples=["file:/run/secrets/store_key"])
    """32 bytes in base64 that payloads at rest are sealed with (AES-256-GCM)."""
    old_keys: tuple[Secret, ...] = Field(default=(), max_length=20, examples=[["file:/run/secrets/store_key_before"]])
    """Keys of before: they open what they have sealed, until all of it is sealed with `key`."""

    @field_validator("url")
    @classmethod
    def _understood(cls, value: str) -> str:
        StoreUrl.parse(value)
        return value
