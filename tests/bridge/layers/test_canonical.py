"""One spelling of a call for the journal."""

from __future__ import annotations

import pytest

from bridge.call import Call, Principal
from bridge.errors import DoesNotFit, Violation
from bridge.layers.canonical import SORTED_BYTES_MAX, about, kept_body, kept_call, kept_error
from bridge.shapes.json import loads
from tests.bridge.layers.world import TRACE


def call(args: bytes, **changes: object) -> Call:
    return Call("shop.CreateOrder", args, 0.0, TRACE).with_(**changes)


def test_keys_are_sorted_and_digits_stay() -> None:
    one = kept_call(call(b'{"b": 1.50, "a": {"d": [2,1], "c": null}}'), {}, 1000)
    two = kept_call(call(b'{"a":{"c":null,"d":[2,1]},\n"b":1.50}'), {}, 1000)
    assert one.data == two.data
    assert one.data == b'{"args":{"a":{"c":null,"d":[2,1]},"b":1.50},"operation":"shop.CreateOrder"}'


def test_values_that_were_parsed_already_are_kept_alike() -> None:
    parsed = call(b"").with_(args=loads(b'{"b":1,"a":2.0}'))
    assert kept_call(parsed, {}, 1000).data == kept_call(call(b'{"a":2.0,"b":1}'), {}, 1000).data
    assert loads(kept_call(call(b""), {}, 1000).data) == {"args": {}, "operation": "shop.CreateOrder"}


def test_headers_that_may_be_credentials_are_only_named() -> None:
    headers = {"X-Tenant": "7", "Authorization": "Bearer hunter2", "X-Api-Key": "hunter2", "Cookie": "hunter2"}
    kept = loads(kept_call(call(b"{}", headers=headers, principal=Principal("web")), {}, 1000).data)
    assert isinstance(kept, dict)
    assert kept["headers"] == {"authorization": "***", "cookie": "***", "x-api-key": "***", "x-tenant": "7"}
    assert kept["principal"] == "web"


def test_a_long_one_is_kept_as_it_came() -> None:
    args = b'{"z":1,"a":"' + b"x" * SORTED_BYTES_MAX + b'"}'
    assert args in kept_call(call(args), {}, 100_000).data


@pytest.mark.parametrize("args", [b"{", b'{"a":1,"a":2}', b"\xff\x00"])
def test_what_is_no_json_is_kept_as_text(args: bytes) -> None:
    kept = kept_call(call(args), {}, 1000)
    cut = loads(kept.data)
    assert isinstance(cut, dict)
    assert "args" not in cut
    assert "@cut" in cut
    assert kept.values is None


def test_a_body_within_the_bound_stays_and_one_over_it_is_cut() -> None:
    assert kept_body(b'{"a":1}', 7) == b'{"a":1}'
    assert b"@cut" in kept_body(b'{"a":1}', 6)


def test_an_error_is_kept_as_its_caller_was_told_it() -> None:
    error = DoesNotFit("no", errors=[Violation("/a", "is missing")], cause="the password was hunter2")
    kept = kept_error(error, 10_000)
    assert b"hunter2" not in kept
    assert loads(kept) == {
        "code": "does_not_fit",
        "detail": "no",
        "errors": [{"pointer": "/a", "detail": "is missing"}],
        "outcome": "not_sent",
        "status": "422",
    }


def test_a_secret_that_the_system_behind_quotes_is_not_kept() -> None:
    told = [Violation("/a", "not hunter2")]
    error = DoesNotFit("hunter2 is wrong", errors=told, fault=b'{"text":"it was hunter2"}')
    kept = kept_error(error, 10_000, lambda text: text.replace("hunter2", "***"))
    assert b"hunter2" not in kept
    assert kept.count(b"***") == 3


def test_what_an_entry_is_about() -> None:
    values = loads(b'{"orderId": 17, "lines": []}')
    assert about("order:{orderId}", values) == "order:17"
    assert about("order:{nobody}", values) == about("x{lines}", values) == about("", values) == ""
    assert about("fixed", None) == "fixed"
