"""T2: answers that are small on the wire or simple to make, and would be dear to read."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

from tests.complaints.legacy import envelope
from tests.hostile.case import Case, answered, before, inside, kept


def _many(count: int, template: str) -> str:
    return "".join(template.format(n) for n in range(count))


_LAUGHS = '<!ENTITY l0 "haha">' + "".join(f'<!ENTITY l{n + 1} "{(f"&l{n};") * 10}">' for n in range(9))
_PARAMETERS = "<!ENTITY % p0 'x'>" + "".join(f'<!ENTITY % p{n + 1} "{(f"%p{n};") * 10}">' for n in range(7))


def _entities() -> list[Case]:
    texts = {
        "laughs": (f"<!DOCTYPE e [{_LAUGHS}]>", "&l9;"),
        "laughs-in-attribute": (f"<!DOCTYPE e [{_LAUGHS}]>", '<a b="&l9;"/>'),
        "laughs-by-parameter": (f"<!DOCTYPE e [{_PARAMETERS} %p7;]>", "ok"),
        "laughs-unused": (f"<!DOCTYPE e [{_LAUGHS}]>", "ok"),
        "quadratic": ('<!DOCTYPE e [<!ENTITY q "' + "x" * 50_000 + '">]>', "&q;" * 10_000),
        "recursive": ('<!DOCTYPE e [<!ENTITY a "&b;"><!ENTITY b "&a;">]>', "&a;"),
        "self": ('<!DOCTYPE e [<!ENTITY a "&a;">]>', "&a;"),
        "wide-dtd": ("<!DOCTYPE e [" + _many(20_000, '<!ENTITY e{} "x">') + "]>", "ok"),
        "attlist": ("<!DOCTYPE e [" + _many(20_000, '<!ATTLIST e a{} CDATA "x">') + "]>", "ok"),
    }
    return [Case(f"T2/entities-{name}", before(*text)) for name, text in texts.items()]


def _deep() -> list[Case]:
    def nested(name: str, depth: int, *, closed: bool = True) -> Callable[[], bytes]:
        return lambda: inside(f"<{name}>" * depth + (f"</{name}>" * depth if closed else ""))

    def tree(depth: int) -> Callable[[], bytes]:
        text = "<t:Node>" * depth + "</t:Node>" * depth
        return lambda: envelope(f"<t:TreeResponse>{text}</t:TreeResponse>").encode()

    return [
        *(Case(f"T2/deep-{depth}", nested("a", depth)) for depth in (1_000, 10_000, 100_000, 1_000_000)),
        Case("T2/deep-without-end", nested("a", 500_000, closed=False)),
        Case("T2/deep-names", lambda: inside(_many(50_000, "<a{}>"))),
        Case("T2/deep-only-ends", lambda: inside("</a>" * 100_000)),
        kept("T2/deep-free-200", nested("a", 200), None),
        kept("T2/tree-100", tree(100), None),
        *(Case(f"T2/tree-{depth}", tree(depth)) for depth in (1_000, 100_000)),
    ]


def _wide() -> list[Case]:
    return [
        kept("T2/wide-50000", lambda: inside("<t:Text>ok</t:Text>" + '<o:a xmlns:o="urn:o"/>' * 40_000), None),
        Case("T2/wide-300000", lambda: inside("<a/>" * 300_000)),
        Case("T2/wide-2000000", lambda: inside("<a/>" * 2_000_000)),
        Case("T2/wide-text-2000000", lambda: inside("<a>x</a>" * 2_000_000)),
        Case("T2/wide-names", lambda: inside(_many(250_000, "<n{}/>"))),
        Case("T2/wide-headers", lambda: envelope("<t:GetResponse/>", "<a/>" * 300_000).encode()),
        Case("T2/wide-bodies", lambda: envelope("<a/>" * 300_000).encode()),
        kept(
            "T2/tree-wide",
            lambda: envelope("<t:TreeResponse><t:Node>" + "<t:Node/>" * 50_000 + "</t:Node></t:TreeResponse>").encode(),
            None,
        ),
    ]


def _attributes() -> list[Case]:
    def element(attributes: str) -> bytes:
        return inside(f'<t:Text>ok</t:Text><o:a xmlns:o="urn:o" {attributes}/>')

    return [
        kept("T2/attributes-1000", lambda: element(_many(1_000, ' a{}=""')), None),
        Case("T2/attributes-50000", lambda: element(_many(50_000, ' a{}=""'))),
        Case("T2/attributes-300000", lambda: element(_many(300_000, ' a{}=""'))),
        Case("T2/attributes-2000000", lambda: element(_many(2_000_000, ' a{}=""'))),
        Case("T2/attributes-behind-a-sign", lambda: element("a='>'" + _many(2_000_000, ' a{}=""'))),
        kept("T2/attributes-in-a-text", lambda: answered("&lt;a" + ' b="c"' * 5_000), None),
        Case("T2/attributes-twice", lambda: element('a="" ' * 2)),
        Case("T2/attributes-twice-by-prefix", lambda: element('xmlns:p="u" xmlns:q="u" p:a="" q:a=""')),
        kept("T2/attribute-of-5-MB", lambda: element('a="' + "x" * 5_000_000 + '"'), None),
        Case("T2/attribute-of-11-MB", lambda: element('a="' + "x" * 11_000_000 + '"')),
        Case("T2/attribute-without-end", lambda: b"<a b='" + b"x" * 2_000_000),
        kept("T2/namespaces-200", lambda: element(_many(200, ' xmlns:p{0}="u{0}"')), None),
        Case("T2/namespaces-1000", lambda: element(_many(1_000, ' xmlns:p{0}="u{0}"'))),
        Case("T2/namespaces-300000", lambda: element(_many(300_000, ' xmlns:p{0}="u{0}"'))),
        Case("T2/namespaces-deep", lambda: inside(_many(20_000, '<p{0}:a xmlns:p{0}="u{0}">'))),
        kept(
            "T2/namespaces-nested",
            lambda: inside(
                "".join(f'<p{n}:a xmlns:p{n}="u{n}">' for n in range(200))
                + "".join(f"</p{n}:a>" for n in reversed(range(200)))
            ),
            None,
        ),
        Case("T2/namespaces-undeclared", lambda: element("p:a=''")),
        Case("T2/namespaces-many-undeclared", lambda: inside("<p:a/>" * 50_000)),
        Case("T2/namespace-of-xml", lambda: element('xmlns:xml="urn:x"')),
        Case("T2/namespace-of-xmlns", lambda: element('xmlns:xmlns="urn:x"')),
        kept(
            "T2/namespace-of-1-MB", lambda: inside('<t:Text>ok</t:Text><a xmlns="urn:' + "x" * 1_000_000 + '"/>'), None
        ),
    ]


def _beside_elements() -> list[Case]:
    return [
        Case("T2/instructions-before", lambda: before("<?a?>" * 100_000)),
        kept("T2/instructions-inside", lambda: answered("ok" + "<?a?>" * 100_000)),
        Case("T2/comments-before", lambda: before("<!---->" * 100_000)),
        kept("T2/comments-inside", lambda: answered("o" + "<!---->" * 100_000 + "k")),
        kept("T2/comment-of-5-MB", lambda: before(f"<!--{'x' * 5_000_000}-->")),
        Case("T2/comment-without-end", lambda: before("<!--" + "x" * 2_000_000)),
        Case("T2/comment-in-comment", lambda: before("<!-- <!-- --> -->")),
        Case("T2/instruction-without-end", lambda: before("<?a " + "x" * 2_000_000)),
        Case("T2/instruction-of-xml", lambda: answered("<?xml version='1.0'?>")),
        kept("T2/cdata-many", lambda: answered("<![CDATA[x]]>" * 100_000), None),
        Case("T2/cdata-without-end", lambda: answered("<![CDATA[" + "x" * 2_000_000)),
        Case("T2/cdata-end-alone", lambda: answered("x]]>y")),
        kept("T2/references-many", lambda: answered("&#65;" * 300_000), None),
        kept("T2/blanks-5-MB", lambda: before(" " * 5_000_000)),
        kept("T2/blanks-after-5-MB", lambda: answered("ok") + b"\n" * 5_000_000),
        kept("T2/signs-in-cdata", lambda: answered("<![CDATA[" + "<=" * 200_000 + "]]>"), None),
    ]


def _large() -> list[Case]:
    return [
        kept("T2/text-of-5-MB", lambda: answered("x" * 5_000_000), None),
        Case("T2/text-of-11-MB", lambda: answered("x" * 11_000_000)),
        Case("T2/name-of-60-kB", lambda: inside("<" + "n" * 60_000 + "/>")),
        Case("T2/name-of-11-MB", lambda: inside("<" + "n" * 11_000_000 + "/>")),
        Case("T2/over-the-limit", lambda: b" " * 33_000_000),
        kept("T2/number-of-1-MB", lambda: inside(f"<t:Int>{'9' * 1_000_000}</t:Int>"), None),
        kept("T2/integer-of-100-kB", lambda: inside(f"<t:Integer>{'9' * 100_000}</t:Integer>"), None),
        kept("T2/decimal-of-100-kB", lambda: inside(f"<t:Decimal>{'9' * 100_000}.5</t:Decimal>"), None),
        Case("T2/double-with-huge-exponent", inside("<t:Double>1E999999999999</t:Double>"), 200, ""),
        kept("T2/pattern-that-backtracks", lambda: inside(f"<t:Slow>{'a' * 40}</t:Slow>"), None),
        Case("T2/date-of-1-MB", lambda: inside(f"<t:DateTime>{'9' * 1_000_000}</t:DateTime>")),
        Case("T2/duration-of-1-MB", lambda: inside(f"<t:Duration>P{'9' * 1_000_000}Y</t:Duration>")),
        kept("T2/list-of-200000", lambda: inside(f"<t:NMTOKENS>{'a ' * 200_000}</t:NMTOKENS>"), None),
        kept("T2/base64-of-4-MB", lambda: inside(f"<t:Base64Binary>{'AAAA' * 1_000_000}</t:Base64Binary>"), None),
    ]


def _bombs() -> list[Case]:
    def zipped(data: bytes) -> bytes:
        return gzip.compress(data, mtime=0)

    good = answered("ok")
    return [
        kept("T2/gzip-honest", lambda: zipped(good), headers={"Content-Encoding": "gzip"}),
        Case("T2/gzip-bomb", lambda: zipped(b" " * 60_000_000), headers={"Content-Encoding": "gzip"}),
        Case("T2/gzip-of-gzip", lambda: zipped(zipped(b" " * 60_000_000)), headers={"Content-Encoding": "gzip, gzip"}),
        Case("T2/gzip-cut", lambda: zipped(good)[:-9], headers={"Content-Encoding": "gzip"}),
        Case("T2/gzip-that-is-none", good, headers={"Content-Encoding": "gzip"}),
        Case("T2/deflate-bomb", lambda: zlib.compress(b" " * 60_000_000), headers={"Content-Encoding": "deflate"}),
        Case("T2/unknown-coding", good, headers={"Content-Encoding": "x-lzma"}),
        Case("T2/twenty-codings", good, headers={"Content-Encoding": ", ".join(["gzip"] * 20)}),
    ]


def _collisions() -> list[Case]:
    """Names of one hash under the additive and the shift-and-add functions of old parsers."""
    pairs = ["Aa", "BB"]
    names = [""]
    for _ in range(13):
        names = [one + pair for one in names for pair in pairs]
    attributes = " ".join(f'{one}=""' for one in names[:900])
    return [
        kept(
            "T2/colliding-elements", lambda: inside("<t:Text>ok</t:Text>" + "".join(f"<{one}/>" for one in names)), None
        ),
        kept("T2/colliding-attributes", lambda: inside(f'<t:Text>ok</t:Text><o:a xmlns:o="u" {attributes}/>'), None),
    ]


def cases() -> list[Case]:
    return [
        *_entities(),
        *_deep(),
        *_wide(),
        *_attributes(),
        *_beside_elements(),
        *_large(),
        *_bombs(),
        *_collisions(),
    ]
