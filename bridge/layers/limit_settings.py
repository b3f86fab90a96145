"""`limits:` of an upstream: what it may be asked to bear, and how long anybody waits for it."""

from __future__ import annotations

import math
from typing import Any, Self

from pydantic import Field, GetJsonSchemaHandler, model_serializer, model_validator
from pydantic_core import CoreSchema

from bridge.settings import DurationS, RatePerS, Settings

ADAPTIVE = "adaptive"
BURST_MAX = 1_000_000


class AdaptiveSettings(Settings):
    """Between which bounds the number of calls at once may find itself."""

    min: int = Field(default=1, ge=1, le=10_000, examples=[2])
    """As many are always allowed."""
    max: int = Field(default=64, ge=1, le=10_000, examples=[32])
    """More are never tried."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min > self.max:
            raise ValueError("min is larger than max")
        return self


class ConcurrencySettings(Settings):
    """Calls at the same time. Mostly written as a number, or as `adaptive`."""

    fixed: int = Field(default=32, ge=1, le=10_000, examples=[4])
    """So many."""
    adaptive: AdaptiveSettings | None = Field(default=None, examples=[{"min": 2, "max": 32}])
    """As many as the system bears without becoming slower, found out by trying: one more at a time while it keeps its
    pace, fewer when calls take twice as long as at best or run out of time."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, written: Any) -> Any:
        if written == ADAPTIVE:
            return {"adaptive": {}}
        if isinstance(written, int) and not isinstance(written, bool):
            return {"fixed": written}
        if not isinstance(written, dict | ConcurrencySettings):
            raise ValueError("write a whole number of calls, or `adaptive`, or {adaptive: {min: 1, max: 64}}")  # noqa: TRY004  pydantic wants it
        if isinstance(written, dict) and len(written) > 1 and {"fixed", "adaptive"} <= written.keys():
            raise ValueError("either `fixed` or `adaptive`")
        return written

    @model_serializer(mode="plain")
    def _as_written(self) -> int | dict[str, dict[str, int]]:
        return {"adaptive": {"min": self.adaptive.min, "max": self.adaptive.max}} if self.adaptive else self.fixed

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        written = handler.resolve_ref_schema(handler(schema))
        about = written.pop("description", "")
        number = {"type": "integer", "minimum": 1, "maximum": 10_000, "examples": [4]}
        return {"description": about, "anyOf": [number, {"const": ADAPTIVE}, written]}

    @property
    def most(self) -> int:
        return self.adaptive.max if self.adaptive else self.fixed


class LimitsSettings(Settings):
    """What one upstream may be asked to bear, and how long anybody waits for it."""

    rate: RatePerS | None = Field(default=None, gt=0, examples=["5/s"])
    """How many calls may leave in a time, over all workers and nodes together: `5/s`, `60/m`. More wait for their
    turn. Each try of a call counts."""
    burst: int | None = Field(default=None, ge=1, le=BURST_MAX, examples=[10])
    """How many may leave at once after a quiet time; else as many as `rate` allows in a second."""
    heed: bool = Field(default=True, examples=[False])
    """Go by what the system itself says about its quota: `RateLimit`, `X-RateLimit-Remaining` and `-Reset`, and
    `Retry-After` of a 429."""
    concurrency: ConcurrencySettings = Field(
        default=ConcurrencySettings(), examples=[4, "adaptive", {"adaptive": {"min": 2, "max": 32}}]
    )
    """Calls under way at the same time; the others wait."""
    queue: int = Field(default=1000, ge=0, le=100_000, examples=[200])
    """Calls that may wait for their turn. One more is refused with 503 and `Retry-After`."""
    wait: DurationS | None = Field(default=None, gt=0, examples=["10s"])
    """How long a call waits for its turn at the most, never past its deadline. One whose turn would come later is
    refused at once, with 503 and a `Retry-After` that says when."""
    background_every: int = Field(default=10, ge=2, le=1000, examples=[5])
    """While calls wait for which somebody waits, every so manyth turn is for those of jobs and schedules."""
    timeout: DurationS = Field(default=20.0, gt=0, examples=["20s"])
    """Time for one attempt."""
    deadline: DurationS = Field(default=30.0, gt=0, examples=["30s"])
    """Time for the whole call, with every attempt and all waiting. The answer is sent by then, whatever it is."""

    @model_validator(mode="after")
    def _attempt_fits(self) -> Self:
        if "timeout" in self.model_fields_set and self.timeout > self.deadline:
            raise ValueError("timeout is the time of one attempt and cannot be longer than deadline")
        if self.burst is not None and self.rate is None:
            raise ValueError("burst says how many calls of a rate may leave at once: it needs `rate`")
        return self

    @property
    def burst_of_rate(self) -> int:
        return self.burst if self.burst is not None else max(1, math.ceil(self.rate or 1))
