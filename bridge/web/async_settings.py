"""What the server allows of calls whose answers are fetched later. Values only."""

from __future__ import annotations

from pydantic import Field

from bridge.settings import Bytes, DurationS, Settings


class AsyncSettings(Settings):
    """Calls that are answered with an address to come back to."""

    wait: DurationS = Field(default=30.0, ge=0, le=3600.0, examples=["30s"])
    """The longest time that `Prefer: wait=N` lets a request wait for such an answer."""
    keep: DurationS = Field(default=86400.0, ge=60, le=366 * 86400.0, examples=["24h"])
    """How long an answer can be fetched after it was there; then its address says 410."""
    answer: Bytes = Field(default=8_000_000, ge=1000, le=60_000_000, examples=["8MB"])
    """The largest answer that is kept. A call whose answer is larger was made, and its answer is lost."""
    open: int = Field(default=1000, ge=1, le=1_000_000, examples=[1000])
    """How many such calls of one key may be under way at a time, over all workers and nodes; 429 above it."""
