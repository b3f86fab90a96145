"""Credentials that are the same each time."""

from __future__ import annotations

from pathlib import Path

from bridge.transport.fixed import FixedIdentity, api_key, basic
from bridge.transport.settings_auth import ApiKeyAuth, BasicAuth


def test_headers(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("123\u00a3\n", "utf-8")
    login = BasicAuth.model_validate({"username": "test", "password": f"file:{tmp_path / 'secret'}"})
    key = ApiKeyAuth.model_validate({"header": "X-Key", "key": f"file:{tmp_path / 'secret'}"})
    # RFC 7617 §2.1
    assert basic(login) == (("Authorization", "Basic dGVzdDoxMjPCow=="),)
    assert basic(login, "Proxy-Authorization")[0][0] == "Proxy-Authorization"
    assert api_key(key) == (("X-Key", "123\u00a3"),)


def test_names() -> None:
    assert FixedIdentity([("X-Key", "a")]).names == ("X-Key",)
