"""The arguments that several commands share, so that they are spelt and explained the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ConfigPath = Annotated[Path | None, typer.Argument(metavar="[CONFIG]", help="Configuration file (YAML).")]
Wsdls = Annotated[
    list[str] | None,
    typer.Option("--wsdl", metavar="[NAME=]URL-or-PATH", help="A WSDL, without a configuration file. Repeatable."),
]
OneWsdl = Annotated[str, typer.Option("--wsdl", metavar="URL-or-PATH", help="The WSDL.")]
Resolve = Annotated[
    list[str] | None,
    typer.Option(
        "--resolve", metavar="URL=PATH", help="A local copy of a document that cannot be fetched. Repeatable."
    ),
]
Endpoint = Annotated[str | None, typer.Option(metavar="URL", help="Call this address, not the one in the WSDL.")]
Service = Annotated[str | None, typer.Option(help="Which service of the WSDL.")]
State = Annotated[str | None, typer.Option(metavar="DIR", help="Folder for contracts already read (default: data).")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
