"""Conditions and paths of RFC 9535, with exact numbers; what is not in it and what could cost too much is refused."""

from __future__ import annotations

import pytest

from bridge.call import JsonValue
from bridge.shapes.json import loads
from bridge.shapes.jsonpath import BadExpression, Condition, Incomputable, Path
from tests.cpu import best_s

ANSWER = loads(
    b'{"ok": false, "code": 17, "big": 12345678901234567891, "price": 0.10, "thousand": 1e3, "text": "E17 lost",'
    b' "none": null, "items": [{"a": 1, "b": "x"}, {"a": 2}], "more": {"price": 0.1000}}'
)


@pytest.mark.parametrize(
    "text",
    [
        "@.ok == false",
        "@.ok == true || @.code != 0",
        "@.big == 12345678901234567891",
        "@.price == 0.1",
        "@.price == 0.100",
        "@.price < 0.11 && @.price > 0.09",
        "@.price >= 0.1 && @.price <= 0.10",
        "@.thousand == 1000",
        "@.code == 1.7e1",
        "@.items[?@.a == 2]",
        "!@.items[?@.a == 3]",
        "@.more.price == @.price",
        "@.none == null",
        "@.missing != 1",
        "@.missing == @.absent",
        "length(@.items) == 2",
        "length(@.text) == 8",
        "count(@.items[*]) > 1",
        "value(@..b) == 'x'",
        "match(@.text, 'E[0-9]+ .*')",
        "search(@.text, '[0-9]+')",
        "@.text > 'E16'",
        "@['code'] == 17",
        "@..b",
    ],
)
def test_it_holds(text: str) -> None:
    assert Condition(text).holds(ANSWER)


def test_a_name_alone_asks_whether_it_is_there() -> None:
    assert Condition("@.ok").holds(ANSWER)  # although it is false: so says RFC 9535 §2.3.5.2
    assert not Condition("@.missing").holds(ANSWER)


@pytest.mark.parametrize(
    "text",
    [
        "@.big == 12345678901234567890",  # as floats they are equal
        "@.big == 12345678901234567892",
        "@.price == '0.10'",
        "@.code == '17'",
        "@.missing == 1",
        "@.missing == null",
        "@.ok == 0",
        "@.code < '2'",
        "length(@.code) == 2",
        "match(@.text, '[0-9]+')",
        "match(@.code, '[0-9]+')",
        "@.items == @.more",
        "@.text < 'E16'",
    ],
)
def test_it_does_not_hold(text: str) -> None:
    assert not Condition(text).holds(ANSWER)


@pytest.mark.parametrize("value", [None, "text", True, [], {}])
def test_any_answer_can_be_looked_at(value: JsonValue) -> None:
    assert not Condition("@.code == 17").holds(value)
    assert Condition("@ == null").holds(None)


def test_equal_values_inside_lists_and_objects_are_equal_numbers() -> None:
    value = loads(b'{"a": [1.0, {"x": 10}], "b": [1, {"x": 1e1}], "c": [1, {"x": 11}]}')
    assert Condition("@.a == @.b").holds(value)
    assert not Condition("@.a == @.c").holds(value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "RFC 9535"),
        ("@.a ==", "RFC 9535"),
        ("true", "RFC 9535"),
        ("1 == 1", "compares nothing"),
        ("@.a in ['x']", "RFC 9535"),
        ("@.a =~ /x/", "RFC 9535"),
        ("@.a <> 1", "no operator"),
        ("@.a contains 'x'", "RFC 9535"),
        ("@.a == undefined", "RFC 9535"),
        ("_.x == 1", "RFC 9535"),
        ("isinstance(@.a, 'x')", "not defined"),
        ("$.a == 1", "write @"),
        ("@.a == 1] | $[?@.b", "RFC 9535"),
        ("@.x, ?@.y", "more than one"),
        ("@.x][0", "more than one"),
        ("match(@.t, @.p)", "stands in the expression"),
        ("match(@.t, '(')", "RFC 9485"),
        ("@..a..b", "once in a path"),
        ("@.items[?@..a]", "once in a path"),
        ("@.a == '" + "x" * 2000 + "'", "2000 characters"),
        ("(" * 500 + "@.a" + ")" * 500, "recursion"),
    ],
)
def test_what_is_no_condition_is_refused_when_it_is_read(text: str, why: str) -> None:
    with pytest.raises(BadExpression, match=why):
        Condition(text)


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|a)*b", "a[^x]*b", "(a*)*(a*)*b"])
def test_no_pattern_runs_for_ever(pattern: str) -> None:
    short, long = ({"text": "a" * size} for size in (20_000, 80_000))
    condition = Condition(f"search(@.text, '{pattern}')")
    cost_s = [best_s(lambda value=value: condition.holds(dict(value))) for value in (short, long)]
    assert not condition.holds(dict(long))
    assert cost_s[1] < 40 * cost_s[0] + 0.05, "more than linear by far"


def test_an_answer_that_is_too_deep_is_told() -> None:
    deep: JsonValue = "end"
    for _ in range(3000):
        deep = {"a": deep}
    with pytest.raises(Incomputable, match="cannot be worked out"):
        Condition("@..z").holds(deep)
    with pytest.raises(Incomputable, match="cannot be followed"):
        Path("$..z").first(deep)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("$.text", "E17 lost"),
        ("$.big", "12345678901234567891"),
        ("$.price", "0.10"),
        ("$.ok", "false"),
        ("$.none", ""),
        ("$.items", ""),
        ("$.items[1].a", "2"),
        ("$.items[?@.a == 2].a", "2"),
        ("$..b", "x"),
        ("$.missing", ""),
    ],
)
def test_a_path_leads_to_the_first_text(path: str, text: str) -> None:
    assert Path(path).text_in(ANSWER) == text


def test_the_answer_itself() -> None:
    assert Path("$").text_in("token") == "token"
    assert Path("$").first(ANSWER) == ANSWER
    assert Path("$.a").first("text") is None


@pytest.mark.parametrize(
    ("path", "keys"),
    [("$.a.b", ("a", "b")), ("$['a']", ("a",)), ("$", ()), ("$[0]", None), ("$..a", None), ("$.*", None)],
)
def test_which_paths_are_names_only(path: str, keys: tuple[str, ...] | None) -> None:
    assert Path(path).keys == keys


@pytest.mark.parametrize("path", ["a", "", "$.", "$.a | $.b", "@.a", " $.a", "$.a..b..c"])
def test_what_is_no_path(path: str) -> None:
    with pytest.raises(BadExpression):
        Path(path)


def test_uses_are_written_as_people_do() -> None:
    (one, two) = Condition("@['a'].b == 1 && @['c d']").uses
    assert (one.text, one.operator, one.against) == ("@.a.b", "==", "1")
    assert (two.text, two.how) == ("@['c d']", "exists")
    assert "Condition" in repr(Condition("@.a")) + repr(Path("$.a"))
