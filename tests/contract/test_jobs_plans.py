"""What a claim costs does not grow with what waits: every statement goes along an index, and their number stays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from sqlalchemy import bindparam, insert, text

from bridge.store import dead, jobs, jobs_accept, jobs_claim, jobs_end, jobs_keep, jobs_line, jobs_takeover
from bridge.store.job_states import STATES
from bridge.store.jobs import Lease, NewJob, Terms
from bridge.store.schema.jobs import HEAD, IN_LINE, NEW
from bridge.store.schema.jobs import jobs as table
from bridge.store.statement import Compiled, Statement
from bridge.store.tx import Tx
from bridge.store.url import Kind
from tests.contract.jobs_world import SEAL, Jobs, opened

EACH = 3000
NAMES = ("id", "queue", "state", "due_at", "payload", "key", "turn", "lease_until", "ended_at")
FILL = Statement(insert(table).values({name: bindparam(name) for name in NAMES}))
ONE = '["k1"]'
PLANS: dict[str, tuple[Statement, dict[str, Any]]] = {
    "due": (jobs_claim._DUE, {"now": 1.0}),
    "claim": (jobs_claim._CLAIM, {"now": 1.0, "by": "w", "until": 2.0}),
    "next_due": (jobs_claim._NEXT_DUE, {}),
    "running": (jobs_claim._RUNNING, {}),
    "new": (jobs_line._NEW, {}),
    "held": (jobs_line._HELD, {"list": ONE}),
    "free_each": (jobs_line._FREE_EACH, {"list": ONE, "now": 1.0}),
    "headless": (jobs_line._HEADLESS, {"k": "k1"}),
    "expired": (jobs_takeover._EXPIRED, {"now": 1.0, "never": 1e12}),
    "renew": (jobs_takeover._RENEW, {"of_id": "i", "of_fence": 1, "until": 1.0}),
    "finish": (jobs_end._FINISH, {"of_id": "i", "of_fence": 1, "now": 1.0, "answer": b"", "why_code": ""}),
    "finish_many": (jobs_end._FINISH_MANY, {"list": '[["i",1]]', "now": 1.0}),
    "retry": (jobs_end._RETRY, {"of_id": "i", "of_fence": 1, "at": 1.0, "why_code": "", "why": ""}),
    "bury": (jobs_end._BURY, {"of_id": "i", "of_fence": 1, "now": 1.0, "why_code": "", "why": ""}),
    "cancel": (jobs_end._CANCEL, {"of_id": "i", "now": 1.0, "why_code": "", "why": ""}),
    "old": (jobs_keep._OLD, {"in_state": "done", "before": 1.0}),
    "oldest": (jobs_keep._OLDEST, {}),
    "known": (jobs_accept._REMEMBERED, {"d": "d"}),
}

PLANS |= {f"queues {state}": (next_queue, {"after": "a"}) for state, next_queue in dead._NEXT_QUEUE.items()}
ENDS = {"oldest": "ix_jobs_ready_age", "next_due": "ix_jobs_waiting"}
"""Asked by each worker every few seconds, however much waits."""


class Explained(Statement):
    """Tells how it would be run."""

    def compiled(self, kind: Kind) -> Compiled:
        plain = super().compiled(kind)
        return Compiled(f"EXPLAIN {'QUERY PLAN ' if kind == 'sqlite' else ''}{plain.sql}", plain.values)


def rows() -> list[dict[str, Any]]:
    made = []
    for state in STATES:
        for number in range(EACH if state != "running" else 50):
            blocked, ended = state == "blocked", state in {"done", "dead", "cancelled"}
            made.append(
                {
                    "id": f"{state}{number}",
                    "queue": f"q{number % 2}",
                    "state": state,
                    "due_at": 1e9 + number,
                    "payload": b"\0\0\0\0\0",
                    "key": f"k{number % 100}" if blocked else "",
                    "turn": (NEW if number % 50 == 0 else IN_LINE) if blocked else 0,
                    "lease_until": 1e10 if state == "running" else None,
                    "ended_at": 1e9 + number if ended else None,
                }
            )
    made += [{**made[0], "id": f"head{n}", "key": f"h{n}", "turn": HEAD, "state": "ready"} for n in range(100)]
    return made


@pytest.fixture
async def world(store_url: str) -> AsyncIterator[Jobs]:
    made = await opened(store_url)
    yield made
    await made.store.close()


async def test_every_statement_goes_along_an_index(world: Jobs) -> None:
    await world.store.write(lambda tx: tx.many(FILL, rows()))
    await world.store.write(lambda tx: tx.run(Statement(text("ANALYZE"))))

    def plan(tx: Tx, statement: Statement, values: dict[str, Any]) -> str:
        asked = {**values, **{name: value for name, value in (("q", "q1"), ("limit", 10)) if _takes(statement, name)}}
        return "\n".join(str(row[-1]) for row in tx.rows(Explained(statement._of), **asked))

    def _takes(statement: Statement, name: str) -> bool:
        sql = statement.compiled(cast("Kind", world.store.kind)).sql
        return f":{name}" in sql or f"%({name})s" in sql

    for name, (statement, values) in PLANS.items():
        told = await world.store.write(lambda tx, s=statement, v=values: plan(tx, s, v))  # type: ignore[misc]  # mypy knows no default here
        assert "Seq Scan on jobs" not in told, f"{name}:\n{told}"
        assert "SCAN jobs" not in told.replace("SCAN jobs USING INDEX", "").replace("SCAN jobs USING COVERING", ""), (
            f"{name}:\n{told}"
        )
        assert "TEMP B-TREE" not in told, f"{name}:\n{told}"
        assert name not in ENDS or ENDS[name] in told, f"{name} reads more than the end of an index:\n{told}"


class Counting:
    """A Tx that counts what is asked of it."""

    def __init__(self, tx: Tx) -> None:
        self._tx, self.count = tx, 0

    def __getattr__(self, name: str) -> Any:
        if name in {"run", "rows", "one", "later", "many", "select"}:
            self.count += 1
        return getattr(self._tx, name)


async def counted(world: Jobs, unit: Any) -> int:
    def run(tx: Tx) -> int:
        counting = Counting(tx)
        unit(cast("Tx", counting))
        return counting.count

    return await world.store.write(run)


async def test_the_number_of_statements_does_not_grow_with_what_waits(world: Jobs) -> None:
    def work(tx: Tx) -> None:
        claimed = jobs.claim(tx, world.queue, "w", 10, 30.0, SEAL, Terms(concurrency=1000, rate_per_s=1e6))
        assert len(claimed) == 10
        assert len(jobs.done_many(tx, [Lease(job.id, job.fence) for job in claimed])) == 10

    found = []
    for pending in (20, 2000):
        world.queue = f"of {pending}"
        job = NewJob(world.queue, "kind", b"")
        await world.store.write(lambda tx, n=pending, job=job: [jobs.enqueue(tx, job, SEAL) for _ in range(n)])  # type: ignore[misc]  # mypy knows no default here
        await counted(world, work)  # the first claim of a queue also makes its row
        found.append(await counted(world, work))
    assert found[0] == found[1] <= 10


@pytest.mark.parametrize(
    ("more", "statements"), [({}, 1), ({"key": "k"}, 1), ({"priority": 3}, 1), ({"dedupe": "d"}, 2)]
)
async def test_accepting_is_one_statement(world: Jobs, more: dict[str, Any], statements: int) -> None:
    for _ in range(20):
        await world.put(key="k")
    job = NewJob("q", "kind", b"", **more)
    assert await counted(world, lambda tx: jobs.enqueue(tx, job, SEAL)) == statements
