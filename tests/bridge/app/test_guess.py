"""Whole first words only: a guess is for a person to ask for, and must not be made of half a word."""

from __future__ import annotations

import pytest

from adapters.soap.upstream import Flags
from bridge.app.guess import Guessed, reads


@pytest.mark.parametrize(
    "name", ["GetOrder", "list_orders", "findByName", "COUNT", "query", "Lookup-Vat", "describeIt"]
)
def test_reads(name: str) -> None:
    assert reads(name)


@pytest.mark.parametrize("name", ["Getaway", "ListenTo", "CountryUpdate", "ForgetMe", "createList", "", "Finder"])
def test_does_not_read(name: str) -> None:
    assert not reads(name)


def test_what_a_person_said_wins() -> None:
    flags = Guessed({"GetAndLock": Flags(safe=False)})
    assert not flags["GetAndLock"].safe
    assert flags["GetOrder"].safe
    assert not flags["CreateOrder"].safe
    assert flags.get("GetOrder", Flags()).safe
