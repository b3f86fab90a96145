"""YAML becomes plain data with its places, and hostile YAML is refused in time."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.config.load import load, read
from bridge.errors import ConfigError


def test_values_are_those_of_yaml_1_2() -> None:
    text = "a: 1\nb: 0x1F\nc: 1.5\nd: true\ne: yes\nf: 2024-01-01\ng: ~\nh: '1'\ni: 0o17\nj: 12:30\nk: 007\n"
    assert read(text, "f").data == {
        "a": 1,
        "b": 31,
        "c": 1.5,
        "d": True,
        "e": "yes",
        "f": "2024-01-01",
        "g": None,
        "h": "1",
        "i": 15,
        "j": "12:30",
        "k": 7,
    }


def test_places_of_keys_and_values() -> None:
    places = read("a:\n  b: [1, {c: x}]\n  d:\n", "f").places
    assert str(places.key(("a", "b"))) == "f:2:3"
    assert str(places.value(("a", "b", 1, "c"))) == "f:2:14"
    assert str(places.value(("a", "d"))) == "f:3:3"
    assert str(places.key(("a", "b", 0))) == "f:2:7"
    assert str(places.value(("a", "nothing", "here"))) == "f:1:1"
    assert str(places.value(("nothing",))) == "f:1:1"


def test_aliases_are_unfolded() -> None:
    assert read("a: &x {k: 1}\nb: *x\n", "f").data == {"a": {"k": 1}, "b": {"k": 1}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x [*x]\n", "contains itself"),
        (
            "l0: &l0 [x,x,x,x,x,x,x,x,x,x]\n"
            + "".join(f"l{n}: &l{n} [{','.join([f'*l{n - 1}'] * 10)}]\n" for n in range(1, 9)),
            "more than 200000 values",
        ),
        ("[" * 5000, "not valid YAML"),
        ("a: [" + "[" * 100 + "]" * 100 + "]", "not valid YAML"),
        ("a: *nobody\n", "undefined alias"),
        ("a: 1\n---\nb: 2\n", "expected a single document"),
        ("a: \x00\n", "not valid YAML"),
        ("a: 1\n\tb: 2\n", "not valid YAML"),
    ],
)
def test_hostile_yaml(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(text, "f")


def test_a_key_that_is_no_word() -> None:
    assert [str(place) for place in read("? [a]\n: 1\n", "f").problems] == ["f:1:3: a key must be a plain word"]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load(tmp_path / "none.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"a: 1\nb: \xe9\n")
    with pytest.raises(ConfigError, match=r"latin.yaml:2:1: the file is not UTF-8"):
        load(tmp_path / "latin.yaml")
    (tmp_path / "huge.yaml").write_bytes(b"#" * 2_000_001)
    with pytest.raises(ConfigError, match="larger than 2 MB"):
        load(tmp_path / "huge.yaml")
    (tmp_path / "bom.yaml").write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert load(tmp_path / "bom.yaml").data == {"a": 1}
