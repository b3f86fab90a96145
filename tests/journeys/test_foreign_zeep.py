"""zeep 4.3.3 beside the bridge, with the same calls to the same servers of SOAP encoding.

Where zeep can, both read the same. Where it cannot, what it does instead is written down here, as it is.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

import bridge.formats.xml.xsd
from tests.journeys.foreign import Foreign
from tests.journeys.wire import served
from tests.servers import zeep_calls
from tests.servers.gsoap import gsoap_server
from tests.servers.php import ENCODED, php_server

# The first run compiles.
pytestmark = [pytest.mark.journey, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

SCHEMA = Path(bridge.formats.xml.xsd.__file__).parent / "known" / "soap-encoding.xsd"
NODE = {"label": "a", "left": {"label": "b"}}
ITEM = {"sku": "s", "price": 1.5, "count": 2}
HOLLOW: dict[str, Any] = {}
LEAF = {"label": "leaf"}
BOTH = {"label": "both", "left": LEAF, "right": LEAF}

# Service, operation, the argument for zeep, the client's JSON.
SAME = [
    ("encoded", "echoInts", {"@array": "ArrayOfInt", "items": [1, 2]}, {"ints": [1, 2]}),
    ("encoded", "viewInts", {"@array": "ArrayOfInt", "items": [1, 2]}, {"ints": [1, 2]}),
    ("encoded", "echoItem", {"@type": "Item", **ITEM}, {**ITEM, "note": None}),
    ("encoded", "viewNode", NODE, NODE),
    ("encoded", "echoNode", NODE, NODE),
    ("graph", "echoNumbers", {"@array": "ArrayOfint", "items": [1, 2]}, {"numbers": [1, 2]}),
    (
        "graph",
        "echoRows",
        {"@array": "ArrayOfArrayOfint", "items": [{"@array": "ArrayOfint", "items": [1]}]},
        {"rows": [[1]]},
    ),
    ("graph", "describeNode", NODE, NODE),
    ("graph", "echoNode", NODE, NODE),
    ("graph", "shared", "leaf", {"label": "leaf"}),
]
# What zeep makes of it, and what is right.
OTHER: list[tuple[str, str, Any, Any, Any, Any]] = [
    (
        "encoded",
        "shared",
        "leaf",
        {"label": "leaf"},
        {
            "label": "root",
            "left": {"label": "both", "left": {"label": "leaf", "left": HOLLOW, "right": HOLLOW}, "right": HOLLOW},
            "right": {"label": "other", "left": HOLLOW, "right": HOLLOW},
        },
        {
            "label": "root",
            "left": {"label": "both", "left": {"label": "leaf"}, "right": {"label": "leaf"}},
            "right": {
                "label": "other",
                "left": {"label": "both", "left": {"label": "leaf"}, "right": {"label": "leaf"}},
            },
        },
    ),
    (
        "encoded",
        "cycle",
        "a",
        {"label": "a"},
        {"label": "a", "left": {"label": "back", "left": HOLLOW, "right": HOLLOW}, "right": HOLLOW},
        502,
    ),
    ("graph", "cycle", "a", {"label": "a"}, "RecursionError", 502),
    ("encoded", "nothing", None, {}, HOLLOW, None),
    (
        "encoded",
        "echoStrings",
        {"@array": "ArrayOfString", "items": ["a", "", "b"]},
        {"strings": ["a", "", "b"]},
        ["a", "b"],
        ["a", "", "b"],
    ),
    ("encoded", "echoInts", {"@array": "ArrayOfInt", "items": []}, {"ints": []}, "ValidationError", []),
    (
        "encoded",
        "echoRows",
        {"@array": "ArrayOfRow", "items": [{"@array": "ArrayOfInt", "items": [1]}]},
        {"rows": [[1]]},
        "TypeError",
        [[1]],
    ),
    (
        "encoded",
        "echoItems",
        {"@array": "ArrayOfItem", "items": [{"@type": "Offer", **ITEM, "discount": 0.5}]},
        {"items": [{"@type": "offer", **ITEM, "note": None, "discount": 0.5}]},
        "TypeError",
        [{"@type": "offer", **ITEM, "discount": 0.5}],
    ),
    (
        "graph",
        "describeWords",
        {"@array": "ArrayOfstring", "items": ["a", None]},
        {"words": ["a", None]},
        "ValidationError",
        '"a",null',
    ),
    ("graph", "sparse", 2, {"offset": 2}, [1, 2, 3], [None, None, 1, 2, 3]),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, Foreign]]:
    folder = tmp_path_factory.mktemp("zeep")
    for name in ("php", "gsoap"):
        (folder / name).mkdir()
    async with php_server(folder / "php", ENCODED) as php, gsoap_server(folder / "gsoap", "graph") as gsoap:
        wsdls = {
            **{service: str(folder / "php" / f"{service}.wsdl") for service in ("encoded", "encoded12")},
            **{service: str(folder / "gsoap" / f"{service}.wsdl") for service in ("graph", "graph12")},
        }
        async with served("both", php, folder, wsdls) as running:
            yield {service: Foreign(wsdl, gsoap, running.bridge) for service, wsdl in wsdls.items()}


async def zeep(here: dict[str, Foreign], service: str, calls: list[tuple[str, Any]]) -> Any:
    """The answers of zeep in a process of its own."""
    namespace = f"urn:example:{service.removesuffix('12')}"
    line = ["-P", "-W", "ignore", zeep_calls.__file__, here[service].name, namespace, str(SCHEMA)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *line, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate(json.dumps(calls).encode())
    return json.loads(out)


async def ours(here: dict[str, Foreign], service: str, operation: str, value: Any) -> Any:
    """The bridge's answer without what is null, or its status."""
    path = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in operation)
    answer = await here[service].bridge.post(f"/v1/{service}/{path}", value)
    return without(answer.json) if answer.status == 200 else answer.status


