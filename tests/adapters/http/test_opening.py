"""An HTTP system is opened without asking it, and what a person should know of the connection is told."""

from __future__ import annotations

from adapters.http.config import HttpSettings
from adapters.http.opening import open_upstream
from bridge.clock import SystemClock
from bridge.events import ConnectionWarning, Event


async def test_it_opens_although_nobody_listens() -> None:
    told: list[Event] = []
    settings = HttpSettings.model_validate({"base": "http://127.0.0.1:9/", "tls": {"legacy": True}})
    upstream, ready = await open_upstream("shop", settings, {}, clock=SystemClock(), emit=told.append)
    assert (ready.upstream, ready.operations, ready.from_disk) == ("shop", 0, False)
    assert [one.upstream for one in told if isinstance(one, ConnectionWarning)] == ["shop"]
    await upstream.close()
