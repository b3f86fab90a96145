"""Whether the files that a configuration names are there: told by `check` and at start, not at the first call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from adapters.soap.judging import Output, Unfit
from bridge.errors import BridgeError
from bridge.shapes.files import places_of_files
from bridge.shapes.jsonpath_fit import Misfit


def files_unfit(chosen: Mapping[str, str], output: Output) -> Iterator[Unfit]:
    """`chosen`: by operation, the place of the file of its answer."""
    for operation, place in chosen.items():
        if not place:
            continue
        try:
            known = tuple(places_of_files(output(operation)))
        except BridgeError:
            continue  # it cannot be offered, which is told elsewhere
        if place not in known:
            told = f"the answers of {operation} have no file at {place}"
            yield Unfit(("operations", operation, "soap", "attachments", "answer"), Misfit(told, place, known))
