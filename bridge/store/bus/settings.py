"""`bus:` of the configuration."""

from __future__ import annotations

from importlib.util import find_spec
from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from bridge.settings import Secret, ShortSettings

MEMORY = "memory"
_SCHEMES = {"redis", "rediss", "unix"}


class BusSettings(ShortSettings):
    """What several nodes meet over. Written short it is the URL alone."""

    short: ClassVar[str] = "url"

    url: str = Field(default=MEMORY, examples=["redis://redis.internal:6379/0"])
    """`memory`: this machine only; its workers meet without any server. `redis://host:port/db` (`rediss://` with TLS,
    `unix:///path`): all nodes that use the same one keep limits, purges and single flight together. Needs
    `pip install legacy-bridge[redis]`. A password is never in the URL: see `password`."""
    password: Secret | None = Field(default=None, examples=["env:REDIS_PASSWORD"])
    """The password for Redis."""
    prefix: str = Field(default="bridge", pattern=r"^[A-Za-z0-9._-]{1,50}$", examples=["bridge"])
    """What all names in Redis begin with: bridges that have nothing to do with each other use different ones."""

    @field_validator("url")
    @classmethod
    def _understood(cls, value: str) -> str:
        if value == MEMORY:
            return value
        parts = urlsplit(value)
        if parts.scheme not in _SCHEMES or not (parts.hostname or parts.path.strip("/")):
            raise ValueError("a bus is `memory`, redis://host:port/0, rediss://host:port/0 or unix:///path")
        if parts.password is not None:
            raise ValueError("the password does not belong into the URL: give it as `password: env:NAME`")
        if find_spec("redis") is None:
            raise ValueError("a bus over Redis needs a package that is not here: pip install legacy-bridge[redis]")
        return value

    @property
    def within_machine(self) -> bool:
        return self.url == MEMORY
