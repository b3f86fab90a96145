"""The settings around the Body: what is refused where it was written, and how an operation's go over its service's."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from adapters.soap.config import SoapOperationSettings, SoapSettings
from adapters.soap.config_around import AddressingSettings, HeaderSettings
from bridge.config.check import read_config
from bridge.errors import ConfigError

TENANT = "<t:Tenant xmlns:t='urn:t'>7</t:Tenant>"


def soap(**values: object) -> SoapSettings:
    return SoapSettings.model_validate({"wsdl": "https://erp.example/?wsdl", **values})


def test_a_block_may_be_a_text() -> None:
    assert soap(headers={"send": [TENANT]}).headers.send[0].block == TENANT


@pytest.mark.parametrize(
    "values",
    [
        {"headers": {"send": ["<Tenant/>"]}},
        {"headers": {"send": [{"block": TENANT, "values": {"key": "env:KEY"}}]}},
        {"headers": {"send": [{"block": "<a xmlns='u'>{key}</a>", "values": {"key": "secret"}}]}},
        {"headers": {"send": ["<a xmlns='u'>{key}</a>"]}},
        {"headers": {"send": [{"block": "<a xmlns='u' b='{kind}'>{key}</a>", "values": {"key": "env:KEY"}}]}},
        {"headers": {"send": [TENANT] * 51}},
        {"headers": {"undeclared": "maybe"}},
        {"addressing": {"to": "no uri"}},
        {"addressing": {"to": "urn:a\r\nX: 1"}},
        {"addressing": {"version": "2006"}},
        {"addressing": {"action": "orders"}},
        {"soap_action": "a\r\nX-Evil: 1"},
        {"soap_action": "é"},
        {"content_type": "text"},
        {"content_type": "text/xml\r\nX: 1"},
    ],
)
def test_what_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        soap(**values)


def test_a_place_without_a_value_is_named() -> None:
    with pytest.raises(ValidationError, match=r"no value for \{key\}; give it under values"):
        soap(headers={"send": ["<a xmlns='u'>{key}</a>"]})


@pytest.mark.parametrize(
    "text", ["{550e8400-e29b-11d4-a716-446655440000}", "{a50e8400-e29b-11d4-a716-446655440000}", "{a: 1}", "{}"]
)
def test_other_braces_are_text(text: str) -> None:
    soap(headers={"send": [f"<a xmlns='u'>{text}</a>"]})


def test_what_is_wrong_is_told_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "bridge.yaml"
    file.write_text(
        "upstreams:\n  erp:\n    soap:\n      wsdl: erp.wsdl\n      headers:\n        send:\n"
        '        - "<t:Tenant xmlns:t=\'urn:t\'>7</t:Tenant>"\n        - "<Tenant>7</Tenant>"\n'
        "        - {block: \"<a xmlns='urn:t'>{key}</a>\", values: {key: env:NOT_THERE_AT_ALL}}\n"
    )
    with pytest.raises(ConfigError) as caught:
        read_config(file)
    [place] = caught.value.places
    assert (place.line, "has a namespace" in place.message) == (8, True)
    file.write_text(file.read_text().replace('        - "<Tenant>7</Tenant>"\n', ""))
    with pytest.raises(ConfigError) as caught:
        read_config(file)
    [place] = caught.value.places
    assert (place.line, "NOT_THERE_AT_ALL" in place.message) == (8, True)


def test_an_operation_has_its_own_key_by_key() -> None:
    service = soap(
        headers={"send": [TENANT], "from_clients": True},
        addressing={"to": "urn:to", "version": "2004/08"},
        soap_action="unquoted",
    )
    own = SoapOperationSettings.model_validate({"headers": {"undeclared": "keep"}, "addressing": {"action": "urn:a"}})
    both = service.of(own)
    assert both.headers == HeaderSettings(send=service.headers.send, from_clients=True, undeclared="keep")
    assert both.addressing == AddressingSettings(to="urn:to", version="2004/08", action="urn:a")
    assert both.soap_action == "unquoted"


@pytest.mark.parametrize("service", [None, True, False, {"to": "urn:to"}])
def test_addressing_of_an_operation_may_be_turned_on_and_off(service: object) -> None:
    whole = soap(addressing=service)
    off = whole.of(SoapOperationSettings(addressing=False))
    on = whole.of(SoapOperationSettings(addressing=True))
    assert off.addressing is False
    assert on.addressing == (AddressingSettings(to="urn:to") if isinstance(service, dict) else True)
