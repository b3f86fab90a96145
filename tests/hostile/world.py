"""The service behind which the hostile inputs stand, and the one way each of them is let in."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.complaints.legacy import Bridges, Old, Op, Told, element, envelope, schema, wsdl
from tests.cpu import too_much
from tests.hostile.case import GOOD, GOOD_JSON, Case
from tests.hostile.watch import SECRET, Canary, watched

CPU_S_MAX = 1.0

ANIMALS = (
    '<xs:complexType name="Animal"><xs:sequence><xs:element name="Name" type="xs:string" minOccurs="0"/></xs:sequence>'
    '<xs:attribute name="tag" type="xs:string"/></xs:complexType>'
    '<xs:complexType name="Cat"><xs:complexContent><xs:extension base="t:Animal"><xs:sequence>'
    '<xs:element name="Lives" type="xs:int"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>'
    '<xs:complexType name="Ghost" abstract="true"><xs:complexContent><xs:extension base="t:Animal"/>'
    "</xs:complexContent></xs:complexType>"
    '<xs:complexType name="Secret"><xs:sequence><xs:element name="Key" type="xs:string"/></xs:sequence>'
    "</xs:complexType>"
    '<xs:element name="Head" type="t:Animal"/><xs:element name="CatHead" type="t:Cat" substitutionGroup="t:Head"/>'
)
SCALARS = "".join(
    f'<xs:element name="{kind[0].upper() + kind[1:]}" type="xs:{kind}" minOccurs="0"/>'
    for kind in (
        *("int", "long", "integer", "decimal", "double", "boolean", "date", "dateTime", "duration"),
        *("base64Binary", "hexBinary", "QName", "anyURI", "NMTOKENS"),
    )
)
CONTENT = (
    '<xs:element name="Text" type="xs:string" minOccurs="0" nillable="true"/>'
    f"{SCALARS}"
    '<xs:element name="Slow" minOccurs="0"><xs:simpleType><xs:restriction base="xs:string">'
    '<xs:pattern value="(a|a?)*b"/></xs:restriction></xs:simpleType></xs:element>'
    '<xs:element name="Pet" type="t:Animal" minOccurs="0"/><xs:element ref="t:Head" minOccurs="0"/>'
    '<xs:any namespace="##other" processContents="lax" minOccurs="0" maxOccurs="unbounded"/>'
)
WSDL = wsdl(
    schema(
        ANIMALS
        + element("Get", CONTENT)
        + element("GetResponse", CONTENT)
        + element("Tree", '<xs:element name="Node" type="t:Node" minOccurs="0"/>')
        + element("TreeResponse", '<xs:element name="Node" type="t:Node" minOccurs="0"/>')
        + '<xs:complexType name="Node"><xs:sequence><xs:element name="V" type="xs:string" minOccurs="0"/>'
        '<xs:element name="Node" type="t:Node" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType>'
    ),
    Op("Get"),
    Op("Tree"),
)


@asynccontextmanager
async def opened(bridges: Bridges) -> AsyncIterator[Old]:
    """A bridge that has worked once, so that what it opens from now on it opens because of the input."""
    async with bridges(WSDL) as old:
        for _ in range(2):
            old.answers(GOOD)
            told = await old.post("get", {})
            assert (told.status, told.text) == (200, GOOD_JSON), told.text
        assert (await old.post("get", b"{")).status == 400
        yield old


async def answer_of(case: Case, old: Old, canary: Canary) -> Told:
    """What becomes of a hostile answer of the system behind."""
    old.answer, old.status, old.content_type = case.made(str(canary.file), canary.http), case.http, case.type
    old.more_headers = {key: one.replace("@HTTP@", canary.http) for key, one in case.headers.items()}
    operation = "tree" if case.id.startswith("T2/tree") else "get"
    return await _handled(case, old, canary, operation, b"{}", {})


async def request_of(case: Case, old: Old, canary: Canary) -> Told:
    """What becomes of a hostile request."""
    old.answer = envelope(GOOD)
    operation = "tree" if case.id.startswith("T7/tree") else "get"  # `get` has binary values and so takes forms
    return await _handled(case, old, canary, operation, case.made(str(canary.file), canary.http), case.headers)


async def _handled(
    case: Case, old: Old, canary: Canary, operation: str, body: bytes, headers: dict[str, str] | object
) -> Told:
    more = dict(headers) if isinstance(headers, dict) else {}
    more.setdefault("Content-Type", "application/json")
    canary.touched()
    with watched(*old.ports) as seen:
        told = await old.ask("POST", f"/v1/old/{operation}", data=io.BytesIO(body), headers=more)
    where = f"{case.id}: {told.status} {told.text[:300]}"
    assert seen.events == [], where
    assert canary.touched() == [], where
    assert SECRET not in told.text, where
    assert not too_much(seen.cpu_s, CPU_S_MAX), f"{where}: {seen.cpu_s:.2f} s"
    assert (told.status, told.json["code"] if told.status >= 400 else "") == (case.status, case.code), where
    if case.holds is not None:
        assert told.text == case.holds, where
    if told.status >= 400:
        assert told.headers["Content-Type"].startswith("application/problem+json"), where
        assert not any(word in told.text for word in ("Traceback", str(canary.file), "lxml")), where
    return told
