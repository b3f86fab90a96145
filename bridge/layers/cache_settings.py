"""`cache:` of an operation, and of the whole configuration: what is kept, for whom, how long, and where."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, StrictBool, field_validator

from bridge.layers.tags import check_template
from bridge.settings import Bytes, DurationS, Settings, ShortSettings
from bridge.store.kept_settings import KeptSettings

AHEAD = 0.8
"""The part of its time after which an answer is asked for anew, where nothing else is said."""


class CacheSettings(Settings):
    """How long the answers of one operation are kept, and for whom."""

    ttl: DurationS = Field(gt=0, examples=["60s"])
    """How long an answer is served without asking the upstream."""
    swr: DurationS = Field(default=0.0, ge=0, examples=["30s"])
    """How long after `ttl` an old answer is served at once, while a new one is asked for behind the caller's back
    (stale-while-revalidate, RFC 5861)."""
    stale: DurationS = Field(default=0.0, ge=0, examples=["10m"])
    """How long after `ttl` an old answer may still be served when the upstream fails, cannot be reached, or is not
    asked because its breaker is open (stale-if-error)."""
    negative: dict[str, Annotated[DurationS, Field(gt=0)]] = Field(default={}, examples=[{"OrderNotFound": "30s"}])
    """Faults that are kept as well, by their name, or by the `code` of a rule under `fail_when`: how long the same
    fault is answered without asking."""
    refresh_ahead: StrictBool | Annotated[float, Field(gt=0, lt=1)] = Field(default=False, examples=[True, 0.8])
    """Ask for a new answer before the old one ends when it is in demand: after this part of `ttl`; `true` is 0.8."""
    public: bool = Field(default=False, examples=[True])
    """The answer is the same for every caller, so all share it. Otherwise each key has answers of its own."""
    tags: tuple[Annotated[str, AfterValidator(check_template)], ...] = Field(default=(), examples=[["order:{orderId}"]])
    """What an answer is about, with fields of the arguments. A write that `invalidates` such a tag makes it old."""

    @property
    def ahead(self) -> float | None:
        """The part of `ttl` after which an answer in demand is asked for anew; None for never."""
        if isinstance(self.refresh_ahead, bool):
            return AHEAD if self.refresh_ahead else None
        return self.refresh_ahead


class CacheStoreSettings(ShortSettings):
    """Where answers are kept. Written short it is `memory`, or the URL of a Redis that nodes share."""

    short: ClassVar[str] = "redis"

    memory: Bytes = Field(default=64_000_000, ge=1_000_000, examples=["64MB"])
    """Memory for answers of all upstreams together. The ones not used for longest give way first."""
    redis: KeptSettings | None = Field(default=None, examples=["redis://redis.internal:6379/1"])
    """Behind it, what all nodes share. Where it cannot be asked within 50 ms each goes on alone."""

    @field_validator("redis", mode="before")
    @classmethod
    def _memory_alone(cls, value: object) -> object:
        return None if value == "memory" else value
