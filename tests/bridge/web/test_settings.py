"""The settings of the HTTP side: every field documented, bad values refused with a readable reason."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from pydantic import BaseModel, ValidationError

from bridge.web import settings
from bridge.web.settings import ServerSettings

MODELS = [each for each in vars(settings).values() if isinstance(each, type) and issubclass(each, BaseModel)]


@pytest.mark.parametrize("model", MODELS)
def test_every_field_has_a_description_and_an_example(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        assert field.description, name
        assert field.examples, name


def test_the_defaults_are_the_ones_we_promise() -> None:
    server = ServerSettings()
    limits = server.limits
    assert (server.host, server.port, server.tls, server.open) == ("127.0.0.1", 8080, None, False)
    assert (limits.body, limits.header_time, limits.body_time) == (2_000_000, 10.0, 30.0)
    assert (limits.connections, limits.connections_per_address) == (1000, 100)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"behind_proxy": ["10.0.0.1/8"]}, "has host bits set"),
        ({"hosts": ["https://bridge.example"]}, "a host name without scheme"),
        ({"cors": {"origins": ["https://shop.example/"]}}, "without a path"),
        ({"cors": {"origins": ["shop.example"]}}, "an origin is a scheme and a host"),
        ({"port": 70000}, "less than or equal to 65535"),
        ({"limits": {"body": "2 apples"}}, "a size is a whole number and a unit"),
        ({"limits": {"header_time": "0s"}}, "greater than 0"),
        ({"prot": 80}, "Extra inputs are not permitted"),
    ],
)
def test_a_bad_value_is_refused_with_a_reason(given: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        ServerSettings.model_validate(given)


def test_values_are_written_as_people_write_them() -> None:
    server = ServerSettings.model_validate(
        {"hosts": ["Bridge.Example."], "behind_proxy": ["10.0.0.0/8"], "limits": {"body": "3MB", "body_time": "1m"}}
    )
    assert server.hosts == ("bridge.example",)
    assert server.proxies == (ip_network("10.0.0.0/8"),)
    assert (server.limits.body, server.limits.body_time) == (3_000_000, 60.0)
