"""What `check` finds about one upstream: its contract against its configuration. Says nothing, decides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from adapters.soap.codec import Projection
from adapters.soap.collisions import meetings
from adapters.soap.config import SoapSettings
from adapters.soap.contract import Contract
from adapters.soap.endpoint import endpoint
from adapters.soap.upstream import Flags, SoapUpstream
from bridge.cli.check_places import named_at
from bridge.cli.check_rules import Told, rules_told
from bridge.cli.opened import nowhere
from bridge.cli.reading import left_out, read_service
from bridge.clock import SystemClock
from bridge.config.check import check_operations
from bridge.config.load import Document
from bridge.config.model import UpstreamSettings
from bridge.config.nearest import suggestion
from bridge.contracts import Upstream
from bridge.errors import BridgeError, ConfigError, Place
from bridge.shapes.files import places_of_files
from bridge.transport.session import HttpSession
from bridge.web.inputs import spread
from bridge.web.routes import RouteSetting, path_names

Severity = Literal["config", "error", "warning", "note"]
"""`config`: a mistake in the file · `error`: it cannot be served so · `warning`: worth knowing · `note`: for the
curious."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; `place` where a file says it."""

    severity: Severity
    text: str
    place: Place | None = None

    def __str__(self) -> str:
        return str(self.place) if self.place else self.text


@dataclass(slots=True)
class Report:
    """One upstream. `contract` None: it is no SOAP service, or it could not be opened, and a finding says why.
    `address`: where calls go; `opened_as`: what it is when it is no SOAP service."""

    name: str
    location: str
    address: str = ""
    contract: Contract | None = None
    opened_as: str = ""
    upstream: Upstream | None = None
    usable: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def of(self, severity: Severity) -> list[Finding]:
        return [finding for finding in self.findings if finding.severity == severity]


@dataclass(frozen=True, slots=True)
class Checked:
    """What is checked: one upstream of a configuration. `document` None: it came from the command line."""

    name: str
    settings: UpstreamSettings
    document: Document | None

    def finding(self, severity: Severity, text: str, *way: str) -> Finding:
        if self.document is None:
            return Finding(severity, text)
        return Finding(severity, text, self.document.places.key(("upstreams", self.name, *way)).place(text))

    def unusable(self, soap: SoapSettings, place: Place) -> Finding:
        """A file or a secret that cannot be used: where it is configured, as far as that can be found."""
        way = named_at(soap, place.file)
        if self.document is None or way is None:
            return Finding("error", str(place))
        mark = self.document.places.value(("upstreams", self.name, "soap", *way))
        text = place.message if place.file in way else f"{place.file}: {place.message}"
        return Finding("error", text, mark.place(text, place.hint))

    def told(self, told: Told) -> Finding:
        text = f"{told.text} ({told.hint})" if told.hint else told.text
        if self.document is None:
            return Finding(told.severity, text)
        mark = self.document.places.key(("upstreams", self.name, *told.way))
        return Finding(told.severity, text, mark.place(told.text, told.hint))


async def examine(checked: Checked, state: str, slots: asyncio.Semaphore) -> Report:
    """Opens the contract and compares. Raises nothing of ours: what fails is a finding."""
    soap = checked.settings.soap
    assert soap is not None  # whoever asks has looked
    report = Report(checked.name, soap.wsdl)
    session: HttpSession | None = None
    try:
        async with slots:
            report.contract = contract = await read_service(soap, state, every_port=True, compare=True)
        report.address = endpoint(contract.port.address, soap).url or contract.port.address
        session = HttpSession(soap, trusted=soap.configured)
        flags = {
            name: Flags(one.safe, one.idempotent, one.faults, one.soap, one.fail_when, rows=one.rows)
            for name, one in checked.settings.operations.items()
        }
        upstream = SoapUpstream(
            checked.name,
            contract,
            soap,
            session,
            flags=flags,
            clock=SystemClock(),
            emit=nowhere,
            fail_when=checked.settings.fail_when,
        )
        report.upstream = upstream
        await asyncio.to_thread(_compare, checked, report, contract, upstream)
        report.findings += [Finding("warning", line) for line in session.warnings]
        report.findings += _credentials(checked, soap, contract, has_credentials=session.has_credentials)
    except ConfigError as error:
        report.findings += [checked.unusable(soap, place) for place in error.places]
    except BridgeError as error:
        report.findings.append(Finding("error", error.detail))
    finally:
        if session is not None:
            await session.close()
    return report


