"""What `check` found, for people and as JSON."""

from __future__ import annotations

from rich.text import Text

from adapters.soap.contract import Port
from bridge.call import JsonValue
from bridge.cli.check_findings import Finding, Report, Severity
from bridge.cli.output import out
from bridge.errors import Place
from bridge.shapes.json import Number

_LINES_MAX = 20
_STYLES: dict[Severity, str] = {"config": "bold red", "error": "bold red", "warning": "yellow", "note": "dim"}
_TITLES: dict[Severity, str] = {
    "config": "wrong in the configuration",
    "error": "cannot be served",
    "warning": "warnings",
    "note": "worth knowing",
}


def show(reports: list[Report], general: list[Finding]) -> None:
    """Grouped by upstream, the worst first; long lists are cut, `--json` has all of them."""
    for report in reports:
        _headline(report)
        for severity, title in _TITLES.items():
            _group(title, [str(finding) for finding in report.of(severity)], _STYLES[severity])
            if severity == "error":
                _group("left out", [f"{name}: {reason}" for name, reason in report.left_out.items()], "yellow")
    _group("routes", [str(finding) for finding in general], "bold red", indent="")
    every = [*general, *(finding for report in reports for finding in report.findings)]
    wrong = sum(finding.severity in {"config", "error"} for finding in every)
    warnings = sum(finding.severity == "warning" for finding in every)
    counts = f"{_count(wrong, 'error')}, {_count(warnings, 'warning')}"
    out.print(Text(counts, style="bold red" if wrong else "bold yellow" if warnings else "bold green"))


def _count(number: int, word: str) -> str:
    return f"{number or 'no'} {word}" + ("s" if number != 1 else "")


def _headline(report: Report) -> None:
    line = Text(report.name, style="bold")
    if report.opened_as:
        left = len(report.left_out)
        line.append(f"  {len(report.usable)} operations" + (f", {left} left out" if left else ""), style="green")
        line.append(f"  {report.opened_as}, {report.address}", style="default")
    elif report.contract is None:
        line.append(f"  {report.location}  could not be opened", style="red")
    else:
        port, left = report.contract.port, len(report.left_out)
        line.append(f"  {len(report.usable)} operations" + (f", {left} left out" if left else ""), style="green")
        line.append(f"  {port.service or '-'} / {port.name}, {_protocol(port)}, {report.address}", style="default")
    out.print(line)


def _protocol(port: Port) -> str:
    return f"HTTP {port.verb}" if port.verb else f"SOAP {port.version}"


def _group(title: str, lines: list[str], style: str, *, indent: str = "  ") -> None:
    if not lines:
        return
    out.print(Text(f"{indent}{title}", style=style))
    for line in lines[:_LINES_MAX]:
        out.print(Text(f"{indent}  " + line.replace("\n", f"\n{indent}    ")))
    if len(lines) > _LINES_MAX:
        out.print(Text(f"{indent}  … and {len(lines) - _LINES_MAX} more; --json has all", style="dim"))


def as_json(reports: list[Report], general: list[Finding]) -> JsonValue:
    """Everything, for programs."""
    wrong = [*general, *(finding for report in reports for finding in report.findings)]
    return {
        "ok": not any(finding.severity in {"config", "error"} for finding in wrong),
        "findings": [_finding(finding) for finding in general],
        "upstreams": [_upstream(report) for report in reports],
    }


def _upstream(report: Report) -> JsonValue:
    port = report.contract.port if report.contract else None
    return {
        "name": report.name,
        "wsdl": report.location if not report.opened_as else None,
        "opened": report.contract is not None or bool(report.opened_as),
        "service": port.service if port else None,
        "port": port.name if port else None,
        "soap": port.version if port and not port.verb else None,
        "http": port.verb or None if port else None,
        "address": report.address if port or report.opened_as else None,
        "operations": [*report.usable],
        "leftOut": [{"operation": name, "reason": reason} for name, reason in report.left_out.items()],
        "findings": [_finding(finding) for finding in report.findings],
    }


def _finding(finding: Finding) -> JsonValue:
    said: dict[str, JsonValue] = {"severity": finding.severity, "text": finding.text}
    return said | {"place": _place(finding.place)} if finding.place else said


def _place(place: Place) -> JsonValue:
    where: dict[str, JsonValue] = {
        "file": place.file,
        "line": Number(place.line),
        "column": Number(place.column),
    }
    return where | {"hint": place.hint} if place.hint else where
