"""From a file to a Config, or to all that is wrong with it: where, what, and the nearest right name.

Three questions in turn: is it YAML, does it fit the models, do the models fit each other. Each is answered in full
before the next is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from adapters.http.config import paths_from as http_paths_from
from adapters.soap.config import paths_from
from bridge.config.include import load_all
from bridge.config.load import Data, Document
from bridge.config.model import Config, UpstreamSettings
from bridge.config.nearest import key_hint, suggestion
from bridge.config.places import DataPath
from bridge.errors import ConfigError, Place
from bridge.queue.schedule_settings import schedule_paths_from
from bridge.settings import Secret
from bridge.web.admin_settings import check_admin
from bridge.web.route_table import RESERVED
from bridge.web.routes import path_names

Problem = tuple[DataPath, str, str]
"""Where, what, and a hint."""

_WORDS = {
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "string_type": "must be a text; put it in quotes",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be a mapping of keys to values",
    "model_type": "must be a mapping of keys to values",
    "model_attributes_type": "must be a mapping of keys to values",
}


def read_config(path: Path) -> tuple[Config, Document]:
    """Read and check a file and what it includes. Raises ConfigError with everything that is wrong."""
    document = load_all(path)
    return config_of(document), document


def config_of(document: Document) -> Config:
    """The configuration that a document describes. Raises ConfigError."""
    try:
        config = Config.model_validate(document.data)
    except ValidationError as error:
        raise ConfigError(sorted(_faults(error, document), key=_order)) from None
    problems = [*_secrets(config, ()), *_addresses(config), *_assertions(config), *_alerts(config)]
    problems += _operators(config)
    if problems:
        raise ConfigError(
            sorted((document.places.value(way).place(what, hint) for way, what, hint in problems), key=_order)
        )
    return _with_paths(config, document)


def check_operations(document: Document, upstream: str, known: Iterable[str]) -> list[Place]:
    """Operations of an upstream that its contract does not have. For whoever has read the contract."""
    names = set(known)
    way = ("upstreams", upstream, "operations")
    return [
        document.places.key((*way, name)).place(f"{upstream} has no operation {name!r}", suggestion(name, names))
        for name in _at(document.data, way, {})
        if name not in names
    ]


def _order(place: Place) -> tuple[str, int, int]:
    return place.file, place.line, place.column


# ── does it fit the models ───────────────────────────────────────────────────────────────────────────────────────


def _faults(error: ValidationError, document: Document) -> Iterator[Place]:
    faults = [
        (_way(document.data, (*fault["loc"], *fault.get("ctx", {}).get("path", ()))), fault)
        for fault in error.errors(include_url=False)
    ]
    ways = {way for way, _ in faults}
    for way, fault in faults:
        match fault["type"]:
            case "too_short" if any(other[: len(way)] == way and other != way for other in ways):
                continue  # the list is too short only because its items are refused
            case "extra_forbidden":
                key = str(fault["loc"][-1])
                hint = key_hint(Config, way[:-1], key)
                yield document.places.key(way).place(f"unknown key {key!r}", hint)
            case "missing":
                yield document.places.key(way).place(f"the key {fault['loc'][-1]!r} is missing")
            case _ if fault["loc"][-1:] == ("[key]",):
                yield document.places.key(way).place(f"{way[-1]!r} cannot be used as a name here: {_text(fault)}")
            case _:
                yield document.places.value(way).place(f"{_name(way)}{_text(fault)}", _expected(fault))


def _way(data: Data, loc: tuple[int | str, ...]) -> DataPath:
    """The part of pydantic's location that is in the document: names of models and of alternatives are left out."""
    way: list[int | str] = []
    current: Any = data
    for step in loc:
        inside = isinstance(step, int) and step < len(current) if isinstance(current, list) else False
        if inside or (isinstance(current, dict) and step in current):
            current = current[step]
            way.append(step)
    return tuple(way)


def _name(way: DataPath) -> str:
    names = [step for step in way if isinstance(step, str)]
    return f"{names[-1]}: " if names else ""


def _text(fault: ErrorDetails) -> str:
    if fault["type"] in _WORDS:
        return _WORDS[fault["type"]]
    if fault["type"] in {"value_error", "rule"}:
        return fault["msg"].removeprefix("Value error, ")
    return fault["msg"].replace("Input should be", "must be").replace("String should", "must").replace("Tuple", "it")


def _expected(fault: ErrorDetails) -> str:
    """For one of a few words: the nearest of them."""
    if fault["type"] not in {"literal_error", "enum"} or not isinstance(fault["input"], str):
        return ""
    words = fault.get("ctx", {}).get("expected", "").replace(" or ", ", ").split(", ")
    hint = suggestion(fault["input"], [word.strip("'") for word in words])
    return hint if hint.startswith("did you mean") else ""


