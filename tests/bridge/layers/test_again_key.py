"""Keys made of arguments, and what tells one request from another."""

from __future__ import annotations

import re

import pytest

from bridge.call import Call, JsonValue, Principal
from bridge.layers.again_key import answer_id, filled, fingerprint, made_key, sent_key
from bridge.shapes.json import loads
from tests.bridge.layers.world import TRACE

ARGS = loads(b'{"number":"4711","no":12.50,"big":20,"yes":true,"gone":null,"a":{"b":"c"},"list":[1],"none":""}')


def call(**changes: object) -> Call:
    return Call("shop.CreateOrder", b"", 0.0, TRACE, Principal("web")).with_(**changes)


@pytest.mark.parametrize(
    ("template", "key"),
    [
        ("order:{number}", "order:4711"),
        ("{a.b}-{big}", "c-20"),
        ("{no}", "125e-1"),
        ("{yes}", "true"),
        ("order:{missing}", ""),
        ("order:{gone}", ""),
        ("order:{none}", ""),
        ("order:{list}", ""),
        ("order:{number.x}", ""),
        ("x" * 255 + "{number}", ""),
    ],
)
def test_a_key_has_all_its_fields_or_is_none(template: str, key: str) -> None:
    assert made_key(template, ARGS) == key


@pytest.mark.parametrize(
    ("template", "value"),
    [("{no}", "12.50"), ("{yes}", True), ("{list}", ["1"]), ("no {number}/{missing}", "no 4711/"), ("{missing}", None)],
)
def test_a_field_by_itself_keeps_its_kind(template: str, value: JsonValue) -> None:
    assert filled(template, ARGS) == value


def test_spelling_does_not_make_another_request_and_everything_else_does() -> None:
    one = fingerprint(call(), loads(b'{"a":1.0,"b":[1]}'), {})
    assert one == fingerprint(call(), loads(b'{ "b": [1e0], "a": 1 }'), {})
    others = {
        fingerprint(call(), loads(b'{"a":1.0,"b":[2]}'), {}),
        fingerprint(call(), loads(b'{"a":1.0,"b":[1]}'), {"/file": "d1"}),
        fingerprint(call(), loads(b'{"a":1.0,"b":[1]}'), {"/file": "d2"}),
        fingerprint(call(headers={"X-Tenant": "7"}), loads(b'{"a":1.0,"b":[1]}'), {}),
        fingerprint(call(operation="shop.Other"), loads(b'{"a":1.0,"b":[1]}'), {}),
    }
    assert len(others | {one}) == 6


def test_ids_are_of_one_caller_and_one_operation() -> None:
    ids = {answer_id(call(principal=who), key) for who in (None, Principal("web"), Principal("null")) for key in "ab"}
    assert len(ids | {answer_id(call(operation="shop.Other"), "a")}) == 7


def test_the_system_behind_gets_a_uuid() -> None:
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}", sent_key("x"))
    assert sent_key("x") == sent_key("x") != sent_key("y")
