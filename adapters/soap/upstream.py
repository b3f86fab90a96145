"""A SOAP service as an Upstream: one call is encode, send, translate, decode, and each step is a line here.

No layer lives here: nothing is cached, repeated or limited. Big bodies are worked on off the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from adapters.soap.client import UsernameTokenHeader, wsse_header
from adapters.soap.codec import Decoded, OperationCodec, Projection
from adapters.soap.config import SoapOperationSettings, SoapSettings
from adapters.soap.contract import Contract, OperationContract
from adapters.soap.documents_gather import Limits
from adapters.soap.endpoint import Endpoint, endpoint
from adapters.soap.http_answers import read_http_answer
from adapters.soap.kept import Kept
from adapters.soap.source import open_contract
from adapters.soap.translate import Reading, fault_status, read_answer, read_one_way
from adapters.soap.wire import Outgoing
from bridge.call import Call, JsonValue, Meta, Reply, Service
from bridge.clock import Clock
from bridge.contracts import Description, Emit, Envelopes, Example, Operation
from bridge.errors import CallError, ContractError, UpstreamInvalid, UpstreamTimeout, UpstreamUnreachable
from bridge.events import AnswerTolerated, ContractWarning, RequestTolerated, UpstreamCalled, UpstreamReady
from bridge.formats.xml.view import ViewOptions
from bridge.shapes import json
from bridge.transport.session import Answer, HttpSession

BIG_BYTES = 64_000
"""From here on a body is parsed and built in a thread: about the size at which it would hold the loop for a
millisecond."""
_OURS = {
    *("content-type", "content-length", "content-encoding", "transfer-encoding", "host", "soapaction"),
    *("connection", "keep-alive", "te", "trailer", "upgrade", "expect", "proxy-authorization", "proxy-connection"),
    *("traceparent", "tracestate", "user-agent", "accept-encoding"),
}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Flags:
    """What a person set for one operation. `faults`: name of a fault → HTTP status. `soap`: its own strictness."""

    safe: bool = False
    idempotent: bool = False
    faults: Mapping[str, int] = field(default_factory=dict)
    soap: SoapOperationSettings = field(default_factory=SoapOperationSettings)


@dataclass(frozen=True, slots=True)
class _Request:
    """What is about to be sent."""

    operation: str
    url: str
    out: Outgoing
    headers: dict[str, str]


class SoapUpstream:
    """An opened SOAP service."""

    def __init__(
        self,
        name: str,
        contract: Contract,
        settings: SoapSettings,
        session: HttpSession,
        *,
        flags: Mapping[str, Flags],
        clock: Clock,
        emit: Emit,
    ) -> None:
        self._name, self._contract, self._settings, self._session = name, contract, settings, session
        self._clock, self._emit, self._flags = clock, emit, flags
        self._projections: dict[ViewOptions, Projection] = {}
        self._chosen: dict[str, Projection] = {}
        ports = {op.port or contract.port for op in contract.operations.values()} | {contract.port}
        self._endpoints = {port.address: endpoint(port.address, settings) for port in ports}
        for one in self._endpoints.values():
            if one.trusted:
                session.trust(one.url)
        self._security: UsernameTokenHeader | None = wsse_header(settings.security, clock)
        self._operations = {
            op.name: self._offered(op, flags.get(op.name, Flags()))
            for op in contract.operations.values()
            if not op.problem
        }

    def _offered(self, op: OperationContract, flags: Flags) -> Operation:
        idempotent = flags.idempotent or flags.safe
        return Operation(self._name, op.name, flags.safe, idempotent, one_way=op.output is None, doc=op.doc)

    # ── what it offers ───────────────────────────────────────────────────────────────────────────────────────────

    @property
    def name(self) -> str:
        return self._name

    @property
    def title(self) -> str:
        return self._contract.port.service or self._name

    @property
    def doc(self) -> str:
        return self._contract.doc

    @property
    def warnings(self) -> tuple[str, ...]:
        unusable = [op for op in self._contract.operations.values() if op.problem]
        left_out = (f"{op.name} is left out: {op.problem}" for op in unusable)
        told = "\n".join(self._contract.warnings)
        lines = (*self._contract.warnings, *(line for line in left_out if line not in told))
        return (*lines, *self._endpoint_warnings(), *self.unsigned)

    @property
    def unsigned(self) -> tuple[str, ...]:
        """Operations that WS-Security cannot protect, in a line."""
        bare = [op.name for op in self._contract.operations.values() if op.http] if self._security else []
        return (f"without an envelope, so without security: {', '.join(bare[:20])}",) if bare else ()

    def _endpoint_warnings(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(line for one in self._endpoints.values() for line in one.warnings))

    def _endpoint(self, operation: str) -> Endpoint:
        port = self._contract.operations[operation].port or self._contract.port
        return self._endpoints[port.address]

    @property
    def operations(self) -> Mapping[str, Operation]:
        return self._operations

    def _settings_of(self, operation: str) -> SoapSettings:
        return self._settings.of(self._flags.get(operation, Flags()).soap)

    def _projection(self, operation: str) -> Projection:
        """One for all operations that are taken alike."""
        if operation not in self._chosen:
            view = self._settings_of(operation).view
            if view not in self._projections:
                self._projections[view] = Projection(self._contract, view)
            self._chosen[operation] = self._projections[view]
        return self._chosen[operation]

    def describe(self, operation: str) -> Description:
        """Raises ContractError for an operation that cannot be offered after all."""
        description = self._projection(operation).operation(operation).description
        statuses = self._flags.get(operation, Flags()).faults
        faults = tuple(replace(fault, status=fault_status(fault.name, statuses)) for fault in description.faults)
        return replace(description, faults=faults)

    def example(self, operation: str) -> Example:
        return self._projection(operation).operation(operation).example

    # ── calling ──────────────────────────────────────────────────────────────────────────────────────────────────

    def service(self, operation: str) -> Service:
        """The bare call. Raises members of CallError only."""
        settings, statuses = self._settings, self._flags.get(operation, Flags()).faults
        strict = self._settings_of(operation).strict_answers
        how = Reading(statuses, strict, settings.answer_max, settings.nodes_max)
        to = self._endpoint(operation)

        async def call_upstream(call: Call) -> Reply:
            codec = self._codec(operation)
            out = await self._encoded(codec, call.args, to)
            if out.bent:
                self._emit(RequestTolerated(self._name, operation, dict(out.bent)))
            headers = self._headers(out, call, to)
            return await self._exchange(codec, call, _Request(operation, out.url(to.url), out, headers), how)

        return call_upstream

    async def dry_run(self, operation: str, args: bytes) -> Envelopes:
        """What would be sent. Needs no network; secrets are masked."""
        codec, to = self._codec(operation), self._endpoint(operation)
        security = self._security.masked() if self._security and to.trusted else ""
        out = await asyncio.to_thread(_encode, codec, args, security)
        headers = (*self._session.masked_headers(to.url), *out.headers.items())
        return Envelopes(out.url(to.url), headers, out.body or b"", out.verb)

    async def close(self) -> None:
        await self._session.close()

    def _codec(self, operation: str) -> OperationCodec:
        try:
            return self._projection(operation).operation(operation)
        except ContractError as error:
            raise UpstreamInvalid(cause=error.detail[:200]) from error

    async def _encoded(self, codec: OperationCodec, args: bytes | JsonValue, to: Endpoint) -> Outgoing:
        security = self._security.fresh() if self._security and to.trusted else ""
        big = not isinstance(args, bytes) or len(args) > BIG_BYTES
        return await _worked(lambda: _encode(codec, args, security), off_loop=big)

    def _headers(self, out: Outgoing, call: Call, to: Endpoint) -> dict[str, str]:
        # What a caller sent us may be a credential too, so it goes where ours would go and nowhere else.
        theirs = call.headers.items() if to.trusted else ()
        forwarded = {name: value for name, value in theirs if name.lower() not in _OURS and _is_printable(value)}
        trace = {"traceparent": call.trace.header()} | ({"tracestate": call.trace.state} if call.trace.state else {})
        return {**forwarded, **out.headers, **trace}

    async def _exchange(self, codec: OperationCodec, call: Call, request: _Request, how: Reading) -> Reply:
        operation = request.operation
        started, answer, outcome = self._clock.monotonic(), None, "internal_error"
        duration_s = 0.0
        try:
            try:
                answer = await self._sent(request, call)
            finally:
                duration_s = self._clock.monotonic() - started
            reply = await self._reply(operation, codec, answer, how)
            outcome = "ok"
        except CallError as error:
            outcome = error.code
            raise
        except asyncio.CancelledError:
            outcome = "cancelled"
            raise
        else:
            return reply
        finally:
            status, received = (answer.status, answer.bytes_in) if answer else (0, 0)
            sent = len(request.out.body or b"")
            self._emit(UpstreamCalled(self._name, operation, call.attempt, status, outcome, duration_s, sent, received))

    async def _sent(self, request: _Request, call: Call) -> Answer:
        if not request.url:
            raise UpstreamUnreachable(cause="no_endpoint")
        left_s = call.deadline - self._clock.monotonic()
        if left_s <= 0:
            late: CallError = UpstreamTimeout(cause="deadline")
            late.outcome = "not_sent"
            raise late
        out = request.out
        return await self._session.send(out.verb, request.url, out.body, request.headers, timeout_s=left_s)

    async def _reply(self, operation: str, codec: OperationCodec, answer: Answer, how: Reading) -> Reply:
        now_s = self._clock.wall()
        big = len(answer.body) > BIG_BYTES
        if self._operations[operation].one_way:
            await _worked(lambda: read_one_way(answer, codec, how, now_s=now_s), off_loop=big)
            return Reply(b"", Meta(status=202))
        read = read_http_answer if codec.http else read_answer
        decoded: Decoded = await _worked(lambda: read(answer, codec, how, now_s=now_s), off_loop=big)
        if decoded.tolerances:
            self._emit(AnswerTolerated(self._name, operation, dict(decoded.tolerances)))
        return Reply((decoded.json or "").encode(), Meta(tolerances=decoded.tolerances))


async def _worked(work: Callable[[], T], *, off_loop: bool) -> T:
    return await asyncio.to_thread(work) if off_loop else work()


def _encode(codec: OperationCodec, args: bytes | JsonValue, security: str) -> Outgoing:
    given = not isinstance(args, bytes) or bool(args.strip())
    value = json.loads(args) if isinstance(args, bytes) and given else None if isinstance(args, bytes) else args
    return codec.request(value, given=given, headers=security)


def _is_printable(value: str) -> bool:
    return all(char.isprintable() or char == "\t" for char in value)


async def open_upstream(
    name: str,
    settings: SoapSettings,
    flags: Mapping[str, Flags],
    *,
    state_dir: Path | None,
    clock: Clock,
    emit: Emit,
    slots: asyncio.Semaphore | None = None,
) -> tuple[SoapUpstream, UpstreamReady]:
    """Gets the contract and opens the upstream. Raises ContractError or ConfigError.

    The event is for whoever makes it ready to be asked: its routes may not stand yet.

    `state_dir` None keeps nothing on disk; `slots` bounds how many contracts are derived at once.
    """
    started = clock.monotonic()
    session = HttpSession(settings, trusted=settings.configured)
    try:
        contract, from_disk = await open_contract(
            settings.wsdl,
            fetch=session.get,
            clock=clock,
            kept=Kept(state_dir) if state_dir else None,
            resolve_map=settings.resolve,
            service=settings.service,
            port=settings.port,
            every_port=settings.port is None,
            refresh=settings.refresh,
            rewrite=settings.rewrite,
            allow_imports=settings.allow_imports,
            tolerate_missing=settings.tolerate_missing,
            limits=Limits(count_max=settings.documents_max, bytes_max=settings.documents_bytes_max),
            slots=slots,
        )
        upstream = SoapUpstream(name, contract, settings, session, flags=flags, clock=clock, emit=emit)
    except BaseException:
        await session.close()
        raise
    for line in upstream.warnings:
        emit(ContractWarning(name, line))
    return upstream, UpstreamReady(name, len(upstream.operations), from_disk, clock.monotonic() - started)
