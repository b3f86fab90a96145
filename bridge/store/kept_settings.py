"""`cache.redis:` of the configuration: where nodes share kept answers."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, field_validator

from bridge.settings import Bytes, Secret, ShortSettings
from bridge.store.bus.settings import MEMORY, BusSettings
from bridge.store.sealing import Seal, parse_key


class KeptSettings(ShortSettings):
    """A Redis in which nodes share kept answers. Written short it is the URL alone."""

    short: ClassVar[str] = "url"

    url: str = Field(examples=["redis://redis.internal:6379/1"])
    """`redis://host:port/db`, `rediss://` with TLS, or `unix:///path`. Needs `pip install legacy-bridge[redis]`. Where
    there is no `bus:`, the nodes meet over it as well. A password is never in the URL: see `password`."""
    password: Secret | None = Field(default=None, examples=["env:REDIS_PASSWORD"])
    """The password for Redis."""
    prefix: str = Field(default="bridge", pattern=r"^[A-Za-z0-9._-]{1,50}$", examples=["bridge"])
    """What all names in Redis begin with: bridges that have nothing to do with each other use different ones."""
    answer: Bytes = Field(default=256_000, ge=1_000, le=8_000_000, examples=["256kB"])
    """The largest answer that is shared; a larger one is kept by each node alone."""
    key: Secret | None = Field(default=None, examples=["env:CACHE_KEY"])
    """Seals what is in Redis: 32 bytes in base64, the same on all nodes. Without it whoever can read or write that
    Redis can read or change kept answers."""

    @field_validator("url")
    @classmethod
    def _understood(cls, value: str) -> str:
        if value == MEMORY:
            raise ValueError("answers are shared over redis://host:port/0, rediss://host:port/0 or unix:///path")
        return BusSettings(url=value).url

    def bus(self) -> BusSettings:
        """To meet over the same Redis."""
        return BusSettings(url=self.url, password=self.password, prefix=self.prefix)

    def seal(self) -> Seal:
        """Raises ValueError when the key cannot be used."""
        return Seal(parse_key(self.key.reveal()), plain=False) if self.key is not None else Seal(None)
