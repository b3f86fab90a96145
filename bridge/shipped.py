"""Finds the data files that ship with the bridge (`config/`, `mappings/`), in a checkout and in an installed wheel.

It knows where they lie and nothing about what is in them.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
# In a wheel they lie inside the package (pyproject.toml, force-include), in a checkout beside it.
_ROOTS = (_PACKAGE / "shipped", _PACKAGE.parent)


def shipped(name: str) -> Path:
    """The path of a shipped file or folder, named as in the repository: `shipped("config/demo.yaml")`."""
    for root in _ROOTS:
        path = root / name
        if path.exists():
            return path
    raise FileNotFoundError(f"{name} does not ship with this installation of Legacy Bridge")