def _at(data: Data, way: DataPath, default: Any) -> Any:
    current: Any = data
    for step in way:
        if not isinstance(current, Mapping) or step not in current:
            return default
        current = current[step]
    return current


# ── do the models fit each other, and the world ──────────────────────────────────────────────────────────────────


def _secrets(value: Any, way: DataPath) -> Iterator[Problem]:
    """Secrets that cannot be had. Tells which reference, never a value."""
    match value:
        case Secret():
            try:
                value.reveal()
            except ValueError as error:
                yield way, str(error), ""
        case BaseModel():
            for name in value.model_fields_set:
                yield from _secrets(getattr(value, name), (*way, type(value).model_fields[name].alias or name))
        case dict():
            for key, inner in value.items():
                yield from _secrets(inner, (*way, key))
        case tuple():
            for index, inner in enumerate(value):
                yield from _secrets(inner, (*way, index))


def _assertions(config: Config) -> Iterator[Problem]:
    """Assertions of callers that would never arrive, as their header is not let through."""
    for name, upstream in config.upstreams.items():
        security = upstream.soap.security if upstream.soap else None
        header = security.saml.header if security and security.saml else None
        if header and header.lower() not in {one.lower() for one in upstream.forward_headers}:
            way = ("upstreams", name, "soap", "security", "saml", "header")
            yield way, f"no caller's {header} comes here", f"add it to forward_headers of {name}"


def _alerts(config: Config) -> Iterator[Problem]:
    """Alerts to a topic that is not there, or that each process would have for itself alone."""
    topic, way = config.alerts.topic, ("alerts", "topic")
    if topic is not None and topic not in config.streams:
        yield way, f"there is no topic {topic!r}", suggestion(topic, config.streams) or "give it under streams"
    elif topic is not None and config.streams[topic].durable == "memory":
        yield way, f"the topic {topic} is in memory, and would be another one in each worker", "let it be durable: each"


def _operators(config: Config) -> Iterator[Problem]:
    """A listener for operators that nobody could use or that gives keys away; an upstream that no scope could name."""
    if reason := check_admin(config.admin, config.access):
        yield ("admin", "host"), reason, ""
    if config.access is not None and "admin" in config.upstreams:
        yield ("upstreams", "admin"), "scopes that begin with admin: are those of operators", "give it another name"


def _addresses(config: Config) -> Iterator[Problem]:
    """Two upstreams, or two operations, at one address."""
    prefixes: dict[str, str] = {}
    for name, upstream in config.upstreams.items():
        at = upstream.mounted_at(name)
        way = ("upstreams", name, "prefix") if upstream.prefix else ("upstreams", name)
        if at.split("/")[1] in RESERVED:
            yield way, f"{at} is an address of the bridge itself", ""
        if at in prefixes:
            yield way, f"{at} is already the address of {prefixes[at]}", "give one of them another prefix or api"
        prefixes.setdefault(at, name)
        yield from _routes(name, upstream)


def _routes(name: str, upstream: UpstreamSettings) -> Iterator[Problem]:
    taken: dict[str, str] = {}
    for operation, route in upstream.routes().items():
        way = ("upstreams", name, "operations", operation, "route")
        path = route.path
        for parameter in path_names(path):
            path = path.replace(f"{{{parameter}}}", "{}")
        address = f"{route.method} {path}"
        if address in taken:
            yield way, f"{route.method} {route.path} is already the route of {taken[address]}", ""
        taken.setdefault(address, operation)
        for parameter in sorted(set(route.sources.path) - set(path_names(route.path))):
            yield way, f"the path has no parameter {parameter!r}", suggestion(parameter, path_names(route.path))


def exposure_place(document: Document, why: str) -> Place:
    """The place to show for a refusal by the rule of the first start (`web.access.check_exposure`)."""
    return document.places.value(("server", "host")).place(why)


def _with_paths(config: Config, document: Document) -> Config:
    """Paths of local documents are relative to the file they are written in."""
    upstreams = {}
    for name, upstream in config.upstreams.items():
        file = document.places.value(("upstreams", name, "soap", "wsdl")).file
        soap = upstream.soap and paths_from(upstream.soap, Path(file).parent)
        here = document.places.value(("upstreams", name, "http")).file
        http = upstream.http and http_paths_from(upstream.http, Path(here).parent)
        upstreams[name] = upstream.model_copy(update={"soap": soap, "http": http})
    changes: dict[str, object] = {"upstreams": upstreams}
    if config.schedules:  # a key that nobody wrote stays one that nobody wrote
        changes["schedules"] = {
            name: schedule_paths_from(one, Path(document.places.value(("schedules", name)).file).parent)
            for name, one in config.schedules.items()
        }
    return config.model_copy(update=changes)
