"""`queues:` of the configuration."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bridge.queue.settings import QueueSettings
from bridge.store.jobs import Terms


def test_as_it_is_written() -> None:
    settings = QueueSettings.model_validate(
        {"concurrency": 4, "rate": "5/s", "burst": 2, "lease": "30s", "keep": "1d", "retry": {"attempts": 3}}
    )
    assert settings.terms() == Terms(attempts_max=3, concurrency=4, rate_per_s=5.0, burst=2)
    assert (settings.lease, settings.keep) == (30.0, 86400.0)


def test_nothing_is_held_ready_where_others_count_it_as_running() -> None:
    assert QueueSettings().held_max == 32
    assert QueueSettings.model_validate({"concurrency": 2}).held_max == 16
    assert QueueSettings.model_validate({"rate": "5/s"}).held_max == 16


@pytest.mark.parametrize("wrong", [{"lease": "1s"}, {"concurrency": 0}, {"rate": "0/s"}, {"retry": {"attempts": 0}}])
def test_what_cannot_be(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        QueueSettings.model_validate(wrong)
