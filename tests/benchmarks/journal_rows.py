"""A journal as large as one likes: entries of thirty days, with common and rare marks, and the searches in it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial

from bridge.store.journal import Entry, bounds_of, row_of
from bridge.store.journal_search import Filter
from bridge.store.schema.journal import journal
from bridge.store.sealing import Seal
from bridge.store.statement import Statement, Value
from bridge.store.store import Store
from bridge.store.tx import Tx

BEGAN, DAYS = 1_700_000_000.0, 30
LASTED_S = DAYS * 86400.0
BATCH = 5000
UPSTREAMS, OPERATIONS, KEYS, CUSTOMERS, CITIES = 10, 5, 50_000, 2000, 100
_INSERT = Statement(journal.insert())
_PAYLOAD = b'{"args":{"orderId":"%d","customer":"customer%d","lines":[%s]},"operation":"shop.CreateOrder"}'


async def fill(store: Store, count: int, *, first: int = 0, of: int | None = None, seal: Seal | None = None) -> None:
    """Entries `first` up to `first + count` of a month that holds `of` of them."""
    rng = random.Random(first)
    seal = seal or Seal(None)
    for begin in range(first, first + count, BATCH):
        rows = list(_rows(begin, min(BATCH, first + count - begin), of or count, rng, seal))
        await store.write(partial(_insert, rows=rows))


def _insert(tx: Tx, rows: list[dict[str, Value]]) -> None:
    tx.many(_INSERT, rows)


def _rows(begin: int, count: int, of: int, rng: random.Random, seal: Seal) -> Iterator[dict[str, Value]]:
    last = -1
    for n in range(begin, begin + count):
        entry = _entry(n, of, rng)
        last = max(last + 1, bounds_of(entry.at))
        yield row_of(entry, seal) | {"seq": last}


def _entry(n: int, of: int, rng: random.Random) -> Entry:
    upstream = f"up{min(int(rng.expovariate(0.6)), UPSTREAMS - 1)}"
    state = rng.choices(("done", "failed", "unknown"), (970, 25, 5))[0]
    order, customer, city = rng.randrange(10_000_000), rng.randrange(CUSTOMERS), rng.randrange(CITIES)
    return Entry(
        id=f"{n:026}",
        kind=rng.choices(("call", "webhook", "job", "schedule"), (700, 200, 99, 1))[0],
        upstream=upstream,
        operation=f"{upstream}.Op{rng.randrange(OPERATIONS)}",
        state=state,  # type: ignore[arg-type]  # one of the states, chosen by chance
        at=BEGAN + LASTED_S * n / of,
        correlation=f"{n:032x}",
        idempotency_key=f"key-{n}" if n % 3 == 0 else "",
        principal="web-shop",
        request=_PAYLOAD % (order, customer, b",".join(b'"sku%d"' % rng.randrange(9999) for _ in range(10))),
        status=200 if state == "done" else 504,
        code="" if state == "done" else "upstream_timeout",
        attempts=1,
        duration_s=rng.random(),
        text=f"order {order} customer{customer} city{city} status open web{' blocked' if n % 5000 == 0 else ''}",
        key=f"order:{rng.randrange(KEYS)}",
    )


def searches(count: int) -> dict[str, Callable[[random.Random], Filter]]:
    """Each search by its name, with marks by chance."""

    def hour(rng: random.Random) -> dict[str, float]:
        since = BEGAN + rng.random() * LASTED_S
        return {"since": since, "until": since + 3600}

    def upstream(rng: random.Random) -> str:
        return f"up{rng.randrange(UPSTREAMS)}"

    def customer(rng: random.Random) -> str:
        return f"customer{rng.randrange(CUSTOMERS)}"

    return {
        "the list, first page": lambda rng: Filter(),
        "an hour": lambda rng: Filter(**hour(rng)),
        "upstream": lambda rng: Filter(upstream=upstream(rng)),
        "upstream, an hour": lambda rng: Filter(upstream=upstream(rng), **hour(rng)),
        "operation": lambda rng: Filter(operation=f"{upstream(rng)}.Op{rng.randrange(OPERATIONS)}"),
        "kind, a rare one": lambda rng: Filter(kind="schedule"),
        "state": lambda rng: Filter(state=rng.choice(("done", "failed", "unknown"))),
        "state, nothing in it": lambda rng: Filter(state="aside"),
        "state and upstream": lambda rng: Filter(state="unknown", upstream=upstream(rng)),
        "key": lambda rng: Filter(key=f"order:{rng.randrange(KEYS)}"),
        "correlation": lambda rng: Filter(correlation=f"{rng.randrange(count):032x}"),
        "idempotency key": lambda rng: Filter(idempotency_key=f"key-{rng.randrange(count) // 3 * 3}"),
        "text, a word of all": lambda rng: Filter(text="order"),
        "text, a word of some": lambda rng: Filter(text=customer(rng)),
        "text, a rare word": lambda rng: Filter(text="blocked"),
        "text, a word of none": lambda rng: Filter(text="nowhere"),
        "text, two words": lambda rng: Filter(text=f"{customer(rng)} city{rng.randrange(CITIES)}"),
        "text, a beginning": lambda rng: Filter(text=f"{rng.randrange(1000, 10_000)}*"),
        "text, an hour": lambda rng: Filter(text=f"city{rng.randrange(CITIES)}", **hour(rng)),
        "text and upstream": lambda rng: Filter(text=f"city{rng.randrange(CITIES)}", upstream=upstream(rng)),
        "text and state": lambda rng: Filter(text=f"city{rng.randrange(CITIES)}", state="unknown"),
    }
