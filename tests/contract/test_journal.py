"""What the journal promises on every store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

import pytest

from bridge.errors import BadRequest, StoreError
from bridge.store.journal import KINDS, Entry, Settled, load, note, put, row_of, settle
from bridge.store.journal_search import Filter, counts, find
from bridge.store.schema.journal import journal
from bridge.store.sealing import Seal
from bridge.store.statement import Statement
from bridge.store.store import Store

SEAL = Seal(bytes(range(32)))
FULL = Entry(
    id="01m00000000000000000000000",
    kind="call",
    upstream="shop",
    operation="shop.CreateOrder",
    state="sent",
    at=1_700_000_000.5,
    correlation="t" * 32,
    idempotency_key="k1",
    principal="web",
    request=b'{"args":{"orderId":1}}' * 50,
    answer=b"{}",
    status=200,
    code="c",
    outcome="applied",
    attempts=2,
    duration_s=0.25,
    text="ada 4711",
    key="order:1",
    node="n1",
)


async def _noted(store: Store, entries: Iterable[Entry]) -> list[str]:
    return await store.write(lambda tx: [note(tx, one, SEAL) for one in entries])


async def _found(store: Store, wanted: Filter, after: str = "", limit: int = 50) -> list[str]:
    return [one.id for one in (await store.read(lambda tx: find(tx, wanted, after, limit))).items]


def _entry(n: int, **changes: object) -> Entry:
    return replace(Entry(id=f"e{n:05}", kind="call", at=1_700_000_000.0 + n), **changes)


async def test_an_entry_comes_back_as_it_was(store: Store) -> None:
    await _noted(store, [FULL])
    loaded = await store.read(lambda tx: load(tx, FULL.id, SEAL))
    assert loaded is not None
    assert replace(loaded, size=0) == replace(FULL, node="")
    (listed,) = (await store.read(lambda tx: find(tx, Filter()))).items
    assert replace(listed, size=0) == replace(FULL, node="", request=b"", answer=b"", text="")
    assert await store.read(lambda tx: load(tx, "nobody", SEAL)) is None


async def test_an_entry_without_id_and_time_is_given_them(store: Store) -> None:
    (made,) = await _noted(store, [Entry(id="", kind="file")])
    loaded = await store.read(lambda tx: load(tx, made, SEAL))
    assert loaded is not None
    assert len(made) == 26
    assert loaded.at > 1_700_000_000


async def test_what_became_of_it_is_settled_once(store: Store) -> None:
    await _noted(store, [FULL])
    told = Settled("failed", "unknown", 504, "upstream_timeout", 3, 1.5, b'{"title":"x"}', "blocked by ledger")
    assert await store.write(lambda tx: settle(tx, FULL.id, told, SEAL))
    assert not await store.write(lambda tx: settle(tx, FULL.id, Settled("done"), SEAL))
    assert not await store.write(lambda tx: settle(tx, "nobody", told, SEAL))
    loaded = await store.read(lambda tx: load(tx, FULL.id, SEAL))
    assert loaded is not None
    assert (loaded.state, loaded.outcome, loaded.status, loaded.code) == ("failed", "unknown", 504, "upstream_timeout")
    assert (loaded.attempts, loaded.duration_s, loaded.answer) == (3, 1.5, b'{"title":"x"}')
    assert await _found(store, Filter(text="ledger 4711")) == [FULL.id]


async def test_settled_without_an_answer_the_one_before_stays(store: Store) -> None:
    await _noted(store, [FULL])
    await store.write(lambda tx: settle(tx, FULL.id, Settled("done"), SEAL))
    loaded = await store.read(lambda tx: load(tx, FULL.id, SEAL))
    assert loaded is not None
    assert (loaded.answer, loaded.text) == (b"{}", "ada 4711")


@pytest.mark.parametrize(
    "wanted",
    [
        Filter(kind="file"),
        Filter(upstream="crm"),
        Filter(operation="crm.Get"),
        Filter(state="failed"),
        Filter(key="order:7"),
        Filter(correlation="t7"),
        Filter(idempotency_key="i7"),
        Filter(since=1_700_000_007.0, until=1_700_000_008.0),
        Filter(text="ada"),
        Filter(text="ADA, 47*"),
        Filter(kind="file", state="failed", upstream="crm", operation="crm.Get", text="ada", key="order:7"),
        Filter(text="ada", since=1_700_000_007.0, until=1_700_000_007.001),
    ],
    ids=str,
)
async def test_it_is_found_by_each_mark_and_by_all_of_them(store: Store, wanted: Filter) -> None:
    seventh = {
        "kind": "file",
        "upstream": "crm",
        "operation": "crm.Get",
        "state": "failed",
        "key": "order:7",
        "correlation": "t7",
        "idempotency_key": "i7",
        "text": "ada 4711",
    }
    entries = [_entry(n, **(seventh if n == 7 else {"text": "bob", "state": "done"})) for n in range(20)]
    await _noted(store, entries)
    assert await _found(store, wanted) == ["e00007"]


async def test_words_and_marks_together_find_what_each_of_them_would(store: Store) -> None:
    entries = [
        _entry(n, upstream=f"Up-{n % 2}", operation=f"Up-{n % 2}.Get Ö'{n % 3}", state="sent", text="ada")
        for n in range(12)
    ]
    await _noted(store, entries)
    await store.write(lambda tx: [settle(tx, f"e{n:05}", Settled("unknown"), SEAL) for n in range(6)])
    await store.write(lambda tx: [settle(tx, f"e{n:05}", Settled("done"), SEAL) for n in range(3)])
    assert await _found(store, Filter(text="ada", upstream="Up-1")) == [f"e{n:05}" for n in (11, 9, 7, 5, 3, 1)]
    assert await _found(store, Filter(text="ada", operation="Up-1.Get Ö'1")) == ["e00007", "e00001"]
    assert await _found(store, Filter(text="ada", state="unknown")) == ["e00005", "e00004", "e00003"]
    assert await _found(store, Filter(text="ada", state="done")) == ["e00002", "e00001", "e00000"]
    assert await _found(store, Filter(text="ada", kind="file")) == []
    assert await _found(store, Filter(text="state unknown")) == []


async def test_a_list_is_walked_page_by_page_while_more_comes_in(store: Store) -> None:
    await _noted(store, [_entry(n, text="ada") for n in range(25)])
    for wanted in (Filter(), Filter(text="ada"), Filter(kind="call")):
        seen: list[str] = []
        after = ""
        while True:
            page = await store.read(partial(find, wanted=wanted, after=after, limit=10))
            seen += [one.id for one in page.items]
            await _noted(store, [_entry(1000, id="", text="ada")])
            after = page.next
            if not after:
                break
        assert [one for one in seen if one.startswith("e0")] == [f"e{n:05}" for n in reversed(range(25))]
        await store.write(lambda tx: tx.run(Statement(journal.delete().where(journal.c.at > 1_700_000_999.0))))


async def test_many_of_the_same_millisecond_find_a_place(store: Store) -> None:
    await _noted(store, [_entry(n, at=1_700_000_000.0) for n in range(2000)])
    (count,) = await store.read(counts)
    assert count.states == {"received": 2000}


@pytest.mark.parametrize("after", ["zz", "-1", "f" * 17, "1_0" * 20, "f" * 16])
async def test_a_cursor_that_is_none_is_refused(store: Store, after: str) -> None:
    with pytest.raises(BadRequest, match="no place in a list"):
        await _found(store, Filter(), after)


@pytest.mark.parametrize("at", [-1.0, 0.0, 1e300, float("inf")])
async def test_times_that_nobody_lived_find_nothing_and_do_no_harm(store: Store, at: float) -> None:
    await _noted(store, [FULL])
    assert await _found(store, Filter(since=at)) == ([FULL.id] if at <= 0 else [])
    assert await _found(store, Filter(until=at)) == ([] if at <= 0 else [FULL.id])


@pytest.mark.parametrize("text", ['" OR 1', "a' | b", "NEAR(a b)", "a:*b & !c", "%s {} \\", "text: x"])
async def test_a_search_is_words_and_never_a_query(store: Store, text: str) -> None:
    await _noted(store, [FULL])
    assert await _found(store, Filter(text=text)) == []


async def test_a_text_that_a_database_cannot_keep_does_no_harm(store: Store) -> None:
    await _noted(store, [replace(FULL, text="ada\0bob \ud800", key="a\0b", idempotency_key="\udfff")])
    assert await _found(store, Filter(key="ab")) == [FULL.id]


async def test_counts_are_by_kind_and_state(store: Store) -> None:
    await _noted(store, [_entry(n, kind=KINDS[n % 2], state="done" if n % 3 else "failed") for n in range(12)])
    told = {one.kind: one for one in await store.read(counts)}
    assert told["call"].states == {"done": 4, "failed": 2}
    assert told["job"].bytes > 6 * 500


async def test_a_payload_in_another_row_is_refused(store: Store) -> None:
    await _noted(store, [FULL, replace(FULL, id="other")])
    row = row_of(FULL, SEAL)
    moved = Statement(journal.update().where(journal.c.id == "other").values(request=row["request"]))
    await store.write(lambda tx: tx.run(moved))
    with pytest.raises(StoreError, match=r"journal\.request:other .*moved"):
        await store.read(lambda tx: load(tx, "other", SEAL))


async def test_a_prepared_row_is_the_same_entry(store: Store) -> None:
    row = row_of(FULL, SEAL)
    assert await store.write(lambda tx: put(tx, row)) == FULL.id
    assert await _found(store, Filter(key="order:1")) == [FULL.id]
