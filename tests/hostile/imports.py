"""Hostile references: one import each, written in one of the many ways to say "somewhere else".

`@HOST@` is host and port of a server that nobody may ask, `@FILE@` the path of a file that nobody may open.
"""

from __future__ import annotations

from tests.complaints.legacy import Op, element, schema, wsdl
from tests.hostile.documents import Document

FINE = element("Get", '<xs:element name="Id" type="xs:int"/>') + element("GetResponse", "")
# In the words of what reads references elsewhere: Java, PHP, Windows, browsers.
SOMEWHERE = {
    "protocol-relative": "//@HOST@/x.xsd",
    "backslashes": "\\\\@HOST@\\share\\x.xsd",
    "mixed-slashes": "http:/\\@HOST@/x.xsd",
    "one-slash": "http:/@HOST@/x.xsd",
    "no-slash": "http:@HOST@/x.xsd",
    "upper-case": "HTTP://@HOST@/x.xsd",
    "tab-inside": "ht\ttp://@HOST@/x.xsd",
    "blank-before": "  http://@HOST@/x.xsd",
    "userinfo": "http://docs.invalid:80@@HOST@/x.xsd",
    "userinfo-encoded": "http://docs.invalid%2F@@HOST@/x.xsd",
    "fragment": "http://@HOST@/x.xsd#http://docs.invalid/",
    "query": "http://@HOST@/?http://docs.invalid/x.xsd",
    "dots": "http://docs.invalid/../..//@HOST@/x.xsd",
    "suffix-of-ours": "http://docs.invalid.127.0.0.1.nip.invalid/x.xsd",
    "prefix-of-ours": "http://evil-docs.invalid/x.xsd",
    "another-port": "http://docs.invalid:81/x.xsd",
    "another-scheme": "https://docs.invalid/x.xsd",
    "decimal-address": "http://2130706433/x.xsd",
    "octal-address": "http://0177.0.0.1/x.xsd",
    "hex-address": "http://0x7f000001/x.xsd",
    "short-address": "http://127.1/x.xsd",
    "ipv6-loopback": "http://[::1]/x.xsd",
    "ipv6-mapped": "http://[::ffff:127.0.0.1]/x.xsd",
    "metadata-aws": "http://169.254.169.254/latest/meta-data/iam/",
    "metadata-google": "http://metadata.google.internal/computeMetadata/v1/",
    "metadata-ipv6": "http://[fd00:ec2::254]/latest/",
    "file-url": "file:///@FILE@",
    "file-url-upper": "FILE://@FILE@",
    "file-url-host": "file://localhost@FILE@",
    "file-url-short": "file:@FILE@",
    "file-url-encoded": "file://%2F@FILE@",
    "path": "@FILE@",
    "path-dots": "../../../../../../../../..@FILE@",
    "path-dots-encoded": "..%2f..%2f..%2f..%2f..%2f..@FILE@",
    "path-nul": "@FILE@%00.xsd",
    "jar": "jar:http://@HOST@/x.jar!/x.xsd",
    "jar-file": "jar:file://@FILE@!/x.xsd",
    "netdoc": "netdoc://@FILE@",
    "php-filter": "php://filter/read=convert.base64-encode/resource=@FILE@",
    "expect": "expect://id",
    "data": "data:text/xml,%3Cxs:schema%20xmlns:xs='http://www.w3.org/2001/XMLSchema'/%3E",
    "ldap": "ldap://@HOST@/x",
    "gopher": "gopher://@HOST@/_x",
    "dict": "dict://@HOST@/d:x",
    "smb": "smb://@HOST@/share/x.xsd",
    "ftp": "ftp://@HOST@/x.xsd",
    "unix-socket": "http+unix://%2Fvar%2Frun%2Fdocker.sock/x",
    "javascript": "javascript:alert(1)",
    "broken-ipv6": "http://[::1/x.xsd",
    "broken-port": "http://docs.invalid:-1/x.xsd",
    "unicode-host": "http://\u24d4\u24e7ample.invalid/x.xsd",
    "line-break": "http://docs.invalid/x&#13;&#10;Host:&#32;@HOST@",
}


def _importing(location: str) -> str:
    # A reference that goes nowhere is needed: without it there is no type.
    types = element("Get", '<xs:element ref="o:X"/>') + element("GetResponse", "")
    return wsdl(schema(f'<xs:import namespace="urn:other" schemaLocation="{location}"/>{types}'), Op("Get"))


def _base(text: str) -> str:
    """Relative references, and an `xml:base` that would lead them elsewhere; schemas know no such thing."""
    return text.replace("<xs:schema ", '<xs:schema xml:base="http://@HOST@/" ', 1)


def _others() -> list[Document]:
    fine = wsdl(schema(FINE), Op("Get"))
    policy = '<p:PolicyReference xmlns:p="http://www.w3.org/ns/ws-policy" URI="http://@HOST@/policy.xml"/>'
    redefine = wsdl(schema('<xs:redefine schemaLocation="http://@HOST@/x.xsd"/>' + FINE), Op("Get"))
    override = wsdl(schema('<xs:override schemaLocation="http://@HOST@/x.xsd"/>' + FINE), Op("Get"))
    return [
        Document("imports/xml-base", _base(_importing("x.xsd")), "/x.xsd"),
        Document("imports/redefine", redefine, "another origin"),
        Document("imports/override", override),
        Document("imports/policy-reference", fine.replace("<w:types>", f"{policy}<w:types>")),
        Document(
            "imports/wsdl-include",
            fine.replace("<w:types>", '<w:include location="http://@HOST@/x.wsdl"/><w:types>'),
            "another origin",
        ),
        Document(
            "imports/second-level",
            wsdl(schema('<xs:include schemaLocation="a.xsd"/>' + FINE), Op("Get")),
            "another origin",
            {"http://docs.invalid/a.xsd": schema('<xs:include schemaLocation="http://@HOST@/x.xsd"/>')},
        ),
    ]


IMPORTS = [
    *(Document(f"imports/{name}", _importing(where), "could not be had") for name, where in SOMEWHERE.items()),
    *_others(),
]
