"""`streams:` of the configuration: topics, and how surely and how long each is kept."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bridge.settings import Bytes, DurationS, Settings


def log_url(store_url: str) -> str:
    """Where the logs lie: a file beside that of the store, so that sensors never make jobs wait; of PostgreSQL the same
    database, which has room for several writers."""
    return beside(store_url) if store_url.startswith("sqlite:") else store_url


def beside(name: str) -> str:
    """The name of the logs' file, or of its backup, by that of the store."""
    return f"{name.removesuffix('.db')}-streams.db"


class KeepSettings(Settings):
    """What retention leaves of a topic. Whatever is over any of these goes, the oldest first."""

    age: DurationS | None = Field(default=7 * 86400.0, gt=0, examples=["24h"])
    """How long a message is kept."""
    size: Bytes | None = Field(default=100_000_000, ge=1, examples=["100MB"])
    """Bytes of all its messages together."""
    count: int | None = Field(default=None, ge=1, examples=[10_000])
    """How many messages."""


class KeepValuesSettings(Settings):
    """What retention leaves of the last values of keys, which stay when the messages that brought them go. Whatever is
    over any of these goes, the one that has not changed for longest first."""

    keys: int | None = Field(default=100_000, ge=1, examples=[10_000])
    """How many keys have a last value."""
    size: Bytes | None = Field(default=100_000_000, ge=1, examples=["10MB"])
    """Bytes of all of them together."""
    age: DurationS | None = Field(default=None, gt=0, examples=["30d"])
    """How long one is kept that does not change."""


class TopicSettings(Settings):
    """A topic."""

    durable: Literal["each", "batch", "memory"] = Field(default="each", examples=["batch"])
    """When an append is acknowledged. `each`: when it is synced to the disk. `batch`: likewise, but the disk is synced
    only once in `window`, so an acknowledgement may take that long and many sensors cost little. `memory`: at once, and
    a restart loses all."""
    window: DurationS = Field(default=0.05, gt=0, le=10, examples=["50ms"])
    """For `batch`: how long messages are gathered."""
    keep: KeepSettings = Field(default=KeepSettings(), examples=[{"age": "24h", "count": 10_000}])
    """What is kept."""
    values: KeepValuesSettings = Field(default=KeepValuesSettings(), examples=[{"keys": 10_000, "age": "30d"}])
    """What is kept of the last value of each key."""
    message: Bytes = Field(default=256_000, ge=1, le=10_000_000, examples=["64kB"])
    """The size of the largest message; a larger one is refused."""
