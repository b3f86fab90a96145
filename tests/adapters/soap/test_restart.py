"""A second start with a kept contract: no network, no zeep, a fraction of the work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.adapters.soap.corpus import PROJECT, corpus

pytestmark = pytest.mark.corpus

SHARE_MAX = 1 / 5

START = """
import asyncio, json, sys
from pathlib import Path
from adapters.soap.kept import Kept
from adapters.soap.source import open_contract
from bridge.clock import SystemClock
from tests.cpu import spent

async def fetch(url):
    raise SystemExit(f"{url} was asked for")

async def start(location, folder, resolve):
    with spent() as cost:
        contract, from_disk = await open_contract(
            location, fetch=fetch, clock=SystemClock(), kept=Kept(Path(folder)), resolve_map=resolve
        )
    seen = {"from_disk": from_disk, "zeep": "zeep" in sys.modules, "operations": len(contract.operations)}
    print(json.dumps({"cpu_s": cost.whole_s, **seen}))

asyncio.run(start(sys.argv[1], sys.argv[2], json.loads(sys.argv[3])))
"""


class Start(msgspec.Struct):
    """What one start in a fresh process was like."""

    cpu_s: float
    from_disk: bool
    zeep: bool
    operations: int


@pytest.mark.parametrize(
    ("name", "operations"), [("netsuite/netsuite", 42), ("virtualbox/vboxweb", 1158), ("e-conomic/economic", 1511)]
)
def test_the_second_start_needs_neither_network_nor_zeep(tmp_path: Path, name: str, operations: int) -> None:
    collection = corpus()
    entry = collection.named(name)
    resolve = msgspec.json.encode(collection.sourcing(entry).resolve).decode()

    def start() -> Start:
        command = [sys.executable, "-c", START, str(entry.path), str(tmp_path), resolve]
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, check=True, timeout=100)
        return msgspec.json.decode(done.stdout, type=Start)

    first, again = start(), [start() for _ in range(2)]
    print(name, first.cpu_s, [one.cpu_s for one in again])
    assert (first.from_disk, first.operations) == (False, operations)
    assert all(one.from_disk and one.operations == operations for one in again)
    assert not first.zeep
    assert not any(one.zeep for one in again)
    assert min(one.cpu_s for one in again) < first.cpu_s * SHARE_MAX
