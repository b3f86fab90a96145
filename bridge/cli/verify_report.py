"""What `verify` found, for people as a table and for programs as JSON."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from adapters.soap.verify_report import OperationReport, Outcome, Reason, Report
from bridge.call import JsonValue
from bridge.cli.output import out
from bridge.shapes.json import Number

_STYLES: dict[Outcome, str] = {
    "lossless": "green",
    "not lossless": "bold red",
    "not judged": "yellow",
    "left out": "yellow",
}
_MADE_MAX = 300


def show(report: Report) -> None:
    """A line an operation, below it what is wrong; the percentage last."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("operation", "outcome", "values", "documents", ""):
        table.add_column(title, justify="right" if title in {"values", "documents"} else "left", overflow="fold")
    for one in report.operations:
        style = _STYLES[one.outcome]
        table.add_row(one.name, Text(one.outcome, style=style), str(one.values), str(one.documents), Text(_note(one)))
    out.print(table)
    for one in report.operations:
        for reason in one.reasons:
            _reason(one.name, reason)
    if report.goals:
        out.print(Text("covered: " + ", ".join(f"{count} {kind}" for kind, count in sorted(report.goals.items()))))
    if report.judge:
        alone = "; xmlschema judged alone" if report.judged() else ""
        out.print(Text(f"libxml2 cannot load these schemas ({report.judge}){alone}", style="yellow"))
    if report.stopped:
        out.print(Text(f"stopped early: {report.stopped}", style="yellow"))
    out.print(_summary(report))


def percentage(report: Report) -> str:
    """Never rounded up to a hundred."""
    percent = report.percent()
    return "-" if percent is None else f"{int(percent * 100) / 100:.2f} %"


def summary(report: Report) -> str:
    """How many of each, in a sentence."""
    counts = report.counts()
    said = [f"{counts[outcome]} {outcome}" for outcome in _STYLES if counts[outcome]]
    count = len(report.operations)
    return f"{count} {'operation' if count == 1 else 'operations'}: {', '.join(said) or 'none'}"


def of_judged(report: Report) -> str:
    """What the percentage says, and of how many: a hundred per cent of one in fifty proves little."""
    return f"lossless of {report.judged()} judged" if report.judged() else "nothing was judged"


def _summary(report: Report) -> Text:
    percent = f"{percentage(report)} " if report.judged() else ""
    style = "bold green" if report.proves() else "bold red"
    return Text(f"{percent}{of_judged(report)}; {summary(report)}", style=style)


def _note(one: OperationReport) -> str:
    told = [one.why, f"{one.failures} failures" if one.failures else ""]
    told += [f"the judges disagree: {said}" for said in one.contradictions[:1]]
    told += [f"cut short: {one.cut}" if one.cut else ""]
    return "; ".join(part[:_MADE_MAX] for part in told if part)


def _reason(name: str, reason: Reason) -> None:
    where = f" at {reason.pointer}" if reason.pointer else ""
    out.print(Text(f"{name}, {reason.message}, {reason.check}{where}: {reason.said}", style="red"))
    if reason.made:
        out.print(Text(f"    {reason.made[:_MADE_MAX]}{'…' if len(reason.made) > _MADE_MAX else ''}"))


def as_json(report: Report) -> JsonValue:
    """The stable form: members may be added, none is renamed or taken away (README.md)."""
    counts, percent = report.counts(), report.percent()
    return {
        "wsdl": report.wsdl,
        "service": report.service,
        "port": report.port,
        "percent": None if percent is None else Number(f"{int(percent * 100) / 100:.2f}"),
        "counts": {
            "operations": Number(len(report.operations)),
            "lossless": Number(counts["lossless"]),
            "notLossless": Number(counts["not lossless"]),
            "notJudged": Number(counts["not judged"]),
            "leftOut": Number(counts["left out"]),
        },
        "covered": {kind: Number(count) for kind, count in report.goals.items()},
        "judge": _judge(report),
        "judgeError": report.judge or None,
        "stopped": report.stopped or None,
        "operations": [_operation(one) for one in report.operations],
    }


def _judge(report: Report) -> str | None:
    """Who judged: the second where the first cannot load the schemas, nobody where nothing was judged."""
    if not report.judged():
        return None
    return "xmlschema" if report.judge else "libxml2"


def _operation(one: OperationReport) -> JsonValue:
    return {
        "name": one.name,
        "outcome": one.outcome,
        "why": one.why or None,
        "values": Number(one.values),
        "documents": Number(one.documents),
        "failures": Number(one.failures),
        "reasons": [
            {
                "message": reason.message,
                "check": reason.check,
                "pointer": reason.pointer,
                "said": reason.said,
                "made": reason.made,
            }
            for reason in one.reasons
        ],
        "contradictions": [*one.contradictions],
        "cut": one.cut or None,
    }
