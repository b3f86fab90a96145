"""The security header, judged by the profile's own formula rather than by the library that makes it."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree

from adapters.soap.config_security import SecuritySettings
from adapters.soap.security.decrypting import Bounds
from adapters.soap.security.protection import Security, open_security
from bridge.clock import SystemClock
from bridge.errors import ConfigError

_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
NS = {"e": _OASIS + "wssecurity-secext-1.0.xsd", "u": _OASIS + "wssecurity-utility-1.0.xsd"}


class Noon(SystemClock):
    """Always the same second."""

    def wall(self) -> float:
        return 1_700_000_000.75


def opened(values: object) -> Security | None:
    return open_security(SecuritySettings.model_validate(values), Noon(), Bounds())


def made(tmp_path: Path, password: str = "pä<&ss", **values: object) -> Security:
    (tmp_path / "pw").write_text(password, encoding="utf-8")
    token = {"username": "shop & co", "password": f"file:{tmp_path / 'pw'}", **values}
    header = opened({"username_token": token})
    assert header
    return header


def fresh(header: Security) -> etree._Element:
    return etree.fromstring(header.blocks("1.1", {}))


def text(element: etree._Element, path: str) -> str:
    found = element.findtext(path, namespaces=NS)
    assert found is not None, path
    return found


def test_nothing_is_configured() -> None:
    assert open_security(None, Noon(), Bounds()) is None
    assert opened({}) is None


def test_text(tmp_path: Path) -> None:
    element = fresh(made(tmp_path))
    assert element.tag == f"{{{NS['e']}}}Security"
    assert text(element, "e:UsernameToken/e:Username") == "shop & co"
    assert text(element, "e:UsernameToken/e:Password") == "pä<&ss"
    password = element.find("e:UsernameToken/e:Password", NS)
    assert password is not None
    assert str(password.get("Type")).endswith("#PasswordText")
    assert element.find("u:Timestamp", NS) is None


def test_digest_follows_the_profile_and_is_fresh(tmp_path: Path) -> None:
    header = made(tmp_path, digest=True)
    nonces = set()
    for _ in range(3):
        element = fresh(header)
        nonce, created = text(element, ".//e:Nonce"), text(element, ".//u:Created")
        plain = base64.b64decode(nonce) + created.encode() + "pä<&ss".encode()
        assert text(element, ".//e:Password") == base64.b64encode(hashlib.sha1(plain).digest()).decode()
        assert created == "2023-11-14T22:13:20Z"
        nonces.add(nonce)
    assert len(nonces) == 3
    assert all(len(base64.b64decode(nonce)) == 16 for nonce in nonces)


def test_timestamp(tmp_path: Path) -> None:
    header = made(tmp_path, timestamp=True)
    for _ in range(2):
        element = fresh(header)
        assert text(element, "u:Timestamp/u:Created") == "2023-11-14T22:13:20Z"
        assert text(element, "u:Timestamp/u:Expires") == "2023-11-14T22:18:20Z"
        assert len(element.findall("u:Timestamp", NS)) == 1


def test_a_password_as_text_may_have_nonce_and_time_too(tmp_path: Path) -> None:
    header = made(tmp_path, nonce=True, created=True)
    nonces = {text(fresh(header), ".//e:UsernameToken/e:Nonce") for _ in range(3)}
    assert len(nonces) == 3
    assert text(fresh(header), ".//e:UsernameToken/u:Created") == "2023-11-14T22:13:20Z"
    assert text(fresh(header), ".//e:Password") == "pä<&ss"
    assert len(fresh(made(tmp_path, nonce=True))[0]) == 3
    assert len(fresh(made(tmp_path, digest=True, nonce=True, created=True))[0]) == 4


@pytest.mark.parametrize("digest", [True, False])
def test_the_password_does_not_show(tmp_path: Path, digest: bool) -> None:
    header = made(tmp_path, "canary", digest=digest)
    assert "canary" not in repr(header) + repr(header.tokens)


def test_a_password_that_is_not_there_is_named(tmp_path: Path) -> None:
    token = {"username": "shop", "password": f"file:{tmp_path / 'none'}"}
    with pytest.raises(ConfigError, match="cannot be read"):
        opened({"username_token": token})


def test_what_xml_cannot_carry_is_found_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="XML cannot carry") as caught:
        made(tmp_path, "canary\ufffe")
    assert "canary" not in str(caught.value)


def test_zeep_is_not_imported_without_need() -> None:
    code = (
        "import sys; from adapters.soap.security.protection import open_security as o; o(None, None, None); "
        "print('zeep' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout == b"False\n"
