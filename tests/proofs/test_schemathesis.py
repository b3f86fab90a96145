"""schemathesis, with all its checks, against the bridge in front of its own mock: what is served is what is told.

`make test` does the demo shop briefly, `make test-long` the shop and WSDLs of different styles at length.
"""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import pytest

from tests.adapters.soap.corpus import PROJECT, corpus
from tests.journeys.running import bridge, spawned
from tests.servers.running import WSDLS
from tests.warm import Started

REPORT = PROJECT / "docs" / "proofs" / "schemathesis.md"
SHOP = str(PROJECT / "bridge" / "demo" / "shop.wsdl")
STYLES = (
    "afip-argentina/ws_sr_padron_a13",  # faults, nillable
    "altinn/CorrespondenceAgencyExternalBasic.svc",  # WCF
    "cdyne/phone_verify",  # 1.1 and 1.2
    "chromedata/chromedata",  # choice, attributes, recursion
    "europepmc/europepmc",  # simple content with attributes, faults
    "fixture-zeep/soap_transport_err",  # xs:all
    "gematik/I_Monitoring_Update10",  # imports
    "recetu/empty_element",  # rpc/literal, choice
    "salesforce/salesforce_small",  # headers
    "telefonkatalogen/savon295",  # rpc/literal
    "thomas-bayer/blz-service",
    "ws-discovery/hello_world",  # SOAP 1.2, one-way
)
MOCKED = re.compile(r"mocked on (http://\S+);")
CASES = re.compile(r"(\d+) generated")
READY_S, RUN_S = 60, 1500


async def cases(folder: Path, wsdl: str, resolve: dict[str, str], *options: str) -> int:
    """How many cases were tried; fails with what schemathesis found."""
    pairs = [part for url, path in resolve.items() for part in ("--resolve", f"{url}={path}")]
    state = str(folder / "state")
    mock = await spawned(["mock", "--wsdl", wsdl, "--port", "0", "--state", state, *pairs], folder)
    try:
        legacy = await mocked(mock)
        serve = ("--wsdl", f"it={wsdl}", "--endpoint", legacy, "--guess-reads", *pairs)
        async with bridge(folder, None, *serve) as served:
            await served.ready("it")
            return await schemathesis(folder, served.url, *options)
    finally:
        mock.terminate()
        await mock.wait()
        mock.close()


async def mocked(process: Started) -> str:
    told = ""
    async with asyncio.timeout(READY_S):
        while not (match := MOCKED.search(told)):
            line = (await process.stderr.readline()).decode()
            assert line, told
            told += line
    return match[1]


async def schemathesis(folder: Path, url: str, *options: str) -> int:
    command = Path(sys.executable).with_name("schemathesis")
    process = await asyncio.create_subprocess_exec(
        *(str(command), "run", f"{url}/openapi.json", "--checks", "all", "--seed", "20261121", *options),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(RUN_S):
        output = (await process.communicate())[0].decode()
    assert process.returncode == 0, output[-6000:]
    found = CASES.search(output)
    assert found, output[-2000:]
    return int(found[1])


@pytest.mark.journey
@pytest.mark.timeout(300)
async def test_the_shop(tmp_path: Path) -> None:
    some = ("--include-path-regex", "get-order|pay-order")
    tried = await cases(tmp_path, SHOP, {}, "--phases", "examples,coverage", "--max-examples", "5", *some)
    print(f"{tried} cases")
    assert tried > 50


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_files(tmp_path: Path) -> None:
    """Forms, bare bodies and binary answers."""
    options = ("--phases", "examples,coverage", "--max-examples", "5", "--suppress-health-check", "all")
    tried = await cases(tmp_path, str(WSDLS / "files.wsdl"), {}, *options)
    print(f"{tried} cases")
    assert tried > 100


@pytest.mark.long
@pytest.mark.corpus
@pytest.mark.parametrize("name", [*STYLES, "demo"])
async def test_styles(tmp_path: Path, name: str) -> None:
    options = (
        *("--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "15"),
        *("--suppress-health-check", "all"),  # of how slow it is to make data for a large schema, not of us
    )
    if name == "demo":
        tried = await cases(tmp_path, SHOP, {}, *options)
    else:
        entry = corpus().named(name)
        tried = await cases(tmp_path, str(entry.path), dict(corpus().sourcing(entry).resolve), *options)
    print(f"{name}: {tried} cases")
    assert tried > 10
    record(name, tried)


def record(name: str, tried: int) -> None:
    """Puts a line into the report; the others stay."""
    lines = REPORT.read_text(encoding="utf-8").splitlines()
    head = lines[: lines.index("|---|---|") + 1]
    rows = {line.split("`")[1]: line for line in lines[len(head) :] if line}
    rows[name] = f"| `{name}` | {tried} |"
    REPORT.write_text("\n".join([*head, *(rows[key] for key in sorted(rows))]) + "\n", encoding="utf-8")
