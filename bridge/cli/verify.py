"""`verify`: proves for a WSDL that what the bridge makes of it is lossless, and names what is not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from adapters.soap.verify import INSTANCES_MAX, TOTAL_S, Bounds
from adapters.soap.verify import verify as prove
from bridge.cli.output import BAD_INPUT, FAILED, fail, pretty, result, run, say
from bridge.cli.parameters import Json, OneWsdl, Resolve, Service, State
from bridge.cli.reading import named, read_documents, read_service
from bridge.cli.verify_page import page
from bridge.cli.verify_report import as_json, show
from bridge.clock import SystemClock


def verify(
    wsdl: OneWsdl,
    service: Service = None,
    resolve: Resolve = None,
    state: State = None,
    operation: Annotated[
        list[str] | None, typer.Option("--operation", metavar="NAME", help="Only this operation. Repeatable.")
    ] = None,
    instances: Annotated[
        int, typer.Option("--max", min=1, max=100_000, help="At most so many instances of each message.")
    ] = INSTANCES_MAX,
    seconds: Annotated[float, typer.Option("--seconds", min=1, help="At most so long over all operations.")] = TOTAL_S,
    json: Json = False,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report as a page as well.")] = None,
) -> None:
    """Prove that every operation is lossless: JSON to XML and back, by validators that share no code with the codec."""

    async def work() -> int:
        found = named(wsdl, service=service, resolve=resolve, state=state)
        contract = await read_service(found.soap, found.state, every_port=True)
        if missing := [name for name in operation or () if name not in contract.operations]:
            fail(f"there is no operation {', '.join(missing)}", BAD_INPUT)
        docs = await read_documents(found.soap, found.state, every_port=True)
        bounds = Bounds(instances, seconds, tuple(operation or ()))
        report = prove(contract, docs, clock=SystemClock(), bounds=bounds)
        if html is not None:
            html.write_text(page(report), encoding="utf-8")
            say(f"The report is in {html}.")
        if json:
            result(pretty(as_json(report)))
        else:
            show(report)
        return 0 if report.proves() else FAILED

    if code := run(work()):
        raise typer.Exit(code)
