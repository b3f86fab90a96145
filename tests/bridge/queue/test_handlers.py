"""One handler a kind."""

from __future__ import annotations

import pytest

from bridge.queue.handlers import Handlers, Result
from bridge.store.jobs import Job


async def nothing(_: Job) -> Result:
    return Result()


def test_one_handler_a_kind() -> None:
    handlers = Handlers()
    handlers.add("call", nothing)
    found = handlers.find("call")
    assert found is not None
    assert found.handler is nothing
    assert handlers.find("other") is None
    with pytest.raises(ValueError, match="already"):
        handlers.add("call", nothing)
