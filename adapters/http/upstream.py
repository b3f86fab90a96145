"""An HTTP system as an Upstream: what it offers, and how one call goes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from adapters.http.config import BODILESS, HttpRequestSettings, HttpSettings
from adapters.http.translate import Request, body_of, request_of
from bridge.call import Call, JsonValue, Meta, Reply, Service
from bridge.clock import Clock
from bridge.contracts import Description, Emit, Envelopes, Example, Operation
from bridge.errors import CallError, UpstreamTimeout
from bridge.events import UpstreamCalled
from bridge.shapes.json import dumps, loads
from bridge.shapes.model import AnyJson, Described, Field, Kind, ListOf, Record, Scalar, Union
from bridge.shapes.samples import sample
from bridge.transport.quota import heard
from bridge.transport.session import HttpSession

_SIMPLE = Union((Scalar(Kind.STRING), Scalar(Kind.DECIMAL), Scalar(Kind.BOOLEAN)))


class HttpUpstream:
    """An opened HTTP system."""

    def __init__(
        self,
        name: str,
        settings: HttpSettings,
        session: HttpSession,
        operations: Mapping[str, tuple[Operation, HttpRequestSettings]],
        *,
        clock: Clock,
        emit: Emit,
    ) -> None:
        self._name, self._settings, self._session = name, settings, session
        self._requests = {name: request for name, (_, request) in operations.items()}
        self._clock, self._emit = clock, emit
        self.operations: Mapping[str, Operation] = {name: one for name, (one, _) in operations.items()}

    @property
    def name(self) -> str:
        return self._name

    @property
    def title(self) -> str:
        return self._name

    @property
    def doc(self) -> str:
        return ""

    @property
    def warnings(self) -> tuple[str, ...]:
        return ()

    @property
    def refused(self) -> bool:
        return False

    def describe(self, operation: str) -> Description:
        request = self._requests[operation]
        fields = (
            *(Field(name, _SIMPLE, required=True) for name in request.parameters),
            *(Field(name, ListOf(_SIMPLE)) for name in request.query),
        )
        taken = Record(fields, open=request.method not in BODILESS)
        return Description(Described(taken), Described(AnyJson()))

    def example(self, operation: str) -> Example:
        return Example(dumps(sample(self.describe(operation).input)).encode(), b"{}")

    def service(self, operation: str) -> Service:
        return partial(self._call, self.operations[operation], self._requests[operation])

    async def dry_run(self, operation: str, args: bytes) -> Envelopes:
        request = request_of(self._requests[operation], _read(args))
        url = self._settings.base + request.target
        headers = (*_headers(request).items(), *self._session.masked_headers(url))
        return Envelopes(url, headers, request.body or b"", request.method)

    async def close(self) -> None:
        await self._session.close()

    async def _call(self, operation: Operation, settings: HttpRequestSettings, call: Call) -> Reply:
        request = request_of(settings, _read(call.args) if isinstance(call.args, bytes) else call.args)
        url = self._settings.base + request.target
        began = self._clock.monotonic()
        left_s = call.deadline - began
        if left_s <= 0:
            late = UpstreamTimeout(cause="deadline")
            late.outcome = "not_sent"
            raise late
        headers = {**_headers(request), **call.headers, "traceparent": call.trace.header()}
        status = received = 0
        outcome = "internal_error"
        try:
            answer = await self._session.send(request.method, url, request.body, headers, timeout_s=left_s)
            status, received = answer.status, answer.bytes_in
            now_s = self._clock.wall()
            with heard(status, answer.headers, now_s) as quota:
                body = body_of(answer, operation, now_s=now_s)
            outcome = "ok"
        except CallError as error:
            outcome = error.code
            raise
        finally:
            took_s = self._clock.monotonic() - began
            sent = len(request.body or b"")
            self._emit(
                UpstreamCalled(self._name, operation.name, call.attempt, status, outcome, took_s, sent, received)
            )
        return Reply(body, Meta(status=200 if body else 204, quota=quota))


def _headers(request: Request) -> dict[str, str]:
    typed = {"Content-Type": "application/json"} if request.body is not None else {}
    return {"Accept": "application/json", **typed}


def _read(args: bytes) -> JsonValue:
    return loads(args) if args else {}