def without(value: Any) -> Any:
    """To zeep what is null is not there, and it has no names for types."""
    if isinstance(value, dict):
        return {key: without(one) for key, one in value.items() if one is not None}
    return [without(one) for one in value] if isinstance(value, list) else value


async def test_both_read_the_same(here: dict[str, Foreign]) -> None:
    for service in ("encoded", "graph"):
        rows = [(operation, argument, value) for name, operation, argument, value in SAME if name == service]
        answers = await zeep(here, service, [(operation, argument) for operation, argument, _ in rows])
        for (operation, _, value), answer in zip(rows, answers, strict=True):
            own = await ours(here, service, operation, value)
            if isinstance(own, dict):
                own.pop("@type", None)
            assert answer == {"value": own}, operation


async def test_where_zeep_reads_something_else(here: dict[str, Foreign]) -> None:
    for service in ("encoded", "graph"):
        rows = [row[1:] for row in OTHER if row[0] == service]
        answers = await zeep(here, service, [(operation, argument) for operation, argument, *_ in rows])
        for (operation, _, value, theirs, right), answer in zip(rows, answers, strict=True):
            assert answer == ({"error": theirs} if isinstance(theirs, str) else {"value": theirs}), operation
            assert await ours(here, service, operation, value) == right, operation


async def test_soap_1_2(here: dict[str, Foreign]) -> None:
    """PHP's answers begin with rpc:result, which zeep takes for a mistake; what gSOAP wrote it does not load."""
    calls = [("echoInts", {"@array": "ArrayOfInt", "items": [1]}), ("nothing", None), ("shared", "a")]
    assert await zeep(here, "encoded12", calls) == [{"error": "XMLParseError"}] * 3
    assert await ours(here, "encoded12", "echoInts", {"ints": [1]}) == [1]
    assert await zeep(here, "graph12", []) == {"error": "NamespaceError"}
    assert await ours(here, "graph12", "echoNumbers", {"numbers": [1]}) == [1]
