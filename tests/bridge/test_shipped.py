"""Shipped data is found from a checkout; tests/test_package.py does the same in an installed wheel."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.shipped import shipped

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["config", "mappings"])
def test_folders_are_those_of_the_checkout(name: str) -> None:
    assert shipped(name) == REPOSITORY / name


def test_what_does_not_ship_is_named() -> None:
    with pytest.raises(FileNotFoundError, match="config/nothing"):
        shipped("config/nothing.yaml")
