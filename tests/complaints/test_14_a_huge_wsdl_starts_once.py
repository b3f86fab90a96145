"""Complaint 14: a huge WSDL takes seconds to minutes to load, at every start and in every process, although a handful
of its operations is used.

mvantellingen/python-zeep#612, #678, #676, vpulim/node-soap#713, loopbackio/strong-soap#297, #105.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from collections.abc import Awaitable
from pathlib import Path

from tests.complaints.legacy import Bridges, Old, Op, element, schema, wsdl

TYPES = 3_000
OPERATIONS = 60
RATIO_MAX = 3.0
AGAIN_RATIO_MAX = 0.5
LOAD = "import sys, zeep; zeep.Client(sys.argv[1])"


def huge() -> str:
    """Each operation reaches a tree of types; most types know some of the others."""
    names = ("Id", "Note", "Price", "Day", "Open")
    kinds = ("int", "string", "decimal", "date", "boolean")
    fields = "".join(f'<xs:element name="{n}" type="xs:{k}" minOccurs="0"/>' for n, k in zip(names, kinds, strict=True))
    types = "".join(
        f'<xs:complexType name="T{n}"><xs:sequence>{fields}'
        f'<xs:element name="Left" type="t:T{2 * n + 1}" minOccurs="0"/>'
        f'<xs:element name="Right" type="t:T{2 * n + 2}" minOccurs="0" maxOccurs="unbounded"/></xs:sequence>'
        f'<xs:attribute name="kind"><xs:simpleType><xs:restriction base="xs:string"><xs:enumeration value="a{n}"/>'
        f'<xs:enumeration value="b{n}"/></xs:restriction></xs:simpleType></xs:attribute></xs:complexType>'
        if 2 * n + 2 < TYPES
        else f'<xs:complexType name="T{n}"><xs:sequence>{fields}</xs:sequence></xs:complexType>'
        for n in range(TYPES)
    )
    messages = "".join(
        element(f"Op{n}", f'<xs:element name="In" type="t:T{40 + n}"/>')
        + element(f"Op{n}Response", f'<xs:element name="Out" type="t:T{n}"/>')
        for n in range(OPERATIONS)
    )
    return wsdl(schema(types + messages), *(Op(f"Op{n}") for n in range(OPERATIONS)))


def _cpu_s() -> tuple[float, float]:
    """Of this process, and of its children that have ended. A busy machine does not change it."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time(), ended.ru_utime + ended.ru_stime


async def _cost(work: Awaitable[object]) -> tuple[float, float]:
    own, children = _cpu_s()
    await work
    return _cpu_s()[0] - own, _cpu_s()[1] - children


async def _zeep(path: Path) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", LOAD, str(path))
    assert await process.wait() == 0


async def test_the_first_start_is_bounded_and_the_second_is_free_zeep_612_676_node_soap_713(
    bridges: Bridges, tmp_path: Path
) -> None:
    path = tmp_path / "huge.wsdl"
    path.write_text(huge(), "utf-8")
    upstreams = {"old": {"soap": {"wsdl": str(path), "endpoint": "http://127.0.0.1:9/"}}}

    async def start() -> None:
        old = Old()
        async with bridges.opened(old, upstreams, state=tmp_path / "state"):
            # One operation of the many is used (#678), and documents are written only when somebody asks.
            told = await old.post("op59", {"id": "no number"})
            assert (told.status, told.json["errors"][0]["pointer"]) == (422, "/id")

    _, zeep_s = await _cost(_zeep(path))
    first = sum(await _cost(start()))
    own, children = await _cost(start())
    again = own + children
    print(f"\n{TYPES} types: zeep {zeep_s:.2f} s, first start {first:.2f} s, second {again:.2f} s of CPU")
    assert first <= RATIO_MAX * zeep_s
    assert children == 0, "the second start reads no WSDL, so it needs no process for that"
    assert again <= AGAIN_RATIO_MAX * min(first, zeep_s)
