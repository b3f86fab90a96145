"""`--guess-reads`: an operation whose whole first word reads is taken to be safe. A person asked for the guess."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from adapters.soap.upstream import Flags
from bridge.shapes.naming import first_word

READING = frozenset({"get", "list", "find", "search", "query", "lookup", "describe", "count"})


def reads(operation: str) -> bool:
    """True for `GetOrder` and `list_orders`; false for `Getaway`, `CountryUpdate` and `ForgetMe`."""
    return first_word(operation) in READING


class Guessed(Mapping[str, Flags]):
    """The flags that a person set, and a guess for the operations nobody spoke of."""

    def __init__(self, given: Mapping[str, Flags]) -> None:
        self._given = given

    def __getitem__(self, operation: str) -> Flags:
        return self._given[operation] if operation in self._given else Flags(safe=reads(operation))

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)
