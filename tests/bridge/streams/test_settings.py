"""Where the logs lie, and what a topic may be."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bridge.streams.settings import TopicSettings, log_url


@pytest.mark.parametrize(
    ("store", "log"),
    [
        ("sqlite:///data/bridge.db", "sqlite:///data/bridge-streams.db"),
        ("sqlite:////var/lib/other", "sqlite:////var/lib/other-streams.db"),
        ("postgresql://u@h/d", "postgresql://u@h/d"),
    ],
)
def test_logs_of_sqlite_have_a_file_of_their_own(store: str, log: str) -> None:
    assert log_url(store) == log


@pytest.mark.parametrize("wrong", [{"durable": "never"}, {"window": "1h"}, {"keep": {"count": 0}}, {"message": "1GB"}])
def test_what_is_no_topic_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TopicSettings.model_validate(wrong)
