"""What the writer counts: how many share a commit, how long commits take, how often nodes meet. Any thread may read."""

from __future__ import annotations

from dataclasses import dataclass

ABOUT = {
    "commits": "Transactions written to the store.",
    "units": "Units of work that share these transactions.",
    "commit_seconds": "Time that the commits of these transactions took.",
    "conflicts": "Times that a transaction met another node's and was parted or done again.",
}


@dataclass(slots=True)
class Figures:
    """Since the start; one thread adds."""

    commits: int = 0
    units: int = 0
    commit_seconds: float = 0.0
    conflicts: int = 0

    def committed(self, units: int, seconds: float) -> None:
        self.commits += 1
        self.units += units
        self.commit_seconds += seconds

    def of(self, name: str) -> float:
        """One of ABOUT."""
        return float(getattr(self, name))
