"""Secrets in any text become three stars."""

from __future__ import annotations

import base64
from pathlib import Path

from pydantic import Field

from bridge.settings import Secret, Settings
from bridge.sinks.masks import Masks


class Inner(Settings):
    password: Secret
    more: dict[str, Secret] = Field(default_factory=dict)


class Outer(Settings):
    inner: tuple[Inner, ...]
    name: str = "visible"


def test_every_secret_of_the_settings_is_learned(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("s3cret/word\n")
    (tmp_path / "b").write_text("-----BEGIN-----\nkeymaterial1\nkeymaterial2\n-----END-----\n")
    references = {"password": f"file:{tmp_path / 'a'}", "more": {"x": f"file:{tmp_path / 'b'}"}}
    unread = {"password": f"file:{tmp_path / 'nowhere'}"}
    masks = Masks()
    masks.learn(Outer.model_validate({"inner": [references, unread]}))
    encoded = base64.b64encode(b"s3cret/word").decode()
    assert masks.mask("a s3cret/word b") == "a *** b"
    assert masks.mask("?p=s3cret%2Fword&visible") == "?p=***&visible"
    assert "s3cret" not in base64.b64decode(masks.mask(encoded) + "==").decode(errors="replace")
    assert masks.mask("line: keymaterial2") == "line: ***"


def test_the_longest_secret_wins_and_a_tiny_one_does_not_blacken_everything() -> None:
    masks = Masks()
    assert masks.mask("nothing is known yet") == "nothing is known yet"
    for value in ("word", "wordlong", "a", ""):
        masks.add(value)
    assert masks.mask("a wordlong banana word") == "a *** banana ***"
