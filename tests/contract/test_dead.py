"""Dead letters and what else a person may do to jobs, on every store."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.clock import SystemClock
from bridge.errors import BadRequest, NotFound
from bridge.store import dead
from bridge.store.dead import HELD_UNTIL, Depth
from bridge.store.job_views import JobFilter, JobRow, JobStory, job_story, list_jobs
from bridge.store.jobs import discard, remove_ended, skip
from bridge.store.sealing import Seal
from bridge.store.store import Store
from tests.contract.operators import QUEUE, SEAL, accepted, buried, claimed, finished

DEAD = JobFilter(state="dead")


async def _listed(store: Store, wanted: JobFilter = DEAD) -> list[JobRow]:
    return list((await store.read(lambda tx: list_jobs(tx, wanted, SEAL))).items)


async def _story(store: Store, job_id: str) -> JobStory:
    return await store.read(lambda tx: job_story(tx, job_id, SEAL))


async def test_a_dead_letter_tells_its_whole_story(store: Store) -> None:
    [one] = await buried(store, b'{"operation":"shop.Order","args":{"n":1.50}}')
    [row] = await _listed(store)
    assert (row.id, row.queue, row.kind, row.state, row.operation) == (one, QUEUE, "call", "dead", "shop.Order")
    assert (row.code, row.cause, row.attempt) == ("upstream_cut", "it broke off", 1)
    story = await _story(store, one)
    assert story.payload == {"operation": "shop.Order", "args": {"n": "1.50"}}
    assert [(one.attempt, one.worker, one.code, one.cause) for one in story.attempts] == [
        (1, "worker-1", "upstream_cut", "it broke off")
    ]
    assert (story.original, story.result, story.note) == (None, None, "")
    with pytest.raises(NotFound):
        await _story(store, "none")


async def test_they_are_found_by_what_a_person_knows_of_them(store: Store) -> None:
    await buried(store, b'{"operation":"shop.Order","args":"Ada"}', key="7", correlation="c1")
    await buried(store, b'{"operation":"shop.Stock","args":"Bob"}', code="bug", cause="KeyError")
    await buried(store, b"no json", kind="file", queue="files")
    await accepted(store, b'{"operation":"shop.Order"}')
    now = SystemClock().wall()
    found = {
        "all": (DEAD, 3),
        "queue": (JobFilter(state="dead", queue="files"), 1),
        "kind": (JobFilter(state="dead", kind="call"), 2),
        "operation": (JobFilter(state="dead", operation="shop.Order"), 1),
        "short": (JobFilter(state="dead", operation="Stock"), 1),
        "key": (JobFilter(state="dead", key="7"), 1),
        "code": (JobFilter(state="dead", code="bug"), 1),
        "correlation": (JobFilter(state="dead", correlation="c1"), 1),
        "cause": (JobFilter(state="dead", text="keyerror"), 1),
        "payload": (JobFilter(state="dead", text="ADA"), 1),
        "both": (JobFilter(state="dead", text="ada", code="bug"), 0),
        "since": (JobFilter(state="dead", since=now + 60), 0),
        "until": (JobFilter(state="dead", until=now + 60), 3),
        "whatever": (JobFilter(), 4),
    }
    counted = {name: len(await _listed(store, wanted)) for name, (wanted, _) in found.items()}
    assert counted == {name: count for name, (_, count) in found.items()}


async def test_pages_follow_each_other_also_where_most_does_not_fit(store: Store) -> None:
    for number in range(30):
        await accepted(store, b'{"operation":"shop.%s"}' % (b"Rare" if number % 10 == 0 else b"Often"))
    seen: list[str] = []
    after, wanted = "", JobFilter(operation="Rare")
    while True:
        page = await store.read(lambda tx, after=after: list_jobs(tx, wanted, SEAL, after=after, limit=2))
        seen += [one.id for one in page.items]
        if not (after := page.next):
            break
    assert len(seen) == len(set(seen)) == 3
    assert seen == sorted(seen, reverse=True)
    other = await store.read(lambda tx: list_jobs(tx, wanted, SEAL, limit=2, oldest_first=True))
    assert [one.id for one in other.items] == sorted(seen)[:2]
    for hostile in ("1; drop table jobs", "-1", "9" * 30, "²"):
        with pytest.raises(BadRequest):
            await store.read(lambda tx, after=hostile: list_jobs(tx, wanted, SEAL, after=after))


async def test_a_missing_key_hides_the_payload_and_not_the_job(store: Store) -> None:
    [one] = await buried(store, b'{"operation":"shop.Order"}')
    stranger = Seal(b"x" * 32)
    story = await store.read(lambda tx: job_story(tx, one, stranger))
    assert (story.job.id, story.payload, story.job.operation) == (one, None, "shop.Order")
    assert SEAL.key_id in story.note


async def test_an_edit_keeps_what_came_first_and_nothing_else_changes(store: Store) -> None:
    [one] = await buried(store, b'{"n":1}', key="k")
    for payload in (b'{"n":2}', b'{"n":3}'):
        edited = await store.write(lambda tx, payload=payload: dead.edit(tx, one, payload, "ada", SEAL))
        assert edited is not None
    again = await store.write(lambda tx: dead.edit(tx, one, b'{"n":3}', "bob", SEAL))
    story = await _story(store, one)
    assert (again, story.payload, story.original, story.job.edited_by) == (None, {"n": "3"}, {"n": "1"}, "ada")
    await store.write(lambda tx: dead.replay(tx, one, "ada"))
    assert await store.write(lambda tx: dead.edit(tx, one, b"late", "ada", SEAL)) is None
    [job] = await claimed(store)
    assert (job.id, job.payload, job.key, job.attempt) == (one, b'{"n":3}', "k", 1)


async def test_a_letter_is_replayed_once_with_all_its_attempts_and_its_story(store: Store) -> None:
    [one] = await buried(store, b'{"operation":"a.B","idempotencyKey":"i-1"}', dedupe="d-1")
    assert [await store.write(lambda tx: dead.replay(tx, one, "ada")) for _ in range(2)] == [True, False]
    [job] = await claimed(store)
    assert (job.id, job.attempt) == (one, 1)
    assert b"i-1" in job.payload
    assert await store.write(lambda tx: dead.replay(tx, one, "ada")) is False, "it runs"
    await finished(store, job)
    assert await store.write(lambda tx: dead.replay(tx, one, "ada")) is False, "it is done"
    story = await _story(store, one)
    assert (story.job.state, len(story.attempts)) == ("done", 1)
    assert story.job.replayed_at is not None
    assert await accepted(store, b"again", dedupe="d-1") == one, "its dedupe key is still known"


async def test_replayed_letters_of_one_key_run_in_the_order_in_which_they_came(store: Store) -> None:
    ids = await buried(store, b'"1"', b'"2"', b'"3"', key="k")
    later = await accepted(store, b'"4"', key="k")
    for one in reversed(ids):
        await store.write(lambda tx, one=one: dead.replay(tx, one, "ada"))
    order = []
    while jobs := await claimed(store):
        assert len(jobs) == 1, "one of a key at a time"
        order.append(jobs[0].id)
        await finished(store, jobs[0])
    assert order == [*ids, later]


@pytest.mark.parametrize("key", ["", "k"])
async def test_a_replay_may_be_put_off(store: Store, key: str) -> None:
    [one] = await buried(store, b'"1"', key=key)
    soon = SystemClock().wall() + 3600
    assert await store.write(lambda tx: dead.replay(tx, one, "ada", not_before=soon))
    assert await claimed(store) == []
    [row] = await _listed(store, JobFilter())
    assert (row.state, row.due_at) == ("waiting", soon)
    assert await store.write(lambda tx: dead.hurry(tx, one))
    assert [job.id for job in await claimed(store)] == [one]


async def test_a_discarded_letter_is_dead_no_more_and_goes_with_the_other_ended_ones(store: Store) -> None:
    [one, other] = await buried(store, b'"1"', b'"2"')
    await store.write(lambda tx: dead.edit(tx, one, b'"x"', "ada", SEAL))
    assert [await store.write(lambda tx: discard(tx, one, cause="a test order")) for _ in range(2)] == [True, False]
    story = await _story(store, one)
    assert (story.job.state, story.job.code, story.job.cause) == ("cancelled", "discarded", "a test order")
    assert [row.id for row in await _listed(store)] == [other]
    assert await store.write(lambda tx: remove_ended(tx, QUEUE, -60.0)) == 1
    with pytest.raises(NotFound):
        await _story(store, one)


async def test_a_skipped_head_lets_the_next_of_its_key_go_on(store: Store) -> None:
    first, second = [await accepted(store, b'"x"', key="k") for _ in range(2)]
    assert await store.write(lambda tx: dead.hold(tx, first))
    assert await claimed(store) == []
    assert await store.write(lambda tx: skip(tx, first, cause="it is in the way"))
    assert [job.id for job in await claimed(store)] == [second]
    [row] = await _listed(store)
    assert (row.id, row.code, row.cause) == (first, "skipped", "it is in the way")


async def test_a_held_job_does_not_run_until_it_is_let_go(store: Store) -> None:
    one, other = await accepted(store), await accepted(store)
    assert [await store.write(lambda tx: dead.hold(tx, one)) for _ in range(2)] == [True, False]
    [job] = await claimed(store)
    assert job.id == other
    assert await store.write(lambda tx: dead.hold(tx, other)) is False, "it runs"
    held = next(row for row in await _listed(store, JobFilter()) if row.id == one)
    assert held.due_at == HELD_UNTIL
    assert [await store.write(lambda tx: dead.hurry(tx, one)) for _ in range(2)] == [True, False]
    assert [job.id for job in await claimed(store)] == [one]


async def test_a_paused_queue_gives_nothing_out_and_others_do(store: Store) -> None:
    one, other = await accepted(store), await accepted(store, queue="files")
    assert [await store.write(lambda tx: dead.pause(tx, QUEUE, "ada")) for _ in range(2)] == [True, False]
    assert await store.read(dead.queue_names) == {QUEUE: "ada", "files": ""}
    assert await claimed(store) == []
    assert [job.id for job in await claimed(store, queue="files")] == [other]
    assert [await store.write(lambda tx: dead.resume(tx, QUEUE)) for _ in range(2)] == [True, False]
    assert [job.id for job in await claimed(store)] == [one]


async def test_how_many_there_are_and_since_when(store: Store) -> None:
    assert await store.read(dead.depth) == Depth(0, None)
    before = SystemClock().wall()
    await buried(store, b'"1"', b'"2"')
    found = await store.read(dead.depth)
    assert found.count == 2
    assert before <= (found.oldest_at or 0) <= SystemClock().wall()
    assert await store.read(lambda tx: dead.whereabouts(tx, "none")) == ("", "")


async def test_nothing_of_a_payload_lies_open(store: Store, tmp_path: Path) -> None:
    [one] = await buried(store, b'"canary-7391"')
    await store.write(lambda tx: dead.edit(tx, one, b'"canary-7391-b"', "ada", SEAL))
    assert _holding(tmp_path, b"canary-7391") == []


def _holding(folder: Path, text: bytes) -> list[Path]:
    """SQLite's files, its log among them; PostgreSQL has its own elsewhere."""
    return [path for path in folder.iterdir() if text in path.read_bytes()]