def _compare(checked: Checked, report: Report, contract: Contract, upstream: SoapUpstream) -> None:
    soap = checked.settings.soap
    assert soap is not None
    projection = Projection(contract, soap.view)
    report.left_out = dict(left_out(projection))
    report.usable = [name for name in contract.operations if name not in report.left_out]
    if not report.usable:
        report.findings.append(Finding("error", "it has no operation that can be offered"))
    report.findings += _configured(checked, report, contract)
    report.findings += _routes(checked, upstream, report)
    report.findings += map(checked.told, rules_told(checked.settings, contract, upstream))
    report.findings += _rows(checked, upstream, report)
    report.findings += _files(checked, upstream, report)
    told = [line for line in contract.warnings if not _is_about(line, report.left_out)]
    report.findings += [Finding("warning", line) for line in (*told, *upstream.unsigned)]
    report.findings += [Finding("note", f"read differently by zeep: {line}") for line in contract.second_reading]
    report.findings += [Finding("note", str(each)) for each in meetings(projection.tools.view)]


def _is_about(line: str, left_out: dict[str, str]) -> bool:
    return any(f"{name} is left out" in line for name in left_out)


def _configured(checked: Checked, report: Report, contract: Contract) -> Iterator[Finding]:
    """Operations that the configuration names and that are not there, or cannot be offered."""
    if checked.document is not None:
        unknown = check_operations(checked.document, checked.name, contract.operations)
        yield from (Finding("config", place.message, place) for place in unknown)
    for name in checked.settings.operations:
        if name in report.left_out:
            yield checked.finding("error", f"{name} cannot be offered: {report.left_out[name]}", "operations", name)


def _routes(checked: Checked, upstream: SoapUpstream, report: Report) -> Iterator[Finding]:
    """Routes that their operation's input cannot come by."""
    for name, route in checked.settings.routes().items():
        if name in report.usable and (reason := _misfit(upstream, name, route)):
            text = f"{route.method} {route.path} cannot offer {name}: {reason}"
            yield checked.finding("config", text, "operations", name, "route")


def _misfit(upstream: SoapUpstream, name: str, route: RouteSetting) -> str:
    try:
        spread(upstream.describe(name).input, route.method, path_names(route.path), route.sources)
    except BridgeError as error:
        return error.detail
    return ""


def _rows(checked: Checked, upstream: SoapUpstream, report: Report) -> Iterator[Finding]:
    """Names under `rows:` that are no list of the answer."""
    for name, settings in checked.settings.operations.items():
        if not settings.rows or name not in report.usable:
            continue
        known = upstream.lists(name)
        if settings.rows not in known:
            hint = suggestion(settings.rows, known) or "it has none"
            text = f"the answer of {name} has no list {settings.rows!r} ({hint})"
            yield checked.finding("config", text, "operations", name, "rows")


def _files(checked: Checked, upstream: SoapUpstream, report: Report) -> Iterator[Finding]:
    """Operations that are to answer with a file and have none, or do not say which. A wrong place is told elsewhere."""
    for name, answer in checked.settings.answers().items():
        if answer.form != "binary" or answer.place or name not in report.usable:
            continue
        places = places_of_files(upstream.describe(name).output)
        if answer.file_of(places) is None:
            which = f"choose one by soap.attachments.answer: {', '.join(places)}" if places else "it has none"
            text = f"the answer of {name} does not have exactly one binary value ({which})"
            yield checked.finding("config", text, "operations", name, "answer")


def _credentials(
    checked: Checked, soap: SoapSettings, contract: Contract, *, has_credentials: bool
) -> Iterator[Finding]:
    where = endpoint(contract.port.address, soap)
    secret = has_credentials or bool(soap.security or soap.session or checked.settings.forward_headers)
    for line in where.warnings:
        # Who set credentials wants them sent; without any, a foreign address is only worth knowing.
        refused = not where.url or (not where.trusted and secret and "no credentials" in line)
        yield checked.finding("error", line, "soap") if refused else Finding("warning", line)
