"""Keys, scopes, and the rule that nothing is open by accident."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from multidict import CIMultiDict
from pydantic import ValidationError

from bridge.call import Principal
from bridge.errors import BadRequest, ConfigError, Unauthorized
from bridge.web.access import Access, check_exposure, is_loopback
from bridge.web.settings import AccessSettings, ServerSettings

SHOP, CRM = "s" * 32, "c" * 32


@pytest.fixture
def access(tmp_path: Path) -> Access:
    (tmp_path / "shop").write_text(SHOP + "\n")
    digest = hashlib.sha256(CRM.encode()).hexdigest()
    return Access(
        settings(
            {"name": "web-shop", "key": f"file:{tmp_path / 'shop'}", "scopes": ["shop:*"]},
            {"name": "crm", "key_sha256": digest, "scopes": ["crm:Get*", "shop:GetOrder"]},
        )
    )


def settings(*keys: dict[str, object]) -> AccessSettings:
    return AccessSettings.model_validate({"keys": list(keys)})


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ([("X-API-Key", SHOP)], "web-shop"),
        ([("x-api-key", CRM)], "crm"),
        ([("Authorization", f"Bearer {CRM}")], "crm"),
        ([("Authorization", f"bearer  {SHOP} ")], "web-shop"),
        ([("Authorization", "Basic dXNlcjpwYXNz"), ("X-API-Key", SHOP)], "web-shop"),
    ],
)
def test_a_known_key_has_a_name(access: Access, headers: list[tuple[str, str]], name: str) -> None:
    principal = access.authenticate(CIMultiDict(headers))
    assert principal is not None
    assert principal.name == name


@pytest.mark.parametrize(
    ("headers", "wrong"),
    [
        ([], False),
        ([("Authorization", "Basic dXNlcjpwYXNz")], False),
        ([("Authorization", "Bearer")], False),
        ([("X-API-Key", "")], True),
        ([("X-API-Key", SHOP[:-1])], True),
        ([("X-API-Key", SHOP + " ")], True),
        ([("X-API-Key", SHOP), ("X-API-Key", SHOP)], True),
        ([("X-API-Key", "wrong"), ("Authorization", f"Bearer {SHOP}")], True),
        ([("Authorization", f"Bearer {SHOP}"), ("Authorization", f"Bearer {SHOP}")], True),
        ([("X-API-Key", "\udcff" * 8)], True),
    ],
)
def test_without_a_known_key_nobody_comes_in(access: Access, headers: list[tuple[str, str]], wrong: bool) -> None:
    with pytest.raises(Unauthorized) as refused:
        access.authenticate(CIMultiDict(headers))
    ((name, challenge),) = refused.value.headers
    assert name == "WWW-Authenticate"
    assert ("invalid_token" in challenge) is wrong


@pytest.mark.parametrize(
    ("scopes", "target", "allowed"),
    [
        (("*",), "shop:GetOrder", True),
        (("shop:*",), "shop:GetOrder", True),
        (("shop:*",), "shop2:GetOrder", False),
        (("shop:Get*",), "shop:GetOrder", True),
        (("shop:Get*",), "shop:getOrder", False),
        (("shop:Get*",), "shop:CreateOrder", False),
        (("shop:GetOrder",), "shop:GetOrders", False),
        (("crm:*", "shop:*Order"), "shop:GetOrder", True),
        ((), "shop:GetOrder", False),
        (("shop:*",), "shop", True),
        (("shop:GetOrder",), "shop", False),
    ],
)
def test_scopes_say_what_a_key_may_do(access: Access, scopes: tuple[str, ...], target: str, allowed: bool) -> None:
    assert access.allows(Principal("x", scopes), target) is allowed


def test_nobody_may_do_anything_where_keys_are_configured(access: Access) -> None:
    assert not access.allows(None, "shop:GetOrder")


def test_without_keys_everyone_is_nobody_and_may_do_everything() -> None:
    access = Access(None)
    assert access.authenticate(CIMultiDict([("X-API-Key", SHOP)])) is None
    assert access.allows(None, "shop:GetOrder")
    access.refuse_key_in_url([SHOP])


def test_a_key_in_the_url_is_refused(access: Access) -> None:
    access.refuse_key_in_url(["1001", "x" * 32])
    with pytest.raises(BadRequest) as refused:
        access.refuse_key_in_url(["1001", CRM])
    assert CRM not in refused.value.detail


def test_only_hashes_are_kept(access: Access) -> None:
    assert SHOP not in repr(access._known)
    assert SHOP.encode() not in b"".join(known.digest for known in access._known)


@pytest.mark.parametrize(
    ("value", "why"), [("short", "16 to 512"), ("a b" * 10, "no white space"), ("ä" * 20, "ASCII")]
)
def test_a_key_that_cannot_be_sent_is_refused(value: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(value)
    with pytest.raises(ConfigError, match=why) as refused:
        Access(settings({"name": "web", "key": f"file:{tmp_path / 'key'}"}))
    assert value not in str(refused.value)


def test_a_missing_secret_and_a_shared_key_are_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"access\.keys web:1:1: the secret file .* cannot be read"):
        Access(settings({"name": "web", "key": f"file:{tmp_path / 'nowhere'}"}))
    (tmp_path / "key").write_text(SHOP)
    both = [{"name": name, "key": f"file:{tmp_path / 'key'}"} for name in ("a", "b")]
    with pytest.raises(ConfigError, match="two names have the same key"):
        Access(settings(*both))


@pytest.mark.parametrize(
    "key",
    [
        {"name": "web"},
        {"name": "web", "key": "env:A", "key_sha256": "0" * 64},
        {"name": "web", "key": "plain-text"},
        {"name": "we b", "key": "env:A"},
        {"name": "web", "key": "env:A", "scopes": ["shop"]},
        {"name": "web", "key": "env:A", "scopes": ["sh*p:x"]},
        {"name": "web", "key": "env:A", "scopes": ["shop:[a]"]},
        {"name": "web", "key_sha256": "xyz"},
    ],
)
def test_a_bad_key_setting_is_refused(key: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        settings(key)
    with pytest.raises(ValidationError, match="two keys have the name"):
        settings({"name": "a", "key": "env:A"}, {"name": "a", "key": "env:B"})


TLS = {"cert": "c", "key": "k"}


@pytest.mark.parametrize(
    ("server", "keyed", "open_flag", "says"),
    [
        ({}, False, False, ""),
        ({"host": "::1"}, False, False, ""),
        ({"host": "localhost"}, False, False, ""),
        ({"host": "0.0.0.0"}, False, False, "nothing says who may ask"),
        ({"host": "::"}, False, False, "nothing says who may ask"),
        ({"host": "bridge.example"}, False, False, "nothing says who may ask"),
        ({"host": "192.168.1.2", "tls": TLS}, False, False, "nothing says who may ask"),
        ({"host": "0.0.0.0"}, False, True, ""),
        ({"host": "0.0.0.0", "open": True}, False, False, ""),
        ({"host": "0.0.0.0"}, True, False, "plain text"),
        ({"host": "0.0.0.0", "tls": TLS}, True, False, ""),
        ({"host": "0.0.0.0", "behind_proxy": ["10.0.0.0/8"]}, True, False, ""),
        ({"host": "0.0.0.0"}, True, True, ""),
    ],
)
def test_nothing_is_open_by_accident(
    server: dict[str, object], keyed: bool, open_flag: bool, says: str, access: Access
) -> None:
    error = check_exposure(ServerSettings.model_validate(server), access if keyed else Access(None), open_flag)
    assert says in error
    assert bool(says) == bool(error)


def test_a_name_is_loopback_only_when_it_can_be_nothing_else() -> None:
    assert [is_loopback(host) for host in ("127.0.0.5", "LOCALHOST", "", "0.0.0.0", "x.localhost")] == [
        True, True, False, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("scopes", "may"), [(("explain",), True), (("shop:*", "explain"), True), (("*",), False), (("explain:*",), False)]
)
def test_envelopes_are_shown_to_who_has_that_scope(access: Access, scopes: tuple[str, ...], may: bool) -> None:
    assert access.explains(Principal("someone", scopes)) is may
    assert not access.explains(None)


def test_the_scope_explain_is_no_operation(access: Access) -> None:
    assert not access.allows(Principal("someone", ("explain",)), "shop:GetOrder")
    assert settings({"name": "a", "key_sha256": "0" * 64, "scopes": ["explain"]}).keys[0].scopes == ("explain",)


def test_without_keys_this_machine_may_see_envelopes_and_others_may_not() -> None:
    assert Access(None).explains(None)
    assert not Access(None, everyone=True).explains(None)


@pytest.mark.parametrize(
    ("scopes", "verb", "may"),
    [
        (("*",), "read", False),
        (("admin:*",), "read", True),
        (("admin:*",), "replay", True),
        (("admin:read",), "read", True),
        (("admin:read",), "replay", False),
        (("shop:*", "explain"), "read", False),
        (("administrator:*",), "read", False),
        ((), "read", False),
    ],
)
def test_operators_need_a_scope_of_their_own(scopes: tuple[str, ...], verb: str, may: bool) -> None:
    access = Access(AccessSettings.model_validate({"keys": [{"name": "ops", "key_sha256": "0" * 64}]}))
    assert access.administers(Principal("ops", scopes), verb) is may
    assert not access.administers(None, verb)


def test_an_operators_scope_reaches_no_operation() -> None:
    access = Access(AccessSettings.model_validate({"keys": [{"name": "ops", "key_sha256": "0" * 64}]}))
    assert not access.allows(Principal("ops", ("admin:*",)), "admin:GetOrder")
    assert access.allows(Principal("ops", ("admin:*", "*")), "admin:GetOrder")
