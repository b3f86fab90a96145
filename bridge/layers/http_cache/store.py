"""Answers of plain HTTP kept in memory, bounded in bytes; the address not asked for longest gives way first.

An address has its answers by whose they are and by what they vary by, so callers share only what is public, and a
write makes an address old for everybody.
"""

from __future__ import annotations

from cachetools import LRUCache

from bridge.layers.http_cache.rules import Asking, Kept, youngest

Address = tuple[str, str]
"""Upstream, path and query."""
Variants = dict[tuple[str, tuple[tuple[str, str], ...]], Kept]
"""By the caller's name ("" where all share) and what it varies by."""
VARIANTS_MAX = 100
_OVERHEAD_BYTES = 1000
_SHARE = 8


class HttpStore:
    """One for the whole process."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._kept: LRUCache[Address, Variants] = LRUCache(maxsize=bytes_max, getsizeof=_size_of)

    @property
    def used_bytes(self) -> int:
        return int(self._kept.currsize)

    @property
    def entry_bytes_max(self) -> int:
        """One answer may take at most an eighth of the store."""
        return self._bytes_max // _SHARE

    def find(self, address: Address, who: str, asking: Asking) -> Kept | None:
        found = self._kept.get(address)
        return None if found is None else youngest((one for (whose, _), one in found.items() if whose == who), asking)

    def put(self, address: Address, who: str, kept: Kept) -> bool:
        """Whether it was kept."""
        if _weight(kept) > self.entry_bytes_max:
            return False
        found = dict(self._kept.get(address) or {})
        found.pop((who, kept.selected), None)
        size = _size_of(found) + _weight(kept)
        while len(found) >= VARIANTS_MAX or size > self._bytes_max:
            size -= _weight(found.pop(next(iter(found))))  # the oldest
        found[who, kept.selected] = kept
        self._kept[address] = found  # as a whole, so that it is weighed anew
        return True

    def forget(self, address: Address) -> bool:
        """Whether there was anything of that address."""
        return self._kept.pop(address, None) is not None

    def forget_all(self, upstream: str, path: str = "") -> int:
        """What is kept of an upstream below a path; how many addresses that were."""
        gone = [one for one in self._kept if one[0] == upstream and one[1].startswith(path)]
        for one in gone:
            del self._kept[one]
        return len(gone)


def _weight(kept: Kept) -> int:
    return len(kept.body) + sum(len(name) + len(value) for name, value in kept.fields) + _OVERHEAD_BYTES


def _size_of(found: Variants) -> int:
    return sum(map(_weight, found.values()))
