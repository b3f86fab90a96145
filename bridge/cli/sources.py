"""Where a command takes its upstreams from: a configuration file, or WSDLs named on the command line.

A WSDL on the command line becomes the same Config that a file would give, so no command has two ways.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import ValidationError

from adapters.soap.config import SoapSettings
from bridge.config.check import read_config
from bridge.config.load import Document
from bridge.config.model import Config, UpstreamSettings
from bridge.errors import ConfigError, Place
from bridge.shapes.naming import kebab

_HERE = "command line"


@dataclass(frozen=True, slots=True)
class Source:
    """`document` None: there is no file, so nothing to reload."""

    config: Config
    path: Path | None = None
    document: Document | None = None


def source(
    path: Path | None,
    wsdls: Sequence[str] = (),
    *,
    endpoint: str | None = None,
    service: str | None = None,
    resolve: Sequence[str] = (),
    state: str | None = None,
) -> Source:
    """Raises ConfigError: neither given, a bad file, a WSDL whose name is taken."""
    if path is None and not wsdls:
        raise _wrong("nothing to serve", "name a configuration file, or a WSDL with --wsdl URL-or-PATH")
    document: Document | None = None
    config = Config()
    if path is not None:
        config, document = read_config(path)
    upstreams = dict(config.upstreams)
    for text in wsdls:
        name, location = _named(text, upstreams)
        soap = _soap(location, endpoint, service, resolve)
        upstreams[name] = UpstreamSettings(soap=soap)
    changes: dict[str, object] = {"upstreams": upstreams}
    if state is not None:
        changes["state"] = state
    return Source(config.model_copy(update=changes), path, document)


def _soap(location: str, endpoint: str | None, service: str | None, resolve: Sequence[str]) -> SoapSettings:
    try:
        given = {"wsdl": location, "endpoint": endpoint, "service": service, "resolve": resolve_map(resolve)}
        return SoapSettings.model_validate(given)
    except ValidationError as error:
        reasons = [fault["msg"].removeprefix("Value error, ") for fault in error.errors(include_url=False)]
        raise _wrong("; ".join(reasons), f"while reading {location}") from error


def resolve_map(pairs: Sequence[str]) -> dict[str, str]:
    """`URL=PATH` pairs. The path is after the last `=`, because addresses may hold one."""
    result = {}
    for pair in pairs:
        url, _, path = pair.rpartition("=")
        if not url or not path:
            raise _wrong(f"--resolve {pair}", "write --resolve URL=PATH")
        result[url] = path
    return result


def _named(text: str, taken: dict[str, UpstreamSettings]) -> tuple[str, str]:
    """`shop=https://…` gives its own name; else the last word of the address does."""
    match = re.fullmatch(r"([a-z][a-z0-9-]{0,63})=(.+)", text)
    if match:
        if match[1] in taken:
            raise _wrong(f"the name {match[1]} is taken", "give each --wsdl another name")
        return match[1], match[2]
    name = wanted = upstream_name(text)
    number = 2
    while name in taken:
        name, number = f"{wanted}-{number}", number + 1
    return name, text


def upstream_name(location: str) -> str:
    """A short name for what a WSDL describes: `https://erp.example/orders.asmx?wsdl` → `orders`."""
    path = urlsplit(location).path if "://" in location else location
    stem = re.sub(r"\.(wsdl|asmx|svc|php|xml|aspx|jws|json|yaml|yml)$", "", Path(path).name, flags=re.IGNORECASE)
    words = re.sub(r"[^a-z0-9-]+", "-", kebab(stem) if stem else "").strip("-")
    name = re.sub(r"^[^a-z]+", "", words)[:60].rstrip("-")
    return name or "service"


def _wrong(message: str, hint: str) -> ConfigError:
    return ConfigError([Place(_HERE, 1, 1, message, hint)])
