"""The URL of a store, read once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

Kind = Literal["sqlite", "postgresql"]
_SQLITE = "sqlite:///"
_SECRETS = {"password", "sslpassword"}


@dataclass(frozen=True, slots=True)
class StoreUrl:
    """`path` of SQLite's file, or `address` of PostgreSQL as it was written, which holds no password."""

    kind: Kind
    path: str = ""
    address: str = ""

    @classmethod
    def parse(cls, text: str) -> StoreUrl:
        """Raises ValueError that says what would be right."""
        if text.startswith(_SQLITE) and len(text) > len(_SQLITE):
            return cls("sqlite", path=text.removeprefix(_SQLITE))
        parts = urlsplit(text)
        scheme, driver, _ = parts.scheme.partition("+")
        if driver and scheme in {"postgresql", "postgres", "sqlite"}:
            raise ValueError(f"a store names no driver: write {scheme}:// instead of {parts.scheme}://")
        if parts.scheme not in {"postgresql", "postgres"} or len(parts.path) < 2:
            raise ValueError("a store is sqlite:///path/to/file.db or postgresql://user@host/database")
        if parts.password is not None or _SECRETS & {name.lower() for name, _ in parse_qsl(parts.query)}:
            raise ValueError("the password does not belong into the URL: give it as `password: env:NAME`")
        return cls("postgresql", address=text)
