"""Answers that hold lists in every way a schema can say it, their envelopes, and both ways of reading their rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache

from adapters.soap.codec import OperationCodec, Projection
from adapters.soap.contract import Version
from adapters.soap.documents import DocumentSet
from adapters.soap.rows import RowReader, lines, rows_of
from adapters.soap.rows_path import RowList
from adapters.soap.translate import Reading, read_answer
from adapters.soap.wsdl.reader import read_contract
from bridge.errors import BridgeError
from bridge.formats.xml.view import ViewOptions
from bridge.transport.opened import Answer

HERE, SPACE = "/docs/listed.wsdl", "urn:listed"
TYPES = """
  <x:complexType name="Row"><x:sequence><x:element name="id" type="x:long"/>
    <x:element name="name" type="x:string" nillable="true" minOccurs="0"/>
    <x:element name="tag" type="x:string" minOccurs="0" maxOccurs="unbounded"/></x:sequence>
    <x:attribute name="kind" type="x:string"/></x:complexType>
  <x:complexType name="Rows"><x:sequence>
    <x:element name="Row" type="t:Row" nillable="true" minOccurs="0" maxOccurs="unbounded"/></x:sequence>
  </x:complexType>
  <x:complexType name="Node"><x:sequence><x:element name="id" type="x:int"/>
    <x:element name="node" type="t:Node" minOccurs="0" maxOccurs="unbounded"/></x:sequence></x:complexType>
  <x:complexType name="Shape" abstract="true"><x:sequence><x:element name="id" type="x:int"/></x:sequence>
  </x:complexType>
  <x:complexType name="Circle"><x:complexContent><x:extension base="t:Shape"><x:sequence>
    <x:element name="radius" type="x:decimal"/></x:sequence></x:extension></x:complexContent></x:complexType>
  <x:complexType name="Square"><x:complexContent><x:extension base="t:Shape"><x:sequence>
    <x:element name="side" type="x:decimal"/></x:sequence></x:extension></x:complexContent></x:complexType>
  <x:element name="animal" type="x:string" abstract="true"/>
  <x:element name="cat" type="x:string" substitutionGroup="t:animal"/>
  <x:element name="dog" type="x:string" substitutionGroup="t:animal"/>
  <x:complexType name="Page"><x:sequence><x:element name="row" type="t:Row" minOccurs="0" maxOccurs="unbounded"/>
    </x:sequence><x:attribute name="no" type="x:int"/></x:complexType>
  <x:complexType name="LastPage"><x:complexContent><x:extension base="t:Page"><x:sequence>
    <x:element name="end" type="x:boolean"/></x:sequence></x:extension></x:complexContent></x:complexType>"""
MANY = 'minOccurs="0" maxOccurs="unbounded"'
ANSWERS = {
    "Beside": f'<x:element name="before" type="x:int" minOccurs="0"/><x:element name="row" type="t:Row" {MANY}/>'
    '<x:element name="total" type="x:int" minOccurs="0"/>',
    "Wrapped": '<x:element name="WrappedResult" type="t:Rows" minOccurs="0"/>',
    "Nillable": '<x:element name="NillableResult" type="t:Rows" nillable="true"/>',
    "Deep": '<x:element name="page"><x:complexType><x:sequence><x:element name="info" type="x:string" minOccurs="0"/>'
    '<x:element name="rows" type="t:Rows" minOccurs="0"/><x:element name="note" type="x:string" minOccurs="0"/>'
    '</x:sequence></x:complexType></x:element><x:element name="took" type="x:int" minOccurs="0"/>',
    "Texts": f'<x:element name="text" type="x:string" nillable="true" {MANY}/>',
    "Numbers": f'<x:element name="n" type="x:decimal" {MANY}/><x:element name="sum" type="x:decimal" minOccurs="0"/>',
    "Shapes": f'<x:element name="shape" type="t:Shape" {MANY}/><x:element name="c" type="x:int" minOccurs="0"/>',
    "Animals": f'<x:element ref="t:animal" {MANY}/><x:element name="c" type="x:int" minOccurs="0"/>',
    "Tree": f'<x:element name="node" type="t:Node" {MANY}/><x:element name="depth" type="x:int" minOccurs="0"/>',
    "Wild": f'<x:element name="row" type="t:Row" {MANY}/><x:any namespace="##other" processContents="lax" {MANY}/>',
    "Paged": '<x:element name="page" type="t:Page"/><x:element name="c" type="x:int" minOccurs="0"/>',
    "Chosen": f'<x:choice><x:element name="row" type="t:Row" {MANY}/><x:element name="none" type="x:string"/>'
    "</x:choice>",
    "Two": f'<x:element name="row" type="t:Row" {MANY}/><x:element name="note" type="x:string" {MANY}/>',
    "None": '<x:element name="id" type="x:int"/>',
}
BODIES = {
    "Beside": "<t:before>1</t:before>{rows}<t:total>9</t:total>",
    "Wrapped": "<t:WrappedResult>{Rows}</t:WrappedResult>",
    "Nillable": "<t:NillableResult>{Rows}</t:NillableResult>",
    "Deep": "<t:page><t:info>i</t:info><t:rows>{Rows}</t:rows><t:note>n</t:note></t:page><t:took>5</t:took>",
    "Texts": '<t:text>a</t:text><t:text/><t:text xsi:nil="true"/><t:text>b&amp;&#233;&lt;<![CDATA[<t:text>]]></t:text>',
    "Numbers": "<t:n>1.10</t:n><t:n>123456789012345678901234567890.5</t:n><t:n>-0</t:n><t:sum>2</t:sum>",
    "Shapes": '<t:shape xsi:type="t:Circle"><t:id>1</t:id><t:radius>1.50</t:radius></t:shape>'
    '<t:shape xsi:type="t:Square"><t:id>2</t:id><t:side>2</t:side></t:shape><t:c>2</t:c>',
    "Animals": "<t:cat>Tom</t:cat><t:dog>Rex</t:dog><t:cat>Kit</t:cat><t:c>3</t:c>",
    "Tree": "<t:node><t:id>1</t:id><t:node><t:id>2</t:id></t:node><t:node><t:id>3</t:id></t:node></t:node>"
    "<t:node><t:id>4</t:id></t:node><t:depth>2</t:depth>",
    "Wild": '{rows}<o:extra xmlns:o="urn:o">x</o:extra><o:row xmlns:o="urn:o">no row of ours</o:row>',
    "Paged": '<t:page no="1">{rows}</t:page><t:c>1</t:c>',
    "Chosen": "{rows}",
}
ROWS = (
    '<t:{0} kind="a"><t:id>1</t:id><t:name>one</t:name><t:tag>x</t:tag><t:tag>y</t:tag></t:{0}>\n  '
    '<t:{0}><t:id>2</t:id><t:name xsi:nil="true"/></t:{0}>'
    "<t:{0}><t:id>3</t:id><t:name>th\u00fcr &amp; <!-- no -->s\u00f6n &#8364;</t:name></t:{0}>"
)
PATHS = {
    "Beside": "row",
    "Wrapped": "",
    "Nillable": "",
    "Deep": "page.rows",
    "Texts": "",
    "Numbers": "n",
    "Shapes": "shape",
    "Animals": "animal",
    "Tree": "node",
    "Wild": "row",
    "Paged": "page.row",
    "Chosen": "row",
}


@cache
def codec(name: str, version: Version = "1.1", options: ViewOptions | None = None) -> OperationCodec:
    contract = read_contract(DocumentSet(HERE, {HERE: wsdl(version).encode()}))
    return Projection(contract, options).operation(name)


def wsdl(version: Version = "1.1") -> str:
    soap = {"1.1": "soap", "1.2": "soap12"}[version]

    def element(name: str, content: str) -> str:
        inside = f"<x:complexType><x:sequence>{content}</x:sequence></x:complexType>"
        return f'<x:element name="{name}">{inside}</x:element>'

    elements = "".join(element(name, "") + element(f"{name}Response", inside) for name, inside in ANSWERS.items())
    messages = "".join(
        f'<message name="{name}In"><part name="b" element="t:{name}"/></message>'
        f'<message name="{name}Out"><part name="b" element="t:{name}Response"/></message>'
        for name in ANSWERS
    )
    operations = "".join(
        f'<operation name="{name}"><input message="t:{name}In"/><output message="t:{name}Out"/></operation>'
        for name in ANSWERS
    )
    bound = "".join(
        f'<operation name="{name}"><s:operation soapAction=""/><input><s:body use="literal"/></input>'
        '<output><s:body use="literal"/></output></operation>'
        for name in ANSWERS
    )
    return f"""<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:x="http://www.w3.org/2001/XMLSchema"
    xmlns:t="{SPACE}" xmlns:s="http://schemas.xmlsoap.org/wsdl/{soap}/" targetNamespace="{SPACE}">
  <types><x:schema targetNamespace="{SPACE}" elementFormDefault="qualified">{TYPES}{elements}</x:schema></types>
  {messages}<portType name="P">{operations}</portType>
  <binding name="B" type="t:P"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/>{bound}</binding>
  <service name="S"><port name="P" binding="t:B"><s:address location="http://listed.example/"/></port></service>
  </definitions>"""


def envelope(body: str, version: Version = "1.1", header: str = "") -> str:
    space = {"1.1": "http://schemas.xmlsoap.org/soap/envelope/", "1.2": "http://www.w3.org/2003/05/soap-envelope"}
    return (
        f'<e:Envelope xmlns:e="{space[version]}" xmlns:t="{SPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"{header}<e:Body>{body}</e:Body></e:Envelope>"
    )


def answer_of(name: str, version: Version = "1.1", rows: str = ROWS) -> str:
    """An answer of an operation with its rows."""
    body = BODIES[name].format(rows=rows.format("row"), Rows=rows.format("Row"))
    return envelope(f"<t:{name}Response>{body}</t:{name}Response>", version)


# ── both ways ────────────────────────────────────────────────────────────────────────────────────────────────────

Read = tuple[bytes, Counter[str]] | type[BridgeError]
"""Rows and what was overlooked, or the error."""


def streamed(
    made: OperationCodec, data: bytes, step: int = 1 << 20, *, charset: str | None = None, how: Reading | None = None
) -> Read:
    reader = RowReader(made, rows_of(made, how or Reading()), how or Reading(), charset)
    try:
        rows = b"".join(reader.feed(piece) for piece in pieces(data, step)) + reader.finish()
    except BridgeError as error:
        return type(error)
    return rows, reader.tolerances


def buffered(made: OperationCodec, data: bytes, *, charset: str | None = None) -> Read:
    answer = Answer(200, {}, "text/xml", charset, data, len(data))
    try:
        found = read_answer(answer, made, Reading(), now_s=0.0)
    except BridgeError as error:
        return type(error)
    rows: RowList = rows_of(made, Reading())
    return lines((found.json or "").encode(), rows.path), Counter(found.tolerances)


def pieces(data: bytes, step: int) -> Iterator[bytes]:
    return (data[at : at + step] for at in range(0, len(data), step))
