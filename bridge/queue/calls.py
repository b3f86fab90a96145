"""The handler of jobs of the kind `call`: one call of an operation, through the same layers as a call over REST.

The payload is JSON: `operation` (such as `shop.GetOrder`), `args`, and if wanted `principal` (the name of a key),
`idempotencyKey`, `headers` (those that are forwarded), `noCache`, and `ticket` (somebody comes back for the answer).
The answer is kept as the job's result.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from bridge.call import Call, JsonValue, Principal, Service, Trace
from bridge.clock import Clock
from bridge.contracts import Operation
from bridge.errors import CallError, DoesNotFit, NotFound, NotReady
from bridge.queue.handlers import Result
from bridge.shapes.json import dumps, loads
from bridge.store.ids import trace_id_of
from bridge.store.jobs import Job, NewJob

KIND = "call"
KEY_HEADER = "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class CallOrder:
    """What is to be called. `idempotency_key`: without one the job's own id, the same with each attempt. `afresh`:
    somebody wants it done again, whatever became of it before under that key."""

    operation: str
    args: JsonValue
    principal: str = ""
    idempotency_key: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    no_cache: bool = False
    ticket: bool = False
    afresh: bool = False

    def payload(self) -> bytes:
        value: dict[str, JsonValue] = {"operation": self.operation, "args": self.args}
        if self.principal:
            value["principal"] = self.principal
        if self.idempotency_key:
            value["idempotencyKey"] = self.idempotency_key
        if self.headers:
            value["headers"] = dict(self.headers)
        flags = (("noCache", self.no_cache), ("ticket", self.ticket), ("afresh", self.afresh))
        value |= {name: True for name, said in flags if said}
        return dumps(value).encode()

    def job(self, queue: str, *, key: str = "", dedupe: str = "", correlation: str = "") -> NewJob:
        return NewJob(
            queue, KIND, self.payload(), key=key, dedupe=dedupe, correlation=correlation, operation=self.operation
        )

    @classmethod
    def read(cls, payload: bytes) -> CallOrder:
        """Raises a member of CallError that does not get better by trying again."""
        value = loads(payload)
        if not isinstance(value, dict):
            raise DoesNotFit(cause="a call as a job is an object")
        texts = [value.get(name, "") for name in ("operation", "principal", "idempotencyKey")]
        operation, principal, key = (text if isinstance(text, str) else None for text in texts)
        if not operation or principal is None or key is None:
            raise DoesNotFit(cause="operation, principal and idempotencyKey of a call are texts")
        headers = value.get("headers", {})
        if not isinstance(headers, dict) or not all(isinstance(one, str) for one in headers.values()):
            raise DoesNotFit(cause="headers of a call are texts by their names")
        told = {name: str(one) for name, one in headers.items()}
        no_cache, ticket, afresh = (value.get(name) is True for name in ("noCache", "ticket", "afresh"))
        return cls(operation, value.get("args", {}), principal, key, told, no_cache, ticket, afresh)


@dataclass(frozen=True, slots=True)
class Calls:
    """The handler. What it needs of the rooms beside it is handed in: the layered service of an operation, the
    operation as it was declared, a principal by the name of its key."""

    service: Callable[[str], Service | None]
    operation: Callable[[str], Operation | None]
    principal: Callable[[str], Principal | None]
    clock: Clock
    deadline_s: Callable[[str], float]
    replayed: Callable[[str], Awaitable[bool]]
    """Whether a person had a job tried again."""

    async def __call__(self, job: Job) -> Result:
        order = CallOrder.read(job.payload)
        if self.operation(order.operation) is None:
            raise NotFound(cause=f"there is no operation {order.operation}")
        service = self.service(order.operation)
        if service is None:
            raise NotReady
        # Claimed again by itself it has no more right than before: only a person may go past what nobody knows.
        afresh = order.afresh or (job.fence > 1 and await self.replayed(job.id))
        reply = await service(self._call(job, order, afresh=afresh))
        if reply.stream is not None:
            await reply.stream.close()
        return Result(reply.body, status=reply.meta.status, ticket=order.ticket)

    def repeatable(self, job: Job) -> bool:
        """Whether it may be done twice: as the operation was declared."""
        try:
            operation = self.operation(CallOrder.read(job.payload).operation)
        except CallError:
            return True  # it is not called at all
        return operation is None or operation.safe or operation.idempotent

    def _call(self, job: Job, order: CallOrder, *, afresh: bool) -> Call:
        principal = self.principal(order.principal) if order.principal else None
        if order.principal and principal is None:
            raise NotFound(cause=f"there is no key {order.principal} any more")
        return Call(
            order.operation,
            order.args,
            self.clock.monotonic() + self.deadline_s(order.operation),
            _trace(job),
            principal=principal,
            idempotency_key=order.idempotency_key or job.id,
            key_field=(KEY_HEADER, order.idempotency_key or job.id),
            own_key=not order.idempotency_key,
            afresh=afresh,
            headers=order.headers,
            no_cache=order.no_cache,
            priority="background",
        )


def called(job: Job) -> str:
    """The operation of a job of this kind; "" when that cannot be read."""
    try:
        return CallOrder.read(job.payload).operation
    except CallError:
        return ""


def _trace(job: Job) -> Trace:
    """All attempts of a job are in one trace, in that of its cause where there is one."""
    span_id = hashlib.sha256(f"{job.id}:{job.fence}".encode()).hexdigest()[:16]
    return Trace(trace_id_of(job.correlation or job.id), span_id)
