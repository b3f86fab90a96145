"""Where answers are shared, as it is written."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from pydantic import ValidationError

from bridge.errors import StoreError
from bridge.store.kept_settings import KeptSettings


def test_written_short_it_is_the_url() -> None:
    settings = KeptSettings.model_validate("redis://redis.internal:6379/1")
    assert (settings.url, settings.prefix) == ("redis://redis.internal:6379/1", "bridge")
    assert settings.bus().url == settings.url


@pytest.mark.parametrize(
    "wrong", ["memory", "http://x", "redis://:secret@host/0", {"url": "redis://h", "answer": "9GB"}]
)
def test_what_is_no_redis_is_refused(wrong: object) -> None:
    with pytest.raises(ValidationError):
        KeptSettings.model_validate(wrong)


def test_with_a_key_only_sealed_values_are_opened(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(base64.b64encode(b"k" * 32).decode())
    (tmp_path / "short").write_text("short")
    sealed = KeptSettings(url="redis://h", key=f"file:{tmp_path / 'key'}").seal()  # type: ignore[arg-type]  # a reference
    plain = KeptSettings(url="redis://h").seal()
    assert sealed.open(sealed.shut(b"a", place="p"), place="p") == b"a"
    with pytest.raises(StoreError):
        sealed.open(plain.shut(b"a", place="p"), place="p")
    with pytest.raises(ValueError, match="32 bytes"):
        KeptSettings(url="redis://h", key=f"file:{tmp_path / 'short'}").seal()  # type: ignore[arg-type]  # likewise
