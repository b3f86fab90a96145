"""The report of `verify` as one HTML page that needs nothing else: no network, no script."""

from __future__ import annotations

from html import escape

from adapters.soap.verify_report import OperationReport, Reason, Report
from bridge.cli.verify_report import of_judged, percentage, summary

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --good: #1a7f37; --bad: #cf222e; --maybe: #9a6700 }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.4rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
.percent { font-size: 3rem; font-weight: 700; line-height: 1.2 } .good { color: var(--good) } .bad { color: var(--bad) }
.maybe { color: var(--maybe) } .quiet { opacity: .7; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .35rem .6rem; vertical-align: top;
border-bottom: 1px solid var(--line); overflow-wrap: anywhere } td.n, th.n { text-align: right; white-space: nowrap }
td.o { white-space: nowrap; font-weight: 600 } details { margin: .2rem 0 } summary { cursor: pointer }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #8881; padding: .6rem; border-radius: 6px;
margin: .3rem 0 }
"""
_CLASSES = {"lossless": "good", "not lossless": "bad", "not judged": "maybe", "left out": "maybe"}


def page(report: Report) -> str:
    """The whole document. Everything that comes from outside is escaped."""
    tone = "good" if report.proves() else "bad"
    rows = "".join(map(_row, report.operations))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>verify</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(report.service or 'verify')}</h1>"
        f'<div class="quiet">{escape(report.wsdl)}</div>'
        f'<div class="percent {tone}">{escape(percentage(report))}</div>'
        f"<p>{of_judged(report)}; {escape(summary(report))}</p>"
        f"{_notes(report)}<h2>Operations</h2><table><thead><tr><th>Operation<th>Outcome"
        f'<th class="n">JSON values<th class="n">XML documents<th>Reasons</tr></thead><tbody>{rows}</tbody></table>'
        f"{_covered(report)}</body></html>\n"
    )


def _notes(report: Report) -> str:
    told = []
    if report.judge:
        alone = "; xmlschema judged alone" if report.judged() else ""
        told.append(f"libxml2 cannot load these schemas{alone}. libxml2 said: {report.judge}")
    if report.stopped:
        told.append(f"Stopped early: {report.stopped}")
    return "".join(f'<p class="maybe">{escape(line)}</p>' for line in told)


def _row(one: OperationReport) -> str:
    more = f"<p>{one.failures} failures, the first {len(one.reasons)}:</p>" if one.failures > len(one.reasons) else ""
    why = f'<div class="quiet">{escape(one.why)}</div>' if one.why else ""
    cut = f'<div class="maybe">cut short: {escape(one.cut)}</div>' if one.cut else ""
    told = "".join(
        f"<details><summary>the judges disagree</summary><pre>{escape(said)}</pre></details>"
        for said in one.contradictions
    )
    return (
        f'<tr><td>{escape(one.name)}<td class="o {_CLASSES[one.outcome]}">{escape(one.outcome)}'
        f'<td class="n">{one.values}<td class="n">{one.documents}'
        f"<td>{why}{cut}{more}{''.join(map(_reason, one.reasons))}{told}</tr>"
    )


def _reason(reason: Reason) -> str:
    where = f" at <code>{escape(reason.pointer)}</code>" if reason.pointer else ""
    return (
        f"<details><summary>{escape(reason.message)}, {escape(reason.check)}{where}: {escape(reason.said)}</summary>"
        f"<pre>{escape(reason.made)}</pre></details>"
    )


def _covered(report: Report) -> str:
    if not report.goals:
        return ""
    rows = "".join(f'<tr><td>{escape(kind)}<td class="n">{count}</tr>' for kind, count in sorted(report.goals.items()))
    return f"<h2>What was covered</h2><table><tbody>{rows}</tbody></table>"
