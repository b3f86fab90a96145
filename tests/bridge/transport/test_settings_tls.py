"""What can be written about TLS, and what cannot."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from bridge.transport.settings_tls import Pkcs12Settings, TlsSettings, tls_paths_from


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({}, "give cert or pkcs12, or server_name, or legacy"),
        ({"legacy": False}, "give cert or pkcs12, or server_name, or legacy"),
        ({"cert": "a.pem", "pkcs12": {"file": "a.p12"}}, "not both"),
        ({"key": "a.key", "legacy": True}, "go with cert"),
        ({"key_password": "env:A", "pkcs12": {"file": "a.p12"}}, "go with cert"),
        ({"pkcs12": {"file": "a.p12", "password": "hunter2"}}, "never the value itself"),
        ({"server_name": "a b"}, "pattern"),
        ({"verify": False, "cert": "a.pem"}, "Extra inputs"),
    ],
)
def test_refused(value: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        TlsSettings.model_validate(value)


@pytest.mark.parametrize(
    ("value", "names_us"),
    [
        ({"cert": "a.pem"}, True),
        ({"pkcs12": {"file": "a.p12"}}, True),
        ({"server_name": "a"}, False),
        ({"legacy": True}, False),
    ],
)
def test_what_names_us(value: dict[str, object], names_us: bool) -> None:
    assert TlsSettings.model_validate(value).shows_certificate is names_us


def test_paths_are_read_from_the_folder_of_the_file() -> None:
    pem = TlsSettings.model_validate({"cert": "a.pem", "key": "keys/a.key"})
    sealed = TlsSettings.model_validate({"pkcs12": {"file": "a.p12", "password": "env:A"}, "legacy": True})
    absolute = tls_paths_from(pem, Path("/etc/bridge"))
    assert (absolute.cert, absolute.key) == (Path("/etc/bridge/a.pem"), Path("/etc/bridge/keys/a.key"))
    found = tls_paths_from(sealed, Path("/etc/bridge"))
    assert found.pkcs12
    assert (found.pkcs12.file, found.pkcs12.password, found.legacy) == (
        Path("/etc/bridge/a.p12"),
        sealed.pkcs12 and sealed.pkcs12.password,
        True,
    )
    assert (absolute.pkcs12, found.cert, found.key) == (None, None, None)


@pytest.mark.parametrize("model", [Pkcs12Settings, TlsSettings])
def test_every_field_is_described_and_has_an_example(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        assert field.description, name
        assert field.examples, name
