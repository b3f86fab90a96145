"""Units in the types, secrets that never show, unknown keys refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from bridge.settings import (
    Bytes,
    DurationS,
    RatePerS,
    Secret,
    Settings,
    parse_bytes,
    parse_duration_s,
    parse_rate_per_s,
    parse_share,
)


class Sample(Settings):
    """What a room's settings look like."""

    timeout: DurationS = 20.0
    size: Bytes = 1000
    rate: RatePerS = 5.0
    password: Secret | None = None


@pytest.mark.parametrize(
    ("text", "seconds"), [("250ms", 0.25), ("20s", 20.0), ("1.5m", 90.0), ("2h", 7200.0), ("7d", 604800.0), ("0s", 0.0)]
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration_s(text) == seconds
    assert Sample.model_validate({"timeout": text}).timeout == seconds


@pytest.mark.parametrize("bad", ["20", "s", "-1s", "1 s", "1e3s", "", "20S", 20, None, True, ["1s"]])
def test_durations_need_a_unit(bad: object) -> None:
    with pytest.raises(ValueError, match="number and a unit"):
        parse_duration_s(bad)
    with pytest.raises(ValidationError):
        Sample.model_validate({"timeout": bad})


@pytest.mark.parametrize(
    ("text", "size"), [("512", 512), (512, 512), ("64kB", 64_000), ("2MB", 2_000_000), ("1GB", 10**9), ("1B", 1)]
)
def test_sizes(text: str | int, size: int) -> None:
    assert parse_bytes(text) == size


@pytest.mark.parametrize("bad", ["1.5MB", "64KB", "-1", -1, True, 1.5, "", None])
def test_what_is_no_size(bad: object) -> None:
    with pytest.raises(ValueError, match="whole number and a unit"):
        parse_bytes(bad)


def test_shares() -> None:
    assert (parse_share("20%"), parse_share("0%"), parse_share("100%")) == (0.2, 0.0, 1.0)
    assert parse_share("12.5%") == 0.125
    for bad in ("20", "101%", "-1%", "%", 0.2, None):
        with pytest.raises(ValueError, match="percentage"):
            parse_share(bad)


def test_rates() -> None:
    assert parse_rate_per_s("5/s") == 5.0
    assert parse_rate_per_s("90/m") == 1.5
    for bad in ("5", "5/w", "/s", 5, "1.5/s"):
        with pytest.raises(ValueError, match="a rate is"):
            parse_rate_per_s(bad)


def test_settings_are_frozen_and_refuse_unknown_keys() -> None:
    with pytest.raises(ValidationError):
        Sample.model_validate({"timeuot": "1s"})
    with pytest.raises(ValidationError):
        Sample().timeout = 1.0


def test_a_secret_is_only_a_reference(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(b"s3cret\r\n")
    secret = Sample.model_validate({"password": f"file:{file}"}).password
    assert secret is not None
    assert secret.reveal() == "s3cret"
    file.write_bytes(b"two\n\n")
    assert secret.reveal() == "two\n"
    assert "s3cret" not in repr(secret)
    assert Sample.model_validate({"password": f"file:{file}"}).model_dump(mode="json")["password"] == f"file:{file}"
    assert secret == Secret(f"file:{file}")
    assert len({secret, Secret(f"file:{file}"), Secret("env:X")}) == 2


@pytest.mark.parametrize("text", ["hunter2", "", "env:", "file:", "http://x", ":x"])
def test_a_value_in_clear_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="reference"):
        Secret(text)


def test_a_secret_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="BRIDGE_NO_SUCH_VARIABLE is not set"):
        Secret("env:BRIDGE_NO_SUCH_VARIABLE").reveal()
    with pytest.raises(ValueError, match="/no/such/file cannot be read"):
        Secret("file:/no/such/file").reveal()


def test_an_empty_secret_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMPTY", "")
    with pytest.raises(ValueError, match="the environment variable EMPTY is empty"):
        Secret("env:EMPTY").reveal()
    for content in ("", "\n", "\r\n"):
        (tmp_path / "empty").write_text(content)
        with pytest.raises(ValueError, match="empty is empty"):
            Secret(f"file:{tmp_path / 'empty'}").reveal()
    monkeypatch.setenv("BLANK", " ")
    assert Secret("env:BLANK").reveal() == " "


def test_the_schema_says_how_values_are_written() -> None:
    properties = Sample.model_json_schema()["properties"]
    assert properties["timeout"]["examples"] == ["20s"]
    assert properties["size"]["type"] == properties["rate"]["type"] == "string"
    assert properties["password"]["anyOf"][0]["pattern"] == "^(env|file):.+"


@pytest.mark.parametrize("number", [1.5, float("inf"), 20, True])
def test_a_number_without_a_unit_is_no_duration(number: float) -> None:
    class Waits(Settings):
        wait: DurationS = 1.0

    assert Waits.model_validate({"wait": "20s"}).wait == 20.0
    with pytest.raises(ValidationError, match="a number and a unit"):
        Waits.model_validate({"wait": number})


def test_a_secret_file_is_a_small_regular_file(tmp_path: Path) -> None:
    pipe, large = tmp_path / "pipe", tmp_path / "large"
    os.mkfifo(pipe)
    large.write_bytes(b"x" * 100_000)
    for path, reason in (
        (pipe, "no regular file"),
        (Path("/dev/zero"), "no regular file"),
        (large, "larger than 64 kB"),
    ):
        with pytest.raises(ValueError, match=reason):
            Secret(f"file:{path}").reveal()
