"""One job run once by its handler, and what that comes to. It knows no queue and no lease."""

from __future__ import annotations

import asyncio
import random
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from bridge.clock import Clock
from bridge.contracts import Emit
from bridge.errors import CallError
from bridge.events import InternalError
from bridge.queue.handlers import Handlers, Kind
from bridge.queue.policy import decide
from bridge.queue.settings import QueueSettings
from bridge.queue.worker_ends import End, Hold
from bridge.store.jobs import begin
from bridge.store.sealing import Seal
from bridge.store.store import Store

NO_HANDLER, BUG, UNKNOWN = "no_handler", "internal_error", "outcome_unknown"
_CUT = "it was stopped on the way, and must not be repeated: nobody knows whether it was done"


def _same(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Workbench:
    """What a worker works with. `mask` takes secrets out of a text; `journaled`: runs have entries in the journal."""

    store: Store
    seal: Seal
    handlers: Handlers
    clock: Clock
    emit: Emit
    name: str
    mask: Callable[[str], str] = _same
    rng: random.Random = field(default_factory=random.SystemRandom)
    journaled: bool = False


async def run(bench: Workbench, hold: Hold, settings: QueueSettings) -> End | None:
    """None: nobody is to be told, the lease is lost."""
    kind = bench.handlers.find(hold.job.kind)
    if kind is None:
        return End(hold, "dead", code=NO_HANDLER, cause=f"nothing here handles jobs of the kind {hold.job.kind!r}")
    try:
        repeatable = kind.repeatable(hold.job)
    except Exception as error:  # noqa: BLE001  whatever a handler of ours does wrong: told, and the job is kept
        return _bug(bench, hold, error)
    began, begun = bench.clock.monotonic(), False
    try:
        if not repeatable or hold.job.lost:  # of what was lost once it must be known whether it was the cause
            begin_it = partial(begin, job_id=hold.job.id, fence=hold.job.fence, repeatable=repeatable)
            if not await bench.store.write(begin_it):
                return None
            begun = not repeatable
        end = await _handled(bench, hold, kind, settings, repeatable=repeatable)
    except asyncio.CancelledError:
        if not hold.why:
            if _asked_to_end():
                raise
            return End(hold, "dead", code=BUG, cause="its handler cancelled itself")
        return _cut(hold, begun=begun)
    took_s = bench.clock.monotonic() - began
    return replace(end, duration_s=took_s)


async def _handled(bench: Workbench, hold: Hold, kind: Kind, settings: QueueSettings, *, repeatable: bool) -> End:
    job = hold.job
    try:
        return End(hold, "done", await kind.handler(job))
    except CallError as error:
        most = settings.retry.attempts if job.attempts_max is None else job.attempts_max
        verdict = decide(error, job.attempt, most, settings.retry, bench.rng, repeatable=repeatable)
        cause = bench.mask(f"{error.detail}: {error.cause}" if error.cause else error.detail)
        if verdict.again_in_s is None:
            return End(hold, "dead", code=error.code, cause=cause, brief=error.title, error=error)
        return End(hold, "again", again_in_s=verdict.again_in_s, code=error.code, cause=cause, brief=error.title)
    except Exception as error:  # noqa: BLE001  whatever a handler of ours does wrong: told, and the job is kept
        return _bug(bench, hold, error)


def _bug(bench: Workbench, hold: Hold, error: Exception) -> End:
    told = "".join(traceback.format_exception(error))
    bench.emit(InternalError(f"job {hold.job.id} of the kind {hold.job.kind}", bench.mask(told)))
    name = type(error).__name__
    return End(hold, "dead", code=BUG, cause=bench.mask(f"{name}: {error}"), brief=name)


def _asked_to_end() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _cut(hold: Hold, *, begun: bool) -> End | None:
    if hold.why == "lost":
        return None
    if hold.why == "asked":
        return End(hold, "stopped", code="cancelled", cause=_CUT if begun else "it was cancelled while it ran")
    if begun:
        return End(hold, "dead", code=UNKNOWN, cause=_CUT)
    return End(hold, "given_back")
