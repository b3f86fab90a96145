"""The kinds of column that both databases have alike, and the one collection of tables."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import BigInteger, Column, Double, LargeBinary, MetaData, Text
from sqlalchemy.types import TypeEngine

from bridge.store.url import Kind

T = TypeVar("T")
extra_ddl: dict[Kind, list[str]] = {"sqlite": [], "postgresql": []}
"""What SQLAlchemy has no words for (text indexes), to be run after the tables are made; each may be run again."""
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def text(name: str, *, key: bool = False, null: bool = False) -> Column[str]:
    return _column(name, Text(), key=key, null=null)


def whole(name: str, *, key: bool = False, null: bool = False) -> Column[int]:
    return _column(name, BigInteger(), key=key, null=null)


def time(name: str, *, null: bool = False) -> Column[float]:
    """Seconds since the epoch."""
    return _column(name, Double(), null=null)


def binary(name: str, *, null: bool = False) -> Column[bytes]:
    return _column(name, LargeBinary(), null=null)


def _column(name: str, kind: TypeEngine[T], *, key: bool = False, null: bool = False) -> Column[T]:
    return Column(name, kind, primary_key=key, nullable=null)
