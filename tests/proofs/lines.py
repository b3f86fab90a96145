"""How a proof writes what it found into its page."""

from __future__ import annotations

from tests.adapters.soap.corpus import FOLDER, PROJECT

LINE_MAX = 300


def cell(text: str) -> str:
    """One line of a bounded length, without a path of this machine."""
    plain = " ".join(text.replace(str(PROJECT), ".").replace(f"{FOLDER}/", "").split())
    return plain if len(plain) <= LINE_MAX else f"{plain[:LINE_MAX]}…"
