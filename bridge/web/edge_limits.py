"""How many connections may be open, in all and per client address. Pure counting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Literal

Refusal = Literal["connections", "connections-per-address"]


class Seat:
    """One connection's place; given back once, however often `leave` is called."""

    __slots__ = ("_bucket", "_seats", "address")

    def __init__(self, seats: Seats, address: str, bucket: str) -> None:
        self._seats: Seats | None = seats
        self.address, self._bucket = address, bucket

    def leave(self) -> None:
        if self._seats is not None:
            self._seats.free(self._bucket)
            self._seats = None


class Seats:
    """All places of one server."""

    def __init__(self, total_max: int, per_address_max: int, exempt: Sequence[IPv4Network | IPv6Network] = ()) -> None:
        self._total_max, self._per_address_max, self._exempt = total_max, per_address_max, tuple(exempt)
        self._taken: Counter[str] = Counter()
        self.total = 0

    def take(self, address: str) -> Seat | Refusal:
        """A seat, or why there is none."""
        if self.total >= self._total_max:
            return "connections"
        bucket = self._bucket(address)
        if bucket and self._taken[bucket] >= self._per_address_max:
            return "connections-per-address"
        self.total += 1
        self._taken[bucket] += 1
        return Seat(self, address, bucket)

    def free(self, bucket: str) -> None:
        self.total -= 1
        self._taken[bucket] -= 1
        if not self._taken[bucket]:
            del self._taken[bucket]

    def _bucket(self, address: str) -> str:
        """Whom a connection counts for: an IPv6 host owns its /64. `""`: one of our proxies, which speaks for many."""
        return bucket_of(address, self._exempt)


def bucket_of(address: str, exempt: Sequence[IPv4Network | IPv6Network] = ()) -> str:
    """Whom an address counts for. Raises ValueError for what is none."""
    parsed = ip_address(address)
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    if any(parsed in network for network in exempt):
        return ""
    return str(ip_network((parsed, 64), strict=False)) if isinstance(parsed, IPv6Address) else str(parsed)
