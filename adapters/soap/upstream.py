"""A SOAP service as an Upstream: what it offers. How it is opened is in upstream_opening.py, how one call goes in
calling.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from secrets import token_hex

from adapters.soap.around_body import around_bodies
from adapters.soap.attachments.check import files_unfit
from adapters.soap.attachments.travel import Travel
from adapters.soap.calling import Around, Calling
from adapters.soap.codec import OperationCodec, Projection
from adapters.soap.config import SoapOperationSettings, SoapSettings
from adapters.soap.contract import Contract, OperationContract
from adapters.soap.endpoint import Endpoint, endpoint
from adapters.soap.header_blocks import HeaderForm
from adapters.soap.judging import Rules, Unfit, unfit
from adapters.soap.lockout import Lockout, passwords
from adapters.soap.rows_path import chosen, lists, row_of
from adapters.soap.security.decrypting import Bounds
from adapters.soap.security.demands import unmet
from adapters.soap.security.protection import open_security
from adapters.soap.session_check import session_unfit
from adapters.soap.sessioned import Sessioned
from adapters.soap.sessions import Sessions, own_operations
from adapters.soap.translate import Reading, fault_status
from bridge.call import Service
from bridge.clock import Clock
from bridge.contracts import Description, Emit, Envelopes, Example, Operation, RowsInfo
from bridge.errors import ContractError, UpstreamInvalid
from bridge.formats.xml.view import ViewOptions
from bridge.rules.settings import FailRule
from bridge.shapes.model import Described
from bridge.transport.session import HttpSession


@dataclass(frozen=True, slots=True)
class Flags:
    """What a person set for one operation. `faults`: what tells a fault → HTTP status. `soap`: its own strictness.
    `fail_when`: which of its answers say that they failed. `rows`: the list of its answer that may leave row by row."""

    safe: bool = False
    idempotent: bool = False
    faults: Mapping[str, int] = field(default_factory=dict)
    soap: SoapOperationSettings = field(default_factory=SoapOperationSettings)
    fail_when: tuple[FailRule, ...] = ()
    rows: str = ""


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
        fail_when: tuple[FailRule, ...] = (),
    ) -> None:
        self._rules = Rules({name: one.fail_when for name, one in flags.items() if one.fail_when}, fail_when)
        self._name, self._contract, self._settings, self._session = name, contract, settings, session
        self._clock, self._emit, self._flags = clock, emit, flags
        self._projections: dict[tuple[ViewOptions, HeaderForm], Projection] = {}
        self._chosen: dict[str, Projection] = {}
        ports = {op.port or contract.port for op in contract.operations.values()} | {contract.port}
        self._endpoints = {port.address: endpoint(port.address, settings) for port in ports}
        for one in self._endpoints.values():
            if one.trusted:
                session.trust(one.url)
        bounds = Bounds(settings.answer_max, settings.nodes_max)
        self._security = open_security(settings.security, clock, bounds)
        self._lockout = Lockout(name, settings, clock, emit) if passwords(settings) else None
        # Now, so that a secret that cannot be had is found before the first call.
        self._bodies = around_bodies(settings, {name: one.soap for name, one in flags.items()}, contract)
        self._usable = [op.name for op in contract.operations.values() if not op.problem]
        self._sessions = self._opened_sessions()
        hidden = own_operations(settings.session, {name: flags[name] for name in flags})
        self._operations = {
            name: self._offered(contract.operations[name], flags.get(name, Flags()))
            for name in self._usable
            if name not in hidden
        }

    def _opened_sessions(self) -> Sessions | None:
        settings = self._settings.session
        if settings is None or settings.login not in self._usable:
            return None
        return Sessions(
            self._name,
            settings,
            self._session,
            make=self._calling,
            codec=lambda operation: self._projection(operation).operation(operation),
            trusted=lambda operation: self._endpoint(operation).trusted,
            clock=self._clock,
            emit=self._emit,
        )

    def _offered(self, op: OperationContract, flags: Flags) -> Operation:
        idempotent = flags.idempotent or flags.safe
        one_way = op.output is None or self._bodies[op.name].answers_elsewhere
        return Operation(self._name, op.name, flags.safe, idempotent, one_way=one_way, doc=op.doc)

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
        return (*lines, *self._endpoint_warnings(), *self.unsigned, *map(str, self.unfit))

    @property
    def unfit(self) -> tuple[Unfit, ...]:
        """Rules on answers that no answer can ever meet, and files that none has."""
        files = {name: self._flags[name].soap.file_of_answer for name in self._usable if name in self._flags}
        return (*unfit(self._rules, self._usable, self._output), *files_unfit(files, self._output))

    @property
    def session_unfit(self) -> tuple[Unfit, ...]:
        """What of the configured session this service does not have."""
        settings = self._settings.session
        codecs = {name: partial(self._codec, name) for name in self._usable} if settings else {}
        return tuple(session_unfit(settings, codecs)) if settings else ()

    @property
    def refused(self) -> bool:
        """Whether the service refuses our password at the moment."""
        return any(one is not None and one.refused for one in (self._lockout, self._sessions))

    def require_session(self) -> None:
        """Raises ContractError when calls would need a session that this service cannot give."""
        if wrong := self.session_unfit:
            raise ContractError("; ".join(map(str, wrong)))

    @property
    def unsigned(self) -> tuple[str, ...]:
        """What is to be known of security: what the WSDL asks for and is not configured, operations that WS-Security
        cannot protect, certificates that end."""
        lacking = unmet(self._contract.security, self._settings, self._endpoints[self._contract.port.address].url)
        if self._security is None:
            return lacking
        bare = [op.name for op in self._contract.operations.values() if op.http]
        lines = (f"without an envelope, so without security: {', '.join(bare[:20])}",) if bare else ()
        return (*lacking, *lines, *self._security.warnings)

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
            settings = self._settings_of(operation)
            options = settings.view, HeaderForm.of(settings.headers, security=settings.security is not None)
            if options not in self._projections:
                self._projections[options] = Projection(self._contract, *options)
            self._chosen[operation] = self._projections[options]
        return self._chosen[operation]

    def describe(self, operation: str) -> Description:
        """Raises ContractError for an operation that cannot be offered after all."""
        description = self._projection(operation).operation(operation).description
        statuses = self._flags.get(operation, Flags()).faults
        faults = tuple(replace(fault, status=fault_status(fault.name, statuses)) for fault in description.faults)
        failures = self._rules.failures(operation, description, statuses)
        told = replace(description, faults=faults, failures=failures, rows=self._row_info(operation, description))
        return self._sessions.described(operation, told) if self._sessions else told

    def lists(self, operation: str) -> tuple[str, ...]:
        """The lists of an answer that may be named as its rows."""
        output = self._projection(operation).operation(operation).output
        return tuple(one.name for one in lists(output) if one.name) if output else ()

    def check_rows(self) -> None:
        """Raises ContractError for rows that no answer has."""
        for name, flags in self._flags.items():
            if flags.rows and name in self._operations and flags.rows not in (known := self.lists(name)):
                raise ContractError(f"{name}: rows: no list {flags.rows!r}; there is {', '.join(known) or 'none'}")

    def _row_info(self, operation: str, description: Description) -> RowsInfo | None:
        output = self._projection(operation).operation(operation).output
        found = chosen(output, self._flags.get(operation, Flags()).rows)
        return RowsInfo(row_of(description.output, found.path), found.path) if found else None

    def _output(self, operation: str) -> Described:
        return self._projection(operation).operation(operation).description.output

    def example(self, operation: str) -> Example:
        example = self._projection(operation).operation(operation).example
        return self._sessions.example(operation, example) if self._sessions else example

    # ── calling ──────────────────────────────────────────────────────────────────────────────────────────────────

    def service(self, operation: str) -> Service:
        """The bare call. Raises members of CallError only."""
        return self._service(operation)

    async def dry_run(self, operation: str, args: bytes) -> Envelopes:
        """What would be sent. Needs no network; secrets are masked."""
        return await self._service(operation).dry_run(args)

    def _service(self, operation: str) -> Calling | Sessioned:
        sessions = self._sessions
        return sessions.service(operation) if sessions and sessions.covers(operation) else self._calling(operation)

    def _calling(self, operation: str, url: str = "") -> Calling:
        sessions = self._sessions if self._sessions and self._sessions.covers(operation) else None
        settings, statuses = self._settings, self._flags.get(operation, Flags()).faults
        strict = self._settings_of(operation).strict_answers
        judging = self._rules.judging(operation, self._output, sessions.verdicts() if sessions else ())
        rows = self._flags.get(operation, Flags()).rows
        how = Reading(statuses, strict, settings.answer_max, settings.nodes_max, judging, rows=rows)
        around = Around(self._name, self._session, self._security, self._clock, self._emit, self._lockout)
        to, body = Endpoint(url, trusted=True) if url else self._endpoint(operation), self._bodies[operation]
        how = sessions.reading(how) if sessions else how
        return Calling(around, operation, lambda: self._codec(operation), to, how, body, self._travel(operation))

    def _travel(self, operation: str) -> Travel:
        settings = self._settings_of(operation)
        wanted = self._flags.get(operation, Flags()).soap.file_of_answer
        return Travel(lambda: token_hex(16), settings.attachments, self._contract.mtom, settings.answer_max, wanted)

    async def close(self) -> None:
        if self._sessions is not None:
            await self._sessions.close()
        await self._session.close()

    def _codec(self, operation: str) -> OperationCodec:
        try:
            return self._projection(operation).operation(operation)
        except ContractError as error:
            raise UpstreamInvalid(cause=error.detail[:200]) from error
