"""Hostile WSDLs and schemas: documents that lead elsewhere, never end, or promise more than fits into any memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.complaints.legacy import Op, element, schema, wsdl

HERE = "http://docs.invalid/old.wsdl"
FINE = element("Get", '<xs:element name="Id" type="xs:int"/>') + element("GetResponse", "")


@dataclass(frozen=True)
class Document:
    """A WSDL at HERE and what else there is at other addresses. `fails`: a part of the message of the ContractError;
    "" means it loads, whatever it leaves out."""

    id: str
    text: str | bytes | Callable[[], str]
    fails: str = ""
    others: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> bytes:
        text = self.text() if callable(self.text) else self.text
        return text if isinstance(text, bytes) else text.encode()


def _get(content: str, before: str = "") -> str:
    return wsdl(schema(before + element("Get", content) + element("GetResponse", content)), Op("Get"))


def _prolog(prolog: str, reference: str = "") -> str:
    return prolog + wsdl(
        schema(f"<xs:annotation><xs:documentation>{reference}</xs:documentation></xs:annotation>{FINE}"), Op("Get")
    )


def _ten(number: int) -> str:
    return f"&l{number};" * 10


_LAUGHS = '<!ENTITY l0 "haha">' + "".join(f'<!ENTITY l{n + 1} "{_ten(n)}">' for n in range(9))


def _outside() -> list[Document]:
    return [
        Document("dtd-external", _prolog('<!DOCTYPE a SYSTEM "@HTTP@/x.dtd">')),
        Document("dtd-file", _prolog('<!DOCTYPE a SYSTEM "file://@FILE@">')),
        Document("entity-file", _prolog('<!DOCTYPE a [<!ENTITY x SYSTEM "file://@FILE@">]>', "&x;"), "not defined"),
        Document("entity-http", _prolog('<!DOCTYPE a [<!ENTITY x SYSTEM "@HTTP@/x">]>', "&x;"), "not defined"),
        Document("parameter-entity", _prolog('<!DOCTYPE a [<!ENTITY % p SYSTEM "@HTTP@/x"> %p;]>')),
        Document("laughs", _prolog(f"<!DOCTYPE a [{_LAUGHS}]>", "&l9;"), "not defined"),
        Document("stylesheet", _prolog('<?xml-stylesheet href="@HTTP@/x.xsl"?>')),
        Document("import-of-a-file", _importing("file://@FILE@"), "may not refer to a local file"),
        Document("import-of-a-path", _importing("@FILE@"), "@FILE@"),
        Document("import-of-another-origin", _importing("@HTTP@/x.xsd"), "another origin"),
        Document("import-of-metadata", _importing("http://169.254.169.254/latest/meta-data/"), "another origin"),
        Document("import-of-ftp", _importing("ftp://127.0.0.1/x.xsd"), "x.xsd"),
        Document("import-of-gopher", _importing("gopher://127.0.0.1/x.xsd"), "x.xsd"),
        Document("import-with-credentials", _importing("http://docs.invalid@127.0.0.1/x.xsd"), "another origin"),
        Document("import-of-a-port", _importing("http://docs.invalid:99999/x.xsd"), "x.xsd"),
        Document(
            "include-of-another-origin",
            wsdl(schema('<xs:include schemaLocation="@HTTP@/x.xsd"/>' + FINE), Op("Get")),
            "another origin",
        ),
        Document(
            "wsdl-import",
            wsdl(schema(FINE), Op("Get")).replace(
                "<w:types>", '<w:import namespace="urn:x" location="@HTTP@/x.wsdl"/><w:types>'
            ),
            "another origin",
        ),
        Document(
            "schema-location",
            wsdl(schema(FINE), Op("Get")).replace(
                "<w:types>",
                '<w:types xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="urn:x @HTTP@/x.xsd">',
            ),
        ),
        Document(
            "xinclude",
            wsdl(schema(FINE + '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="@HTTP@"/>'), Op("Get")),
        ),
    ]


def _importing(location: str) -> str:
    return wsdl(schema(f'<xs:import namespace="urn:other" schemaLocation="{location}"/>' + FINE, "urn:old"), Op("Get"))


def _loops() -> list[Document]:
    def see(name: str) -> str:
        return f'<xs:include schemaLocation="{name}"/>'

    base = "http://docs.invalid/"
    chain = {f"{base}c{n}.xsd": schema(see(f"c{n + 1}.xsd")) for n in range(80)}
    wide = {f"{base}w{n}.xsd": schema("") for n in range(600)}
    return [
        Document(
            "include-of-itself",
            wsdl(schema(see("a.xsd") + FINE), Op("Get")),
            others={f"{base}a.xsd": schema(see("a.xsd"))},
        ),
        Document(
            "include-in-a-circle",
            wsdl(schema(see("a.xsd") + FINE), Op("Get")),
            others={f"{base}a.xsd": schema(see("b.xsd")), f"{base}b.xsd": schema(see("a.xsd"))},
        ),
        Document("include-without-end", wsdl(schema(see("c0.xsd") + FINE), Op("Get")), "nested deeper", chain),
        Document(
            "six-hundred-documents",
            wsdl(schema("".join(see(f"w{n}.xsd") for n in range(600)) + FINE), Op("Get")),
            "more than 500 documents",
            wide,
        ),
        Document(
            "wsdl-imports-itself",
            wsdl(schema(FINE), Op("Get")).replace(
                "<w:types>", '<w:import namespace="urn:old" location="old.wsdl#x"/><w:types>'
            ),
        ),
        Document(
            "redefine-of-itself",
            wsdl(schema('<xs:redefine schemaLocation="a.xsd"/>' + FINE), Op("Get")),
            others={f"{base}a.xsd": schema('<xs:redefine schemaLocation="a.xsd"/>')},
        ),
    ]


def _circles() -> list[Document]:
    return [
        Document("type-that-extends-itself", _get('<xs:element name="A" type="t:A"/>', _extends("A", "A"))),
        Document(
            "types-that-extend-each-other",
            _get('<xs:element name="A" type="t:A"/>', _extends("A", "B") + _extends("B", "A")),
        ),
        Document(
            "simple-type-of-itself",
            _get(
                '<xs:element name="A" type="t:S"/>',
                '<xs:simpleType name="S"><xs:restriction base="t:S"/></xs:simpleType>',
            ),
        ),
        Document(
            "union-of-itself",
            _get(
                '<xs:element name="A" type="t:S"/>',
                '<xs:simpleType name="S"><xs:union memberTypes="t:S t:S"/></xs:simpleType>',
            ),
        ),
        Document(
            "list-of-itself",
            _get(
                '<xs:element name="A" type="t:S"/>', '<xs:simpleType name="S"><xs:list itemType="t:S"/></xs:simpleType>'
            ),
        ),
        Document(
            "group-in-itself",
            _get(
                '<xs:group ref="t:G"/>',
                '<xs:group name="G"><xs:sequence><xs:group ref="t:G"/></xs:sequence></xs:group>',
            ),
        ),
        Document(
            "attribute-group-in-itself",
            _get(
                "",
                '<xs:attributeGroup name="G"><xs:attributeGroup ref="t:G"/></xs:attributeGroup>'
                '<xs:complexType name="A"><xs:attributeGroup ref="t:G"/></xs:complexType>',
            ),
        ),
        Document(
            "substitutes-for-each-other",
            _get(
                '<xs:element ref="t:X"/>',
                '<xs:element name="X" substitutionGroup="t:Y"/><xs:element name="Y" substitutionGroup="t:X"/>',
            ),
        ),
        *_needy(),
    ]


def _needy() -> list[Document]:
    return [
        Document(
            "type-that-needs-itself",
            _get(
                '<xs:element name="A" type="t:A"/>',
                '<xs:complexType name="A"><xs:sequence><xs:element name="A" type="t:A"/>'
                "</xs:sequence></xs:complexType>",
            ),
        ),
        Document(
            "type-that-needs-itself-twice",
            _get(
                '<xs:element name="A" type="t:A"/>',
                '<xs:complexType name="A"><xs:sequence>'
                '<xs:element name="A" type="t:A" minOccurs="9" maxOccurs="9"/></xs:sequence></xs:complexType>',
            ),
        ),
    ]


def _extends(name: str, base: str) -> str:
    return (
        f'<xs:complexType name="{name}"><xs:complexContent><xs:extension base="t:{base}"/>'
        f"</xs:complexContent></xs:complexType>"
    )


def _simple(facets: str, base: str = "string") -> str:
    return (
        f'<xs:element name="A"><xs:simpleType><xs:restriction base="xs:{base}">{facets}</xs:restriction>'
        f"</xs:simpleType></xs:element>"
    )


def _promises() -> list[Document]:
    return [
        Document(
            "ten-million-items", _get('<xs:element name="A" type="xs:int" minOccurs="10000000" maxOccurs="10000000"/>')
        ),
        Document(
            "items-of-items",
            _get(
                "<xs:sequence minOccurs='900' maxOccurs='900'>"
                "<xs:element name='A' type='xs:int' minOccurs='900' maxOccurs='900'/></xs:sequence>"
            ),
        ),
        Document("occurs-of-40-digits", _get('<xs:element name="A" type="xs:int" maxOccurs="' + "9" * 40 + '"/>')),
        Document("occurs-below-zero", _get('<xs:element name="A" type="xs:int" minOccurs="-1" maxOccurs="-5"/>')),
        Document("text-of-2-GB", _get(_simple('<xs:minLength value="2000000000"/>'))),
        Document("length-of-20-digits", _get(_simple('<xs:length value="' + "9" * 20 + '"/>'))),
        Document("binary-of-2-GB", _get(_simple('<xs:length value="2000000000"/>', "base64Binary"))),
        Document("digits-of-20-digits", _get(_simple('<xs:totalDigits value="' + "9" * 20 + '"/>', "decimal"))),
        Document("bound-with-huge-exponent", _get(_simple('<xs:minInclusive value="1E400000000"/>', "double"))),
        Document(
            "bound-of-100000-digits",
            lambda: _get(_simple('<xs:minInclusive value="' + "9" * 100_000 + '"/>', "integer")),
        ),
        Document("pattern-that-backtracks", _get(_simple(r'<xs:pattern value="((a+)+)+b"/>'))),
        Document("pattern-of-a-million", _get(_simple(r'<xs:pattern value="(a{1000}){1000}{1000}"/>'))),
        Document("pattern-broken", _get(_simple(r'<xs:pattern value="([a"/>'))),
        Document("pattern-deep", lambda: _get(_simple('<xs:pattern value="' + "(" * 20_000 + ")" * 20_000 + '"/>'))),
        Document("pattern-long", lambda: _get(_simple('<xs:pattern value="' + "a?" * 20_000 + '"/>'))),
        Document(
            "enumeration-of-50000",
            lambda: _get(_simple("".join(f'<xs:enumeration value="v{n}"/>' for n in range(50_000)))),
        ),
        Document(
            "list-of-10-million",
            _get(
                '<xs:element name="A"><xs:simpleType><xs:restriction><xs:simpleType>'
                '<xs:list itemType="xs:int"/></xs:simpleType><xs:minLength value="10000000"/>'
                "</xs:restriction></xs:simpleType></xs:element>"
            ),
        ),
        Document("date-bound-of-9-digits", _get(_simple('<xs:minInclusive value="999999999-01-01"/>', "date"))),
    ]


def _sizes() -> list[Document]:
    deep = "<xs:sequence>" * 2_000 + "</xs:sequence>" * 2_000
    return [
        Document("sequences-deep", lambda: _get(deep), "not well-formed"),
        Document(
            "sequences-deep-200",
            lambda: _get("<xs:sequence>" * 200 + '<xs:element name="A" type="xs:int"/>' + "</xs:sequence>" * 200),
        ),
        Document(
            "choices-deep-200",
            lambda: _get("<xs:choice>" * 200 + '<xs:element name="A" type="xs:int"/>' + "</xs:choice>" * 200),
        ),
        Document(
            "elements-20000",
            lambda: _get("".join(f'<xs:element name="e{n}" type="xs:int" minOccurs="0"/>' for n in range(20_000))),
        ),
        Document(
            "choice-of-5000",
            lambda: _get(
                "<xs:choice>"
                + "".join(f'<xs:element name="e{n}" type="xs:int"/>' for n in range(5_000))
                + "</xs:choice>"
            ),
        ),
        Document(
            "substitutes-3000",
            lambda: _get(
                '<xs:element ref="t:H"/>',
                '<xs:element name="H" type="xs:int" abstract="true"/>'
                + "".join(f'<xs:element name="m{n}" type="xs:int" substitutionGroup="t:H"/>' for n in range(3_000)),
            ),
        ),
        Document(
            "derived-1000-levels",
            lambda: _get(
                '<xs:element name="A" type="t:A999"/>',
                '<xs:complexType name="A0"/>' + "".join(_extends(f"A{n + 1}", f"A{n}") for n in range(999)),
            ),
        ),
        Document(
            "tree-of-groups",
            lambda: _get(
                '<xs:group ref="t:G0"/>',
                "".join(
                    f'<xs:group name="G{n}"><xs:sequence><xs:group ref="t:G{n + 1}"/>'
                    f'<xs:group ref="t:G{n + 1}"/></xs:sequence></xs:group>'
                    for n in range(40)
                )
                + '<xs:group name="G40"><xs:sequence><xs:element name="A" type="xs:int"/></xs:sequence></xs:group>',
            ),
            "more than 3000000",
        ),
        Document(
            "operations-3000",
            lambda: wsdl(schema(FINE), *(Op(f"Op{n}", "t:Get", "t:GetResponse") for n in range(3_000))),
        ),
        Document("name-of-40-kB", lambda: _get('<xs:element name="' + "n" * 40_000 + '" type="xs:int"/>')),
    ]


def _nonsense() -> list[Document]:
    fine = wsdl(schema(FINE), Op("Get"))
    return [
        Document("empty", "", "no XML"),
        Document("html", "<!doctype html><html><body>Login</body></html>", "WSDL"),
        Document("html-with-slips", "<html><p>x</body></html>", "not well-formed"),
        Document("json", '{"openapi":"3.1.0"}', "not well-formed"),
        Document("binary", bytes(range(256)), "XML"),
        Document("gzip", b"\x1f\x8b\x08\x00" + bytes(99), "XML"),
        Document("cut", fine[:900], "not well-formed"),
        Document("a-schema-alone", schema(FINE), "WSDL"),
        Document("an-envelope", "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'/>", "WSDL"),
        Document(
            "utf-7", fine.encode().replace(b"<w:def", b'<?xml version="1.0" encoding="utf-7"?><w:def', 1), "utf-7"
        ),
        Document("utf-32", fine.encode("utf-32"), "UTF-32"),
        Document("nul", fine.replace("Old", "Ol\x00d"), "not well-formed"),
        Document("action-with-a-line-break", fine.replace("urn:old#Get", "urn:a&#13;&#10;X-Evil: 1")),
        Document("address-of-a-file", fine.replace("http://old.invalid/", "file:///etc/passwd")),
        Document("address-of-javascript", fine.replace("http://old.invalid/", "javascript:alert(1)")),
        Document("names-with-markup", fine.replace('name="Get"', 'name="&lt;script&gt;alert(1)&lt;/script&gt;"')),
        Document("name-with-slashes", fine.replace('operation name="Get"', 'operation name="../../admin"')),
        Document("name-with-braces", fine.replace('operation name="Get"', 'operation name="{a}/{b}"')),
        Document("everything-twice", wsdl(schema(FINE + FINE), Op("Get"), Op("Get"))),
        Document("no-services", fine.partition("<w:service")[0] + "</w:definitions>"),
    ]


DOCUMENTS = [*_outside(), *_loops(), *_circles(), *_promises(), *_sizes(), *_nonsense()]
