"""What `check` finds about one HTTP upstream: its OpenAPI document, if it has one, against its configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from adapters.http.api import Api
from adapters.http.config import HttpSettings
from adapters.http.offered import Flags, plans_of, unknown
from adapters.http.opening import open_api
from adapters.http.plan import names_in
from adapters.http.translate import name_of
from adapters.http.upstream import HttpUpstream
from bridge.app.opening import http_flags
from bridge.cli.check_findings import Checked, Finding, Report
from bridge.cli.check_places import named_at
from bridge.cli.opened import nowhere
from bridge.clock import SystemClock
from bridge.config.nearest import suggestion
from bridge.errors import BridgeError, ConfigError, Place
from bridge.rules.faults import SEEN, is_expression
from bridge.shapes.jsonpath import Condition
from bridge.shapes.jsonpath_fit import misfits
from bridge.transport.session import HttpSession
from bridge.web.inputs import spread
from bridge.web.routes import path_names


async def examine_http(checked: Checked, state: str) -> Report:
    """Reads the document and compares. Raises nothing of ours: what fails is a finding."""
    http = checked.settings.http
    assert http is not None  # whoever asks has looked
    report = Report(checked.name, http.openapi or http.base, http.base)
    session: HttpSession | None = None
    try:
        session = HttpSession(http, trusted=[http.base])
        api, _, told = await open_api(http, session, Path(state))
        report.findings += [Finding("warning", line) for line in (told, *session.warnings) if line]
        _compare(checked, report, http, session, api)
    except ConfigError as error:
        report.findings += [_unusable(checked, http, place) for place in error.places]
    except BridgeError as error:
        report.findings.append(Finding("error", error.detail))
    finally:
        if session is not None:
            await session.close()
    return report


def _compare(checked: Checked, report: Report, http: HttpSettings, session: HttpSession, api: Api | None) -> None:
    flags = {name: http_flags(own) for name, own in checked.settings.operations.items()}
    wrong = list(unknown(api, flags))
    for one in wrong:
        text = f"{one.text} ({one.hint})" if one.hint else one.text
        report.findings.append(checked.finding("config", text, "operations", one.name))
    known = {name: own for name, own in flags.items() if name not in {one.name for one in wrong}}
    upstream = HttpUpstream(
        checked.name,
        http,
        session,
        plans_of(api, known),
        flags=known,
        clock=SystemClock(),
        emit=nowhere,
        api=api,
        fail_when=checked.settings.fail_when,
    )
    report.upstream, report.opened_as = upstream, f"{upstream.title}, HTTP"
    report.usable, report.left_out = [*upstream.operations], dict(upstream.left_out)
    if not report.usable and not upstream.passing:
        report.findings.append(Finding("error", "it has no operation that can be offered"))
    report.findings += [Finding("warning", line) for line in (api.problems if api else ())]
    if lists := list(_rows(checked, upstream)):
        report.findings += lists
        return  # what such an operation answers with cannot be told
    report.findings += _undocumented(checked, known, api)
    report.findings += _twice(checked, known)
    report.findings += _routes(checked, upstream)
    for name, own in known.items():
        report.findings += _rules(checked, upstream, name, own)


def _rows(checked: Checked, upstream: HttpUpstream) -> Iterator[Finding]:
    """Names under `rows:` that are no list of the answer."""
    for name in upstream.operations:
        try:
            upstream.describe(name)
        except BridgeError as error:
            yield checked.finding("config", f"{name}: {error.detail}", "operations", name, "rows")


def _undocumented(checked: Checked, flags: Mapping[str, Flags], api: Api | None) -> Iterator[Finding]:
    """Requests that the document does not have: they are sent as they are written, and nothing compares them."""
    for name, own in flags.items() if api is not None else ():
        request = own.request
        if api is None or request is None or api.find(request.method, request.path) is not None:
            continue
        known = [f"{plan.method} {plan.path}" for plan in api.plans.values()]
        hint = suggestion(f"{request.method} {request.path}", known)
        text = f"the OpenAPI document has no {request.method} {request.path}" + (f" ({hint})" if hint else "")
        yield checked.finding("warning", text, "operations", name, "request")


def _twice(checked: Checked, flags: Mapping[str, Flags]) -> Iterator[Finding]:
    """Arguments that a request takes from two places, and two operations that are one request."""
    taken: dict[tuple[str, str], str] = {}
    for name, own in flags.items():
        request = own.request
        if request is None:
            continue
        named = [*request.parameters, *request.query.values(), *request.header.values()]
        for field in sorted({one for one in named if named.count(one) > 1}):
            text = f"the argument {field!r} goes into two places"
            yield checked.finding("config", text, "operations", name, "request")
        address = (request.method, request.path)
        route = checked.settings.operations[name].route
        if address in taken and route is None:
            text = f"{request.method} {request.path} is {taken[address]} already; give one of them a route of its own"
            yield checked.finding("config", text, "operations", name, "request")
        taken.setdefault(address, name)


def _routes(checked: Checked, upstream: HttpUpstream) -> Iterator[Finding]:
    """Routes that their operation's input cannot come by."""
    for name, route in checked.settings.routes().items():
        if name not in upstream.operations:
            continue
        try:
            spread(upstream.describe(name).input, route.method, path_names(route.path), route.sources)
        except BridgeError as error:
            text = f"{route.method} {route.path} cannot offer {name}: {error.detail}"
            near = suggestion(" ".join(path_names(route.path)), names_in(upstream.operations[name].address))
            yield checked.finding("config", text + (f" ({near})" if near else ""), "operations", name, "route")


def _rules(checked: Checked, upstream: HttpUpstream, name: str, own: Flags) -> Iterator[Finding]:
    """Conditions on what no answer has, and faults that are none."""
    for index, rule in enumerate(own.fail_when):
        for misfit in misfits(Condition(rule.when).uses, upstream.describe(name).output):
            yield checked.finding("config", misfit.text, "operations", name, "fail_when", str(index))
    names = {name_of(status) for status in range(400, 600)}
    for key in own.faults:
        if is_expression(key):
            for misfit in misfits(Condition(key).uses, SEEN):
                text = misfit.text.replace("in the answer", "in a refusal")
                yield checked.finding("config", text, "operations", name, "faults", key)
        elif not (key.isdigit() and 400 <= int(key) <= 599) and key not in names and ":" not in key:
            hint = suggestion(key, names)
            text = f"no refusal is called {key!r}" + (f" ({hint})" if hint else "")
            yield checked.finding("warning", text, "operations", name, "faults", key)


def _unusable(checked: Checked, http: HttpSettings, place: Place) -> Finding:
    """A file or a secret that cannot be used: where it is configured, as far as that can be found."""
    way = named_at(http, place.file)
    if checked.document is None or way is None:
        return Finding("error", str(place))
    mark = checked.document.places.value(("upstreams", checked.name, "http", *way))
    text = place.message if place.file in way else f"{place.file}: {place.message}"
    return Finding("error", text, mark.place(text, place.hint))
