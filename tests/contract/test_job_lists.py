"""Lists of jobs on every store: no payload is opened for one, a page looks at a bounded part, nothing from outside gets
into a statement."""

from __future__ import annotations

import random

import pytest

from bridge.errors import BadRequest
from bridge.store import dead, job_views
from bridge.store.job_states import STATES
from bridge.store.job_views import BOUNDS, Bounds, JobFilter, JobRow, job_story, list_jobs
from bridge.store.jobs import cancel, claim, depths, done, failed, skip
from bridge.store.page import Page
from bridge.store.schema.jobs import jobs as table
from bridge.store.sealing import Seal
from bridge.store.store import Store
from bridge.store.tx import Tx
from tests.contract.operators import QUEUE, SEAL, accepted, buried

PAYLOAD = b'{"operation":"shop.Order","args":{"name":"Ada"}}'


class Counted(Seal):
    """Counts what it opens."""

    def __init__(self) -> None:
        super().__init__(b"k" * 32)
        self.opened = 0

    def open(self, data: bytes, *, place: str) -> bytes:
        self.opened += 1
        return super().open(data, place=place)


async def _all(
    store: Store, wanted: JobFilter, limit: int = 3, *, oldest_first: bool = False, bounds: Bounds = BOUNDS
) -> list[JobRow]:
    """Page after page."""
    found, after = list[JobRow](), ""
    while True:

        def query(tx: Tx, after: str = after) -> Page[JobRow]:
            return list_jobs(tx, wanted, SEAL, after=after, limit=limit, oldest_first=oldest_first, bounds=bounds)

        page = await store.read(query)
        found += page.items
        if not (after := page.next):
            return found


async def test_a_list_opens_no_payload_and_a_story_does(store: Store) -> None:
    [one, *_] = await buried(store, *[PAYLOAD] * 5)
    for _ in range(5):
        await accepted(store, PAYLOAD)
    seal = Counted()
    filters = (JobFilter(), JobFilter(state="dead"), JobFilter(operation="Order"), JobFilter(code="upstream_cut"))
    listed = [await store.read(lambda tx, f=one_: list_jobs(tx, f, seal)) for one_ in filters]
    assert [len(page.items) for page in listed] == [10, 5, 10, 5]
    assert {row.operation for page in listed for row in page.items} == {"shop.Order"}
    assert seal.opened == 0
    await store.read(lambda tx: job_story(tx, one, seal))
    assert seal.opened == 1


async def test_a_text_is_looked_for_in_so_many_payloads_a_page(store: Store) -> None:
    [found] = [await accepted(store, b'{"n":"needle"}')]
    for _ in range(10):
        await accepted(store, PAYLOAD)
    seal, few = Counted(), Bounds(opened=4)
    page = await store.read(lambda tx: list_jobs(tx, JobFilter(text="NEEDLE"), seal, limit=1, bounds=few))
    assert (page.items, seal.opened) == ((), 4)
    assert page.next
    assert [row.id for row in await _all(store, JobFilter(text="NEEDLE"), bounds=few)] == [found]


@pytest.mark.parametrize("oldest_first", [False, True])
async def test_a_page_looks_at_a_bounded_part_and_nothing_is_passed_over(store: Store, oldest_first: bool) -> None:
    ids = [await accepted(store, PAYLOAD, key="rare" if n % 19 == 0 else "") for n in range(60)]
    gone = set(ids[5:33])
    await store.write(lambda tx: tx.select(table.delete().where(table.c.id.in_(gone)).returning(table.c.id)))
    left, rare = [one for one in ids if one not in gone], [ids[0], ids[38], ids[57]]
    order = 1 if oldest_first else -1
    for wanted, expected in ((JobFilter(), left), (JobFilter(key="rare"), rare), (JobFilter(state="dead"), [])):
        found = await _all(store, wanted, oldest_first=oldest_first, bounds=Bounds(looked_at=7, few=0))
        assert [row.id for row in found] == expected[::order]


@pytest.mark.parametrize("state", ["nosuch", "x' or '1'='1", ":a", "ready'--", "dead%"])
async def test_a_state_that_is_none_is_refused_and_gets_into_no_statement(store: Store, state: str) -> None:
    await accepted(store, PAYLOAD)
    with pytest.raises(BadRequest, match="no state of a job; there are waiting"):
        await store.read(lambda tx: list_jobs(tx, JobFilter(state=state), SEAL))
    if not state.isalpha():
        with pytest.raises(ValueError, match="no state"):
            await store.read(lambda tx: job_views.in_state(state))


@pytest.mark.parametrize("hostile", ["%", "_____Order", "'--", "shop.%", "\\"])
async def test_an_operation_is_looked_for_to_the_letter(store: Store, hostile: str) -> None:
    await accepted(store, PAYLOAD)
    assert await _all(store, JobFilter(operation=hostile)) == []
    assert len(await _all(store, JobFilter(operation="shop.Order"))) == 1


async def test_what_is_counted_is_what_is_there(store: Store) -> None:
    """After each of many random steps every count is that of the rows themselves."""
    rng, ids = random.Random(7), list[str]()
    for step in range(120):
        await _step(store, rng, ids)
        if step % 5 == 0:
            await _compare(store)
    await _compare(store)


async def _step(store: Store, rng: random.Random, ids: list[str]) -> None:
    if rng.random() < 0.5 or not ids:
        more = {"key": rng.choice(["", "", "a", "b"]), "queue": rng.choice([QUEUE, "other"])}
        ids.append(await accepted(store, PAYLOAD, **more))
        return
    one, queue = rng.choice(ids), rng.choice([QUEUE, "other"])

    def work(tx: Tx) -> None:
        for job in claim(tx, queue, "w", rng.randint(1, 3), 30.0, SEAL):
            end = rng.randrange(4)
            if end == 0:
                done(tx, job.id, job.fence, SEAL)
            elif end == 1:
                failed(tx, job.id, job.fence, again_in_s=rng.choice([0.0, 60.0]), code="upstream_cut")

    def hand(tx: Tx) -> None:
        rng.choice([cancel, skip, dead.hold, dead.hurry])(tx, one)

    def again(tx: Tx) -> None:
        dead.replay(tx, one, "ada")

    await store.write(rng.choice([work, work, hand, again]))


async def _compare(store: Store) -> None:
    rows = await _all(store, JobFilter(), limit=500)
    for queue in (QUEUE, "other"):
        there = [row.state for row in rows if row.queue == queue]
        counted = await store.read(lambda tx, q=queue: depths(tx, q))
        assert counted == {state: there.count(state) for state in STATES}
        shown = await store.read(lambda tx, q=queue: dead.counts(tx, q))
        assert shown == {state: there.count(state) for state in shown}
    buried_ = [row for row in rows if row.state == "dead"]
    depth = await store.read(dead.depth)
    assert (depth.count, depth.oldest_at) == (len(buried_), min((row.ended_at or 0.0 for row in buried_), default=None))
