"""What `check` finds about the rules of a configuration: conditions, paths and faults that a contract does not have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from adapters.soap.contract import Contract
from adapters.soap.upstream import SoapUpstream
from bridge.config.model import UpstreamSettings
from bridge.config.nearest import suggestion
from bridge.rules.faults import SEEN, is_expression
from bridge.shapes.jsonpath import Condition
from bridge.shapes.jsonpath_fit import misfits


@dataclass(frozen=True, slots=True)
class Told:
    """One thing, and where it stands below its upstream: keys, and positions in lists."""

    severity: Literal["config", "warning"]
    text: str
    hint: str
    way: tuple[str | int, ...]


def rules_told(settings: UpstreamSettings, contract: Contract, upstream: SoapUpstream) -> Iterator[Told]:
    for one in (*upstream.unfit, *upstream.session_unfit):
        hint = suggestion(one.misfit.name, one.misfit.known) if one.misfit.name else ""
        yield Told("config", one.misfit.text, hint, one.way)
    for name, own in settings.operations.items():
        operation = contract.operations.get(name)
        declared = [fault.name for fault in (*operation.faults, *operation.header_faults)] if operation else []
        for fault in own.faults if operation else ():
            if fault not in declared:
                yield from _fault(contract, name, declared, fault)
        if operation and own.cache is not None:
            known = [*declared, *(rule.code for rule in (*own.fail_when, *settings.fail_when))]
            yield from _negative(name, known, own.cache.negative)


def _negative(operation: str, known: Sequence[str], named: Iterable[str]) -> Iterator[Told]:
    """Names under `cache.negative` that no fault has."""
    for fault in named:
        if fault not in known:
            text = f"{operation} declares no fault {fault!r}, and no rule has this code: nothing is kept by it"
            yield Told("warning", text, suggestion(fault, known), ("operations", operation, "cache", "negative", fault))


def _fault(contract: Contract, operation: str, declared: Sequence[str], key: str) -> Iterator[Told]:
    """A key under `faults:` that is no declared fault. It may be a SOAP code, so this is a warning only."""
    way = ("operations", operation, "faults", key)
    if is_expression(key):
        for wrong in misfits(Condition(key).uses, SEEN):
            hint = suggestion(wrong.name, wrong.known) if wrong.name else ""
            yield Told("config", wrong.text.replace("in the answer", "in a fault"), hint, way)
    elif key.startswith("{"):
        known = {*contract.layout.types, *contract.layout.elements}
        if key not in known:
            hint = suggestion(key, [name for name in known if name.startswith("{")])
            yield Told("warning", f"the WSDL has no type and no element {key}", hint, way)
    else:
        text = f"{operation} declares no fault {key!r}; it is taken as a SOAP fault code"
        yield Told("warning", text, suggestion(key, declared), way)
