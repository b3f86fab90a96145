"""What can be written about credentials, and what cannot."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from bridge.transport.settings_auth import ApiKeyAuth, AuthSettings, BasicAuth, DigestAuth, NtlmAuth, OAuthAuth

NTLM = {"username": "shop", "password": "env:A"}
OAUTH = {"token_url": "https://login.example/token", "client_id": "a", "client_secret": "env:A"}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({}, "exactly one"),
        ({"digest": {"username": "a", "password": "env:A"}, "bearer": "env:B"}, "exactly one"),
        ({"digest": {"username": "a\nb", "password": "env:A"}}, "pattern"),
        ({"digest": {"username": "a", "password": "hunter2"}}, "never the value itself"),
        ({"ntlm": {**NTLM, "username": "CORP\\shop", "domain": "CORP"}}, "give it once"),
        ({"ntlm": {**NTLM, "username": "shop@corp.example", "domain": "CORP"}}, "give it once"),
        ({"ntlm": {**NTLM, "workstation": "a-name-that-is-too-long"}}, "15 characters"),
        ({"oauth": {**OAUTH, "token_url": "login.example"}}, "names a host"),
        ({"oauth": {**OAUTH, "token_url": "https://login.example/#a"}}, "names a host"),
        ({"oauth": {**OAUTH, "token_url": "https://a:b@login.example/"}}, "use client_id"),
        ({"oauth": {**OAUTH, "client_secret": "hunter2"}}, "never the value itself"),
        ({"oauth": {**OAUTH, "extra": {"scope": "a"}}}, "has a key of its own"),
        ({"oauth": {**OAUTH, "auth_style": "header"}}, "'basic' or 'post'"),
        ({"oauth": {**OAUTH, "lifetime": "0s"}}, "greater than 0"),
        ({"api_key": {"header": "Content-Length", "key": "env:A"}}, "cannot carry a key"),
        ({"api_key": {"header": "soapaction", "key": "env:A"}}, "cannot carry a key"),
    ],
)
def test_refused(value: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        AuthSettings.model_validate(value)


def test_the_header_that_is_filled_in() -> None:
    for value, name in (
        ({"bearer": "env:A"}, "Authorization"),
        ({"api_key": {"header": "X-K", "key": "env:A"}}, "X-K"),
    ):
        assert AuthSettings.model_validate(value).header == name


@pytest.mark.parametrize("model", [ApiKeyAuth, AuthSettings, BasicAuth, DigestAuth, NtlmAuth, OAuthAuth])
def test_every_field_is_described_and_has_an_example(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        assert field.description, name
        assert field.examples, name
        if model is AuthSettings:
            assert AuthSettings.model_validate({name: field.examples[0]})


def test_the_examples_are_valid() -> None:
    model = OAuthAuth.model_validate({name: field.examples[0] for name, field in OAuthAuth.model_fields.items()})
    assert (model.auth_style, model.lifetime, model.extra) == ("post", 300.0, {"tenant": "north"})
