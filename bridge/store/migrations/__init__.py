"""The tables' history: one revision a step, in `versions/`, each never changed once it was released.

`python -m bridge.store.migrations.initial` writes the first ones anew from the metadata, while nothing is released.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
VERSIONS = FOLDER / "versions"
VERSION_TABLE = "schema_version"


def head(versions: Path = VERSIONS) -> str:
    """The newest revision this program knows: files are named `v0001_what.py`, and 0001 is the revision."""
    return max(file.name[1:5] for file in versions.glob("v[0-9][0-9][0-9][0-9]_*.py"))
