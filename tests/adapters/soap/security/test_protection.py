"""Opening the security of an upstream: everything that is wrong with its files is told then, with the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree
from pydantic import ValidationError

from adapters.soap.config_security import SecuritySettings, with_paths
from bridge.errors import ConfigError
from tests.adapters.soap.security.keys import NOW, PASSWORD, Keys
from tests.adapters.soap.security.opened import REQUEST, protected, security
from tests.adapters.soap.security.other_side import NS

WRONG = {
    "no key": (lambda k: {"sign": {**k.ours.sign, "key": "/nowhere/x.key"}}, "/nowhere/x.key", "is not there"),
    "a folder": (lambda k: {"sign": {**k.ours.sign, "key": str(k.folder)}}, "", "no regular file"),
    "no PEM": (lambda k: {"sign": {**k.ours.sign, "key": str(k.password_file)}}, "password", "no PEM private key"),
    "a certificate for a key": (
        lambda k: {"sign": {**k.ours.sign, "key": str(k.ours.cert_file)}}, "ours.pem", "no PEM private key",
    ),
    "a key without its password": (
        lambda k: {"sign": {**k.ours.sign, "key": str(k.ours.locked_file)}}, "locked.key", "give its password",
    ),
    "a wrong password": (
        lambda k: {"sign": {**k.ours.sign, "key": str(k.ours.locked_file), "password": "env:WRONG"}},
        "locked.key", "wrong",
    ),
    "a password too many": (
        lambda k: {"sign": {**k.ours.sign, "password": "env:WRONG"}}, "ours.key", "has no password",
    ),
    "a wrong password of PKCS#12": (
        lambda k: {"sign": {"pkcs12": str(k.ours.p12_file), "password": "env:WRONG"}}, "ours.p12", "wrong password",
    ),
    "no PKCS#12": (lambda k: {"sign": {"pkcs12": str(k.ours.key_file)}}, "ours.key", "none such file"),
    "another's certificate": (
        lambda k: {"sign": {**k.ours.sign, "cert": str(k.other.cert_file)}}, "other.pem", "does not belong to the key",
    ),
    "no certificate": (lambda k: {"verify": {"cert": str(k.ours.key_file)}}, "ours.key", "no PEM certificate"),
    "a curve for RSA": (lambda k: {"sign": k.curve.sign}, "curve.pem", "does not work with rsa-sha256"),
    "RSA for a curve": (lambda k: {"sign": {**k.ours.sign, "algorithm": "ecdsa-sha256"}}, "ours.pem", "does not work"),
    "a receiver with a curve": (lambda k: {"encrypt": {"cert": str(k.curve.cert_file)}}, "curve.pem", "RSA"),
    "a curve to decrypt with": (lambda k: {"decrypt": k.curve.sign}, "curve.pem", "RSA"),
    "no assertion": (lambda k: {"saml": str(k.password_file)}, "password", "no SAML assertion"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_with_its_file(keys: Keys, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WRONG", "wrong canary")
    settings, file, says = WRONG[name]
    with pytest.raises(ConfigError) as caught:
        security(**settings(keys))
    [place] = caught.value.places
    assert place.file.endswith(file)
    assert says in place.message
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"sign": {}}, "exactly one of key or pkcs12"),
        ({"sign": {"key": "k", "pkcs12": "p"}}, "exactly one of key or pkcs12"),
        ({"sign": {"pkcs12": "p", "cert": "c"}}, "holds its certificate"),
        ({"sign": {"key": "k", "parts": ["bdy"]}}, "parts"),
        ({"sign": {"key": "k", "key_info": "saml"}}, "none is configured"),
        ({"verify": {}}, "exactly one of cert or ca"),
        ({"verify": {"cert": "c", "name": "n"}}, "with cert there is no question"),
        ({"verify": {"cert": "c", "parts": ["timestamp"]}}, "proves nothing"),
        ({"verify": {"cert": "c", "algorithms": ["hmac-sha256"]}}, "algorithms"),
        ({"verify": {"cert": "c", "confirmation": True}}, "none is configured"),
        ({"saml": {}}, "exactly one of file or header"),
        ({"actor": "a\nb"}, "in one line"),
        ({"encrypt": {"cert": "c", "key_info": "saml"}}, "the key the receiver's"),
        ({"sign": {"key": "env:KEY"}}, "write file:/path"),
        ({"sign": {"key": "k", "parts": ["timestamp", "{urn:old}Tenant"]}}, "nothing of this is in every request"),
        ({"sign": {"key": "k", "parts": ["signature"], "key_info": "ski"}}, "nothing of this is in every request"),
        ({"sign": {"key": "k", "parts": ["binary_token"], "key_info": "ski"}}, "nothing of this is in every request"),
        ({"encrypt": {"cert": "c", "parts": ["body", "username_token"]}}, "no request has a username_token"),
        ({"encrypt": {"cert": "c", "parts": ["body", "signature"]}}, "no request has a signature"),
        (
            {"sign": {"key": "k"}, "encrypt": {"cert": "c", "parts": ["signature"]}, "order": "encrypt_sign"},
            "no request has a signature when it is encrypted",
        ),
        ({"verify": {"cert": "c", "parts": ["body", "saml"]}}, "parts"),
    ],
)
def test_settings_that_do_not_fit_each_other(settings: object, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        SecuritySettings.model_validate(settings)


def test_relative_paths_are_those_of_the_configuration() -> None:
    settings = SecuritySettings.model_validate(
        {"sign": {"key": "file:k", "cert": "/c"}, "encrypt": {"cert": "e"}, "verify": {"ca": "v"},
         "decrypt": {"pkcs12": "d"}, "saml": "file:s"}
    )  # fmt: skip
    made = with_paths(settings, Path("/etc/bridge"))
    assert made.sign is not None
    assert made.encrypt is not None
    assert made.verify is not None
    assert made.decrypt is not None
    assert made.saml is not None
    found = (made.sign.key, made.sign.cert, made.encrypt.cert, made.verify.ca, made.decrypt.pkcs12, made.saml.file)
    assert [str(one) for one in found] == [
        f"/etc/bridge/{name}" if name != "/c" else name for name in ("k", "/c", *"evds")
    ]


def test_certificates_that_end_are_told(keys: Keys) -> None:
    made = security(sign=keys.expired.sign, verify={"cert": str(keys.ours.cert_file)})
    [line] = made.warnings
    assert "expired.pem" in line
    assert "expired on 2027-01-05" in line
    [line] = security(NOW + 3645 * 86_400, verify={"cert": str(keys.ours.cert_file)}).warnings
    assert "expires soon" in line
    [line] = security(NOW - 9000 * 86_400, verify={"cert": str(keys.ours.cert_file)}).warnings
    assert "not valid before" in line


def test_a_header_without_protection_is_text(keys: Keys) -> None:
    made = security(
        timestamp=True, actor="urn:gate", username_token={"username": "a&b", "password": f"file:{keys.password_file}"}
    )
    root = etree.fromstring(made.blocks("1.1", {}))
    assert [str(one.tag).rpartition("}")[2] for one in root] == ["Timestamp", "UsernameToken"]
    assert root.get(f"{{{NS['s']}}}actor") == "urn:gate"
    assert root.findtext(".//e:Username", namespaces=NS) == "a&b"
    assert protected(timestamp=True) == REQUEST, "not touched, as it is put in as text"
    assert security(verify={"cert": str(keys.ours.cert_file)}).blocks("1.1", {}) == ""


def test_nothing_secret_shows(keys: Keys) -> None:
    made = security(sign={"pkcs12": str(keys.ours.p12_file), "password": f"file:{keys.password_file}"})
    assert PASSWORD not in repr(made) + repr(made.means) + repr(made.demands)
    assert "PRIVATE" not in repr(made.means)


def test_a_large_file_in_the_text_is_signed_and_encrypted(keys: Keys) -> None:
    """A parser of what others send stops at ten megabytes in one text."""
    large = b"QUJD" * 2_600_000
    request = REQUEST.replace(b"\xc3\xa4&#13;1", large)
    sent = protected(request, timestamp=True, sign=keys.ours.sign)
    assert large in sent
    assert sent.count(b"<ds:Reference") == 2
    assert len(protected(request, encrypt={"cert": str(keys.theirs.cert_file)})) > len(large)
