"""What a policy asks for, beside what is configured; and a proposal that is valid as it stands."""

from __future__ import annotations

import pytest
from ruamel.yaml import YAML

from adapters.soap.config import SoapSettings
from adapters.soap.contract import SecurityDemand
from adapters.soap.security.demands import proposal, unmet

USER = {"username": "shop", "password": "env:P"}
MINE = {"key": "/k", "cert": "/c"}
FULL = SecurityDemand(
    binding="asymmetric", suite="Basic128Rsa15", https=True, client_certificate=True, http_auth="basic", timestamp=True,
    username_token="digest", saml="2.0", signed=("body", "timestamp", "{urn:t}T"), encrypted=("body", "saml"),
    signed_back=("body", "timestamp"), encrypted_back=("body",), key_info="ski", receiver_key_info="thumbprint",
    encrypt_first=True, confirmation=True,
)  # fmt: skip


def settings(**security: object) -> SoapSettings:
    return SoapSettings.model_validate({"wsdl": "/w", **({"security": security} if security else {})})


TABLE: list[tuple[SecurityDemand | None, SoapSettings, list[str]]] = [
    (None, settings(), []),
    (SecurityDemand(binding="transport", https=True), settings(), []),
    (SecurityDemand(username_token="text"), settings(), ["username_token"]),
    (SecurityDemand(username_token="text"), settings(username_token=USER), []),
    (SecurityDemand(username_token="digest"), settings(username_token=USER), ["username_token.digest"]),
    (SecurityDemand(username_token="text", timestamp=True), settings(username_token={**USER, "timestamp": True}), []),
    (SecurityDemand(timestamp=True), settings(username_token=USER), ["timestamp"]),
    (SecurityDemand(signed=("body", "timestamp")), settings(sign=MINE), []),
    (SecurityDemand(signed=("body", "saml")), settings(sign=MINE), ["sign.parts"]),
    (SecurityDemand(encrypted=("body", "signature")), settings(encrypt={"cert": "/c"}), ["encrypt.parts"]),
    (SecurityDemand(saml="2.0"), settings(saml="file:/a"), []),
    (FULL, settings(), ["username_token", "timestamp", "saml", "sign", "encrypt", "decrypt", "verify"]),
]


@pytest.mark.parametrize("row", range(len(TABLE)))
def test_what_is_lacking(row: int) -> None:
    demand, given, expected = TABLE[row]
    text = " ".join(unmet(demand, given, "https://old.example/"))
    assert [one.partition(")")[0] for one in text.split("(security.")[1:]] == expected


def test_what_lacks_beside_the_message() -> None:
    [line] = unmet(
        SecurityDemand(https=True, client_certificate=True, http_auth="ntlm"), settings(), "http://old.example/"
    )
    assert line == (
        "the policy of the WSDL asks for what is not configured: HTTPS; a client certificate (tls); "
        "HTTP authentication, ntlm (auth)"
    )
    [line] = unmet(SecurityDemand(binding="symmetric", signed=("body",), unknown=("KerberosToken",)), settings(), "")
    assert line == "the policy of the WSDL asks for what is not supported: KerberosToken"


SUITES = ("Basic256", "Basic128Sha256", "TripleDesRsa15", "Basic256Sha256Rsa15", "Basic192GCM", "")


@pytest.mark.parametrize("suite", SUITES)
def test_the_proposal_is_what_is_asked_for(suite: str) -> None:
    demand = SecurityDemand(**{**{name: getattr(FULL, name) for name in FULL.__struct_fields__}, "suite": suite})
    block = YAML(typ="safe").load("\n".join(proposal(demand, "old-erp")))
    made = SoapSettings.model_validate({"wsdl": "/w", **block})
    assert unmet(demand, made, "https://old.example/") == ()
    assert made.security is not None
    assert made.security.sign is not None
    assert made.security.encrypt is not None
    assert made.security.verify is not None
    old = suite in {"Basic256", "TripleDesRsa15"}
    assert made.security.sign.algorithm == ("rsa-sha1" if old else "rsa-sha256")
    assert made.security.sign.algorithm in made.security.verify.algorithms
    assert made.security.encrypt.key_transport == ("rsa-1_5" if suite.endswith("Rsa15") else "rsa-oaep")
    assert made.security.encrypt.algorithm == {
        "Basic256": "aes256-cbc", "Basic128Sha256": "aes128-cbc", "TripleDesRsa15": "3des",
        "Basic256Sha256Rsa15": "aes256-cbc", "Basic192GCM": "aes192-gcm", "": "aes256-gcm",
    }[suite]  # fmt: skip
    assert made.security.order == "encrypt_sign"


def test_nothing_to_propose() -> None:
    assert proposal(None, "x") == []
    assert proposal(SecurityDemand(binding="transport", https=True), "x") == []
    [line] = proposal(SecurityDemand(binding="symmetric", unknown=("KerberosToken",)), "x")
    assert line == "# not supported, so left out: KerberosToken"
