"""Where operators are let in, and what is refused before anything listens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bridge.web.admin_settings import AdminSettings, check_admin
from bridge.web.settings import AccessSettings

TLS = {"cert": "a.pem", "key": "a.key"}


def _access(*scopes: str) -> AccessSettings:
    key = {"name": "ops", "key_sha256": "0" * 64, "scopes": list(scopes)}
    return AccessSettings.model_validate({"keys": [key]})


@pytest.mark.parametrize(
    ("admin", "access", "says"),
    [
        ({}, None, ""),
        ({"host": "127.0.0.1", "port": 1}, None, "no key has an admin scope"),
        ({"host": "127.0.0.1", "port": 1}, _access("*"), "no key has an admin scope"),
        ({"host": "127.0.0.1", "port": 1}, _access("shop:*", "explain"), "no key has an admin scope"),
        ({"host": "127.0.0.1", "port": 1}, _access("admin:*"), ""),
        ({"host": "127.0.0.1", "port": 1}, _access("admin:read"), ""),
        ({"host": "0.0.0.0", "port": 1}, _access("admin:*"), "plain text"),
        ({"host": "0.0.0.0", "port": 1, "tls": TLS}, _access("admin:*"), ""),
        ({"host": "0.0.0.0", "port": 1, "enabled": False}, None, ""),
    ],
)
def test_tcp_is_opened_only_where_somebody_with_a_key_can_use_it(
    admin: dict[str, Any], access: AccessSettings | None, says: str
) -> None:
    told = check_admin(AdminSettings.model_validate(admin), access)
    assert says in told
    assert bool(says) == bool(told)


@pytest.mark.parametrize("half", [{"host": "127.0.0.1"}, {"port": 9090}])
def test_half_an_address_is_none(half: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="belong together"):
        AdminSettings.model_validate(half)


def test_the_socket_lies_in_the_state_unless_told_otherwise() -> None:
    assert AdminSettings().socket_path("/var/lib/b") == Path("/var/lib/b/admin.sock")
    assert AdminSettings(socket="/run/b.sock").socket_path("/var/lib/b") == Path("/run/b.sock")
