"""Whether a call may be cut while it runs; the rest is lived through in tests/journeys/test_async.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.app.later import Later
from bridge.app.lookup import Lookup
from bridge.clock import SystemClock
from bridge.config.model import Config
from bridge.contracts import Upstream
from bridge.errors import Conflict
from bridge.store import jobs
from bridge.store.bus import MemoryBus
from bridge.store.sealing import Seal
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.web.snapshot import Mount, Snapshot
from tests.bridge.web.fake import FakeUpstream


def seen(upstream: Upstream | None) -> Lookup:
    """A bridge in which this upstream is ready, or not yet."""
    ready = {"shop": upstream} if upstream is not None else {}
    snapshot = Snapshot(upstreams=ready, mounts={"shop": Mount("shop", "/v1/shop")})
    return Lookup(lambda: snapshot, Config)


@pytest.mark.parametrize(
    ("operation", "cut"), [("shop.GetOrder", True), ("shop.CreateOrder", False), ("shop.Gone", False), ("", False)]
)
async def test_only_what_may_be_done_twice_is_cut(tmp_path: Path, operation: str, cut: bool) -> None:
    clock, seal = SystemClock(), Seal(None)
    store = await Store.open(StoreSettings(url=f"sqlite:///{tmp_path / 'bridge.db'}"), clock)
    later = Later(Config(), store, seal, MemoryBus(clock), lambda _: None, lambda _: None)
    later.start(seen(FakeUpstream() if operation else None))
    told = {"owner": "", "headers": {}, "no_cache": False, "key": "", "callback": "", "trace_id": "t"}
    ticket = await later.tickets.accept(operation or "shop.GetOrder", {}, **told)  # type: ignore[arg-type]  # as the web says it
    await store.write(lambda tx: jobs.claim(tx, "calls", "one", 1, 60.0, seal, jobs.Terms()))
    if cut:
        assert await later.tickets.cancel(ticket.job_id, "by me") is False
    else:
        with pytest.raises(Conflict):
            await later.tickets.cancel(ticket.job_id, "by me")
    await later.stop()
    await later.close()
    await store.close()
