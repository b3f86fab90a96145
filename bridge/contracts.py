"""What a room promises its neighbours, which never import each other.

An Adapter opens one kind of legacy system and lists what it offers. The web room, the layers and the command line
know upstreams only through these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from bridge.call import Call, Reply, Service
from bridge.events import Event
from bridge.shapes.files import places_of_files
from bridge.shapes.model import Described

Emit = Callable[[Event], None]
"""Where events go. Never blocks, never raises."""


@dataclass(frozen=True, slots=True)
class FaultInfo:
    """A declared fault: its clean name, its typed detail, the status it becomes."""

    name: str
    detail: Described
    status: int
    doc: str = ""


@dataclass(frozen=True, slots=True)
class FailureInfo:
    """A problem that the configuration makes of an answer or a fault. `detail`: what stands under `fault`, if known."""

    status: int
    code: str
    detail: Described | None = None
    doc: str = ""


@dataclass(frozen=True, slots=True)
class RowsInfo:
    """The list of an answer whose items may leave one by one. `path`: its keys, none when the answer is the list."""

    item: Described
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """A named call on an upstream, with the two flags that a person sets.

    `safe`: may be cached, polled, repeated, offered as GET. `idempotent`: may be repeated. `describe()` of the
    upstream gives its Shapes; they are not built before someone asks. `address`: the method and path it has by nature
    (`GET /orders/{orderId}`), "" for none.
    """

    upstream: str
    name: str
    safe: bool = False
    idempotent: bool = False
    one_way: bool = False
    doc: str = ""
    address: str = ""

    @property
    def id(self) -> str:
        return f"{self.upstream}.{self.name}"


@dataclass(frozen=True, slots=True)
class Description:
    """The Shapes of one operation. `output.shape` None: there is nothing to answer with (204, or 202 if one-way)."""

    input: Described
    output: Described
    faults: tuple[FaultInfo, ...] = ()
    failures: tuple[FailureInfo, ...] = ()
    rows: RowsInfo | None = None

    @property
    def input_files(self) -> tuple[str, ...]:
        """The binary values of a request, as JSON Pointers with `*` for items: what `Call.uploads` may fill."""
        return tuple(places_of_files(self.input))

    @property
    def output_files(self) -> tuple[str, ...]:
        """The binary values of an answer, likewise: what `want` "raw" may ask for."""
        return tuple(places_of_files(self.output))


@dataclass(frozen=True, slots=True)
class Example:
    """A request and an answer that fit the schema; JSON texts. `answer` None: no content."""

    request: bytes
    answer: bytes | None


@dataclass(frozen=True, slots=True)
class Envelopes:
    """What a dry run shows: the exact bytes that would be sent, where, and with which headers (credentials masked)."""

    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Keyed:
    """That a write may come again under its key. `required`: not without one; `made`: it has one by itself, of its
    arguments; `unquoted`: taken without the quotes that its header demands."""

    required: bool = False
    made: bool = False
    unquoted: bool = False


class Peek(Protocol):
    """Looks into a cache without asking anybody."""

    def peek(self, call: Call) -> Reply | None:
        """A kept answer that is still fresh, at once; None when it takes asking."""
        ...

    def used(self) -> None:
        """The answer that `peek` gave went out."""
        ...


@runtime_checkable
class Passing(Protocol):
    """An upstream that passes requests on as they come."""

    @property
    def passing(self) -> Mapping[str, Operation]:
        """What is passed on, by HTTP method; `other` for methods that are not named. Empty: nothing is."""
        ...

    @property
    def leads_back(self) -> bool:
        """Whether its own addresses in answers become those of the bridge."""
        ...

    def relay(self, operation: Operation) -> Service:
        """The bare way through for calls with an `exchange`."""
        ...

    def target_of(self, asked: str, address: str) -> str | None:
        """Path and query behind the address of the upstream that an address in the answer to `asked` means; None for
        one of somebody else."""
        ...


class Upstream(Protocol):
    """An opened legacy system."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def doc(self) -> str: ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was left out, and why; one readable line each."""
        ...

    @property
    def operations(self) -> Mapping[str, Operation]: ...

    def describe(self, operation: str) -> Description: ...

    def example(self, operation: str) -> Example: ...

    def service(self, operation: str) -> Service:
        """The bare call, without layers. Raises members of `errors.CallError` only."""
        ...

    async def dry_run(self, operation: str, args: bytes) -> Envelopes: ...

    async def close(self) -> None: ...
