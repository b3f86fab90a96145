"""What becomes of a failed job: tried again after a pause, or dead. Pure.

The error itself says whether it may pass by itself; `on` decides otherwise by its code. What may have been done and
must not be done twice is never repeated, whatever `on` says.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

from pydantic import Field, field_validator

from bridge.errors import CallError
from bridge.settings import DurationS, Settings

Action = Literal["retry", "dead"]
RETRY_AFTER_S_MAX = 86400.0
"""Nobody keeps a job waiting for longer than a day with one answer."""
_NEVER_AGAIN = "outcome_unknown"


class JobRetrySettings(Settings):
    """How often, and how soon, a failed job is tried again."""

    attempts: int = Field(default=10, ge=1, le=100, examples=[10])
    """Tries in all; the first counts. Then the job is dead: a person sees its whole story and decides."""
    base: DurationS = Field(default=1.0, gt=0, le=86400.0, examples=["1s"])
    """The longest pause before the second try; it doubles with each further one. The pause itself is drawn at random
    between zero and that."""
    cap: DurationS = Field(default=600.0, gt=0, le=86400.0, examples=["10m"])
    """The longest pause of all, unless the upstream asks for a longer one with `Retry-After`."""
    on: dict[str, Action] = Field(default_factory=dict, examples=[{"upstream_invalid": "retry", "not_found": "dead"}])
    """What to do on an error with this code, where that is not what the error itself suggests. A write of which nobody
    knows whether it happened (`outcome_unknown`) is never repeated."""

    @field_validator("on")
    @classmethod
    def _safe(cls, value: dict[str, Action]) -> dict[str, Action]:
        if value.get(_NEVER_AGAIN) == "retry":
            raise ValueError(f"{_NEVER_AGAIN} cannot be retried: it may have been done already")
        return value


@dataclass(frozen=True, slots=True)
class Verdict:
    """`again_in_s` None: the job is dead."""

    again_in_s: float | None


def decide(
    error: CallError,
    attempt: int,
    attempts_max: int,
    settings: JobRetrySettings,
    rng: random.Random,
    *,
    repeatable: bool,
) -> Verdict:
    """`repeatable`: the job may be done twice."""
    undecided = error.outcome == "unknown" and not repeatable
    wanted = settings.on.get(error.code, "retry" if error.retryable else "dead")
    if wanted == "dead" or undecided or error.code == _NEVER_AGAIN or attempt >= attempts_max:
        return Verdict(None)
    return Verdict(pause_s(attempt, settings, rng, error.retry_after_s))


def pause_s(attempt: int, settings: JobRetrySettings, rng: random.Random, retry_after_s: float | None = None) -> float:
    """Full jitter. What the upstream asked for is kept to the letter, and spread by no more than the first pause, so
    that many who were told the same do not come back together."""
    if retry_after_s is not None:
        return min(max(0.0, retry_after_s), RETRY_AFTER_S_MAX) + rng.uniform(0.0, settings.base)
    longest = min(settings.cap, settings.base * 2.0 ** min(attempt - 1, 60))
    return rng.uniform(0.0, longest)
