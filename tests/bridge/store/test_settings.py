"""`store:` of the configuration."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bridge.settings import Secret
from bridge.store.settings import DEFAULT_URL, StoreSettings


def test_written_short_it_is_the_url_alone() -> None:
    assert StoreSettings.model_validate("sqlite:///a.db") == StoreSettings(url="sqlite:///a.db")


def test_nothing_said_is_a_file() -> None:
    assert StoreSettings().url == DEFAULT_URL


def test_a_wrong_url_is_found_with_the_configuration() -> None:
    with pytest.raises(ValidationError, match=r"sqlite:///path/to/file\.db"):
        StoreSettings.model_validate("oracle://x/y")


def test_secrets_are_references() -> None:
    settings = StoreSettings.model_validate({"url": "postgresql://u@h/d", "password": "env:PGPASS", "key": "file:/k"})
    assert settings.password == Secret("env:PGPASS")
    with pytest.raises(ValidationError, match="reference"):
        StoreSettings.model_validate({"password": "hunter2"})
