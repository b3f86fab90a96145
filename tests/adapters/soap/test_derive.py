"""Deriving in a process of its own."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from adapters.soap.derive import Job, Outcome, answer, decode, derive
from bridge.errors import ContractError
from tests.adapters.soap.wsdls import HERE, pinned, read, wsdl

ROOT = Path(__file__).parents[3]
sees_children = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are looked up in /proc")


async def test_the_child_reads_what_we_read() -> None:
    assert decode(await derive(pinned(wsdl()))) == read(wsdl())


async def test_zeep_reads_too_where_that_is_wanted_and_agrees() -> None:
    contract = decode(await derive(pinned(wsdl()), compare=True))
    assert contract.compared
    assert contract.second_reading == ()


def test_the_child_does_not_import_zeep_for_a_reading_of_ours() -> None:
    job = msgspec.msgpack.encode(Job(pinned(wsdl())))
    code = "import sys; from adapters.soap import derive; derive.main(); sys.exit('zeep' in sys.modules)"
    child = subprocess.run([sys.executable, "-c", code], input=job, cwd=ROOT, capture_output=True, check=False)
    assert child.returncode == 0, child.stderr
    assert msgspec.msgpack.decode(child.stdout, type=Outcome).contract


async def test_the_port_is_handed_on() -> None:
    with pytest.raises(ContractError, match="no usable port for service any, port Nope"):
        await derive(pinned(wsdl()), port="Nope")


async def test_a_broken_document_is_an_error_with_words() -> None:
    with pytest.raises(ContractError, match="no WSDL"):
        await derive(pinned("<html/>"))


async def test_the_parent_does_not_wait_for_ever() -> None:
    with pytest.raises(ContractError, match=r"within 0\.01 s"):
        await derive(pinned(wsdl()), timeout_s=0.01)


@sees_children
async def test_cancelling_ends_the_child() -> None:
    before = children()
    task = asyncio.create_task(derive(pinned(wsdl())))
    started: set[str] = set()
    async for now in looks():
        started = now - before
        if started:
            break
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not started & children()


async def looks() -> AsyncIterator[set[str]]:
    """Our child processes, looked at in every turn of the event loop."""
    while True:
        yield children()
        await asyncio.sleep(0)  # a look in every turn is what this is


def children() -> set[str]:
    return set(Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split())


@sees_children
async def test_the_event_loop_goes_on_meanwhile_and_slots_bound_the_children() -> None:
    slots = asyncio.Semaphore(1)
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)  # a turn of the loop is what is counted

    other = asyncio.create_task(turn())
    before = children()
    tasks = [asyncio.create_task(derive(pinned(wsdl()), slots=slots)) for _ in range(2)]
    most = 0
    while not all(task.done() for task in tasks):
        most = max(most, len(children() - before))
        await asyncio.sleep(0)  # each turn of the loop is looked at: a process gives no sign when it begins
    other.cancel()
    assert [decode(task.result()).target for task in tasks] == ["urn:shop"] * 2
    assert most == 1
    assert turns > 100


def test_the_child_answers_an_error_instead_of_dying() -> None:
    assert answer(Job(pinned("<html/>"))) == Outcome(error=f"{HERE} is no WSDL: its root element is html")


def test_the_child_keeps_its_answer_apart_from_what_libraries_print() -> None:
    job = msgspec.msgpack.encode(Job(pinned(wsdl())))
    done = subprocess.run(
        [sys.executable, "-m", "adapters.soap.derive"], input=job, capture_output=True, cwd=ROOT, check=True, timeout=60
    )
    outcome = msgspec.msgpack.decode(done.stdout, type=Outcome)
    assert decode(outcome.contract).target == "urn:shop"
