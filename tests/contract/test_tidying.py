"""What has been kept long enough goes by itself: jobs that ended, and the audit log after three years."""

from __future__ import annotations

import pytest

from bridge.clock import SystemClock
from bridge.queue.handlers import Handlers
from bridge.queue.settings import QueueSettings
from bridge.queue.worker import Worker
from bridge.queue.worker_run import Workbench
from bridge.store import jobs
from bridge.store.audit import Act, record
from bridge.store.jobs import NewJob, Terms
from bridge.store.schema.audit import audit
from bridge.store.schema.jobs import jobs as table
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.store.tx import Tx
from tests.contract.jobs_world import SEAL

YEAR_S = 366 * 86400.0


class Later(SystemClock):
    """Years have passed."""

    def __init__(self, later_s: float) -> None:
        self._later_s = later_s

    def wall(self) -> float:
        return super().wall() + self._later_s


def _done_and_dead(tx: Tx) -> None:
    for _ in range(2):
        jobs.enqueue(tx, NewJob("q", "kind", b"{}"), SEAL)
    one, other = jobs.claim(tx, "q", "me", 2, 60.0, SEAL, Terms())
    jobs.done(tx, one.id, one.fence, SEAL)
    jobs.dead(tx, other.id, other.fence, code="gone")
    record(tx, Act("ada", "queue.pause", "q"), SEAL)


@pytest.mark.parametrize(("years", "audited"), [(2.9, True), (3.1, False)])
async def test_what_has_been_kept_long_enough_is_tidied_up(
    store: Store, store_url: str, years: float, audited: bool
) -> None:
    await store.write(_done_and_dead)
    later = await Store.open(StoreSettings(url=store_url), Later(years * YEAR_S), own_time=True)
    bench = Workbench(later, SEAL, Handlers(), SystemClock(), lambda _: None, "later")
    await Worker(bench, {"q": QueueSettings()}).tidy()
    await later.close()
    left = await store.read(
        lambda tx: [state for (state,) in tx.select(table.select().with_only_columns(table.c.state))]
    )
    assert left == ["dead"], "a dead one waits for a person, however long"
    assert bool(await store.read(lambda tx: tx.select(audit.select()))) == audited
