"""Every so often: by elapsed time, with slots that are the same on all nodes whenever they were started."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EVERY_MIN_S = 1
EVERY_MAX_S = 366 * 86400
_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


@dataclass(frozen=True, slots=True)
class Every:
    """Whole multiples of `seconds` since `origin`, which is the first slot; 1970 unless said."""

    seconds: int
    origin: datetime = EPOCH

    def slots(self, after: datetime) -> Iterator[datetime]:
        step = timedelta(seconds=self.seconds)
        slot = self.origin if after < self.origin else self.origin + ((after - self.origin) // step + 1) * step
        while True:
            yield slot
            slot += step

    @property
    def text(self) -> str:
        since = "" if self.origin == EPOCH else f", from {self.origin:%Y-%m-%d %H:%M:%S} UTC on"
        return f"every {_words(self.seconds)}{since}"

    @property
    def identity(self) -> tuple[str, ...]:
        return ("every", str(self.seconds), self.origin.isoformat())


def parse_every(seconds: float, origin: datetime | None = None) -> Every:
    """Raises ValueError that says what would be right."""
    if not float(seconds).is_integer() or not EVERY_MIN_S <= seconds <= EVERY_MAX_S:
        raise ValueError("an interval is a whole number of seconds, from 1s to 366d")
    return Every(int(seconds), origin.astimezone(UTC).replace(microsecond=0) if origin else EPOCH)


def _words(seconds: int) -> str:
    parts = []
    for name, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {name}{'s' if count > 1 else ''}")
    return " ".join(parts).removeprefix("1 ") if len(parts) == 1 else " ".join(parts)
