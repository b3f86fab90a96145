"""Derives a contract in a process of its own: reading a large WSDL takes seconds of CPU.

The second reading by zeep, which takes several times as long, is only made for who asks for it (`check` does).
The parent never blocks and never imports zeep; the child sees the document set on its standard input and nothing
else: no network, no secrets in its environment. `python -m adapters.soap.derive` is the child.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import msgspec

from adapters.soap.contract import Contract
from adapters.soap.documents import DocumentSet
from adapters.soap.wsdl.reader import read_contract
from bridge.errors import ContractError

TIMEOUT_S = 120.0
SECOND_READING_S = 60
MEMORY_BYTES_MAX = 4 * 1024**3

_PACKAGES = Path(__file__).parents[2]
_INHERITED = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TZ", "LANG")


class Job(msgspec.Struct, frozen=True):
    """What the child is asked."""

    documents: DocumentSet
    service: str | None = None
    port: str | None = None
    every_port: bool = False
    compare: bool = False


class Outcome(msgspec.Struct, frozen=True):
    """What the child answers: a contract as msgpack, or the reason why there is none."""

    contract: bytes = b""
    error: str = ""


async def derive(
    docs: DocumentSet,
    service: str | None = None,
    port: str | None = None,
    *,
    every_port: bool = False,
    compare: bool = False,
    timeout_s: float = TIMEOUT_S,
    slots: asyncio.Semaphore | None = None,
) -> bytes:
    """The contract as msgpack. Raises ContractError. `slots` bounds how many of these run at once.

    `compare`: with what zeep reads differently.
    """
    job = await asyncio.to_thread(msgspec.msgpack.encode, Job(docs, service, port, every_port, compare))
    try:
        async with slots or nullcontext():
            answer, complaint = await _run(job, timeout_s, docs.location)
    except OSError as error:
        raise ContractError(f"{docs.location} could not be read: no process for it ({error.strerror})") from error
    try:
        outcome = await asyncio.to_thread(msgspec.msgpack.decode, answer, type=Outcome)
    except msgspec.DecodeError as error:
        last = complaint.decode(errors="replace").strip().splitlines()[-1:]
        raise ContractError(
            f"{docs.location} could not be read: {' '.join(last)[:300] or 'the reader died'}"
        ) from error
    if outcome.error:
        raise ContractError(outcome.error)
    return outcome.contract


async def _run(job: bytes, timeout_s: float, location: str) -> tuple[bytes, bytes]:
    environment = {name: value for name in _INHERITED if (value := os.environ.get(name)) is not None}
    # -P keeps the current folder, which others may write to, off the child's path.
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "adapters.soap.derive",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**environment, "PYTHONPATH": str(_PACKAGES)},
    )
    try:
        async with asyncio.timeout(timeout_s):
            return await process.communicate(job)
    except TimeoutError as error:
        raise ContractError(f"{location} could not be read within {timeout_s:g} s") from error
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def answer(job: Job) -> Outcome:
    """The child's work: our reading and, where it is wanted, zeep's beside it."""
    try:
        contract = read_contract(job.documents, service=job.service, port=job.port, every_port=job.every_port)
    except ContractError as error:
        return Outcome(error=error.detail)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, MemoryError) as error:
        return Outcome(error=f"{job.documents.location} could not be read: {type(error).__name__}: {str(error)[:300]}")
    return Outcome(contract=msgspec.msgpack.encode(_compared(job.documents, contract) if job.compare else contract))


def _compared(docs: DocumentSet, contract: Contract) -> Contract:
    # Here, as importing it takes longer than most readings.
    from adapters.soap.oracle import second_reading

    # Should zeep take too long, its reading is given up, not ours.
    with _alarm(SECOND_READING_S):
        lines = second_reading(docs, contract)
    return msgspec.structs.replace(contract, second_reading=lines, compared=True)


@contextmanager
def _alarm(seconds: int) -> Iterator[None]:
    """Raises TimeoutError in the code within, where the system has such a signal."""
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_number: int, _frame: object) -> None:
        raise TimeoutError(f"it took longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def decode(data: bytes) -> Contract:
    """A contract from its bytes. Raises msgspec.DecodeError."""
    return msgspec.msgpack.decode(data, type=Contract)


def main() -> None:
    """The child. What libraries print must not end up in the answer, so standard output is moved out of their way."""
    out = os.dup(1)
    os.dup2(2, 1)
    _bound_memory()
    job = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Job)
    data = msgspec.msgpack.encode(answer(job))
    with os.fdopen(out, "wb") as stream:
        stream.write(data)


def _bound_memory() -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))


if __name__ == "__main__":
    main()
