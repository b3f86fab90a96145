"""The URL of a store."""

from __future__ import annotations

import pytest

from bridge.store.url import StoreUrl


@pytest.mark.parametrize(
    ("text", "path"),
    [("sqlite:///data/bridge.db", "data/bridge.db"), ("sqlite:////var/lib/bridge.db", "/var/lib/bridge.db")],
)
def test_sqlite_has_a_path(text: str, path: str) -> None:
    assert StoreUrl.parse(text) == StoreUrl("sqlite", path=path)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_postgresql_has_an_address(scheme: str) -> None:
    text = f"{scheme}://user@host:5433/database?sslmode=verify-full"
    assert StoreUrl.parse(text) == StoreUrl("postgresql", address=text)


@pytest.mark.parametrize(
    "text", ["", "sqlite:///", "sqlite://", "mysql://u@h/d", "postgresql://host", "data/bridge.db"]
)
def test_anything_else_is_refused_with_what_would_be_right(text: str) -> None:
    with pytest.raises(ValueError, match=r"sqlite:///path/to/file\.db or postgresql://"):
        StoreUrl.parse(text)


@pytest.mark.parametrize("name", ["postgresql+psycopg", "postgres+asyncpg", "sqlite+aiosqlite"])
def test_a_driver_is_refused_with_what_to_write_instead(name: str) -> None:
    right = name.split("+", maxsplit=1)[0]
    with pytest.raises(ValueError, match=rf"write {right}:// instead of {name.replace('+', '[+]')}://") as caught:
        StoreUrl.parse(f"{name}://user:hunter2@host/database")
    assert "hunter2" not in str(caught.value)


def test_a_password_in_the_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(ValueError, match="password: env:NAME") as caught:
        StoreUrl.parse("postgresql://user:hunter2@host/database")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("name", ["password", "PASSWORD", "sslpassword", "passw%6frd"])
def test_a_password_behind_the_question_mark_is_one_as_well(name: str) -> None:
    with pytest.raises(ValueError, match="password: env:NAME") as caught:
        StoreUrl.parse(f"postgresql://user@host/database?sslmode=require&{name}=hunter2")
    assert "hunter2" not in str(caught.value)
