"""What can be written about a SOAP upstream."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from adapters.soap.config import SoapOperationSettings, SoapSettings, paths_from
from adapters.soap.config_security import SecuritySettings, UsernameToken

WSDL = "https://erp.example/orders?wsdl"


def settings(**values: object) -> SoapSettings:
    return SoapSettings.model_validate({"wsdl": WSDL, **values})


def test_a_wsdl_is_enough() -> None:
    made = settings()
    assert (made.naming, made.numbers, made.bad_dates, made.refresh) == ("camel", "number", "refuse", "never")
    assert not made.strict_answers
    assert made.configured == (WSDL,)


@pytest.mark.parametrize(
    ("written", "meant"), [("never", "never"), ("start", "start"), ("24h", 86_400.0), ("every 24h", 86_400.0)]
)
def test_refresh(written: str, meant: object) -> None:
    assert settings(refresh=written).refresh == meant


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"wsdl": ""}, "at least 1 character"),
        ({"wsdl": "ftp://erp.example/a"}, "address or a path"),
        ({"wsdl": "file:///etc/orders.wsdl"}, "address or a path"),
        ({"wsdl": "https://shop:pw@erp.example/"}, "use auth"),
        ({"wsdl": "https://"}, "names a host"),
        ({"endpoint": "erp.example/orders"}, "starts with http"),
        ({"endpoint": "https://shop:pw@erp.example/"}, "use auth"),
        ({"rewrite": {"http://a/": "/b"}}, "starts with http"),
        ({"rewrite": {"a": "http://b"}}, "beginning of an http"),
        ({"rewrite": {"http://a": "http://b/"}}, "slash"),
        ({"refresh": "sometimes"}, "duration"),
        ({"naming": "pascal"}, "naming"),
        ({"security": {"username_token": {"username": "shop", "password": "plain"}}}, "never the value"),
        ({"wsdll": "x"}, "Extra inputs"),
        (
            {
                "auth": {"bearer": "env:A"},
                "session": {"login": "Login", "token": "$.id", "send": {"http_header": "authorization"}},
            },
            "both fill in the HTTP header authorization",
        ),
    ],
)
def test_refused(values: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        settings(**values)


@pytest.mark.parametrize("model", [SoapSettings, SecuritySettings, UsernameToken])
def test_every_field_is_described_and_has_a_valid_example(model: type[SoapSettings]) -> None:
    examples: dict[str, object] = {}
    for name, field in model.model_fields.items():
        assert field.description, name
        assert field.examples, name
        examples[name] = field.examples[0]
    assert model.model_validate(examples)


@pytest.mark.parametrize("written", [None, "null"])
def test_null_with_and_without_quotes_is_the_same(written: str | None) -> None:
    assert settings(missing_required=written).view.missing_required == "null"
    own = SoapOperationSettings.model_validate({"missing_required": written})
    assert settings().of(own).missing_required == "null"
    assert settings(missing_required="null").of(SoapOperationSettings()).missing_required == "null"
    assert settings(missing_required="absent").of(SoapOperationSettings()).missing_required == "absent"


def test_configured_addresses_may_see_credentials() -> None:
    made = settings(endpoint="https://a.example/x", rewrite={"http://int/": "https://b.example/"})
    assert made.configured == (WSDL, "https://a.example/x", "https://b.example/")
    assert settings(wsdl="orders.wsdl").configured == ()


def test_relative_paths_are_read_beside_the_configuration(tmp_path: Path) -> None:
    made = settings(wsdl="a/orders.wsdl", resolve={"http://x/t.xsd": "t.xsd"}, ca="/etc/ca.pem", tls={"cert": "c.pem"})
    found = paths_from(made, tmp_path)
    assert found.wsdl == str(tmp_path / "a/orders.wsdl")
    assert found.resolve == {"http://x/t.xsd": str(tmp_path / "t.xsd")}
    assert found.ca == Path("/etc/ca.pem")
    assert found.tls
    assert (found.tls.cert, found.tls.key) == (tmp_path / "c.pem", None)
    assert paths_from(settings(), tmp_path).wsdl == WSDL
