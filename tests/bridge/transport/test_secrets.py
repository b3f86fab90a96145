"""Secrets are read once, and what is wrong with one is told without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.errors import ConfigError
from bridge.settings import Secret
from bridge.transport.secrets import reveal, unusable


def test_a_secret_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("pässword\n", "utf-8")
    assert reveal(Secret(f"file:{tmp_path / 'secret'}")) == "pässword"


@pytest.mark.parametrize("content", ["two\nlines", "bell\x07", "rubbed\x7fout"])
def test_a_secret_that_would_break_a_header_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "secret").write_text(content, "utf-8")
    with pytest.raises(ConfigError, match="control character") as caught:
        reveal(Secret(f"file:{tmp_path / 'secret'}"))
    assert content not in str(caught.value)


def test_what_cannot_be_used_has_a_place_and_a_reason() -> None:
    error = unusable("client.pem", "it cannot be read", FileNotFoundError(2, "No such file or directory"))
    assert str(error) == "client.pem:1:1: it cannot be read (No such file or directory)"
    assert str(unusable("client.pem", "no")) == "client.pem:1:1: no"
