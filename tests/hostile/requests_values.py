"""T5 and T7: values that want to be markup in the message to the system behind, and heads that want to be its head."""

from __future__ import annotations

import json

from tests.hostile.case import Case

# What XML can carry must arrive as it was.
CARRIED = (
    *("</t:Text><t:Int>1</t:Int><t:Text>", "]]>", "<![CDATA[x]]>", "<!-- x -->", "<?x y?>", "&amp;", "&lt;", "&#60;a>"),
    *("&x;", "<!DOCTYPE a>", "<t:Text/>", "\"'><", "' or '1'='1", "</e:Body></e:Envelope>", "<xs:a xmlns:xs='u'/>"),
    *(
        "a\r\nb",
        "\r",
        "\n",
        "\t",
        " a ",
        "",
        "é€𝄞",
        "\u200e\u202e",
        "\u2028",
        "\x7f",
        "\x85",
        "\ud7ff\ue000",
        "\ufffd",
        "￼",
    ),
    *("\U0010fffd", "%00", "%3C", "\\u003c", "${jndi:ldap://x}", "{{7*7}}", "=1+1", "../../etc/passwd", "a" * 100_000),
    *("xsi:nil", "href='#1'", "<xop:Include href='cid:x'/>", "&#x0;", "]]&gt;", "-->", "?>", "%s%n", "\u0130\u0131"),
)
# What XML cannot carry is refused before anything is sent.
UNCARRIED = ("\x00", "a\x00b", "\x01", "\x08", "\x0b", "\x0c", "\x0e", "\x1b[2J", "\x1f", "\ufffe", "\uffff", "ok\x00")
_KEYS = (
    *(
        "t:Text",
        "text xmlns='u'",
        "text><x",
        "Text",
        "TEXT",
        "text ",
        " text",
        "@any ",
        "@unknown2",
        "text\x00",
        "xmlns",
        "@text",
    ),
    *(
        "int/../text",
        "text[0]",
        "text.int",
        "",
        "__proto__",
        "headers",
        "@attributes",
        "{urn:old}Text",
        "#text",
        "$",
        "value",
    ),
)
_WRONG: tuple[tuple[str, object], ...] = (
    ("int", "1</t:Int><t:Int>2"),
    ("int", "1"),
    ("int", True),
    ("int", [1]),
    ("int", {"value": 1}),
    ("int", 1.5),
    ("int", 2147483648),
    ("text", 1),
    ("text", ["a"]),
    ("text", {"@name": "x"}),
    ("text", False),
    ("decimal", "1;DROP"),
    ("decimal", "NaN"),
    ("double", "<x/>"),
    ("boolean", "true"),
    ("boolean", 1),
    ("date", "2020-01-01</x>"),
    ("dateTime", "now()"),
    ("base64Binary", "<x/>"),
    ("base64Binary", "A==="),
    ("hexBinary", "0g"),
    ("hexBinary", "0"),
    ("duration", "P1S<"),
    ("nmtokens", ["a b", "<"]),
    ("slow", "a" * 50_000),
    ("pet", {"@type": "ghost"}),
    ("pet", {"@type": "secret"}),
    ("pet", {"@type": "cat' xsi:nil='true"}),
    ("pet", {"@type": ["cat"]}),
    ("pet", {"@type": "t:Cat"}),
    ("pet", "x"),
    ("pet", {"tag": {"x": 1}}),
    ("head", {"@type": "nobody"}),
    ("qname", "{urn:x}a b"),
    ("qname", "{urn:x}<a>"),
)
_FREE: tuple[object, ...] = (
    {"@name": "a b"},
    {"@name": "a><b"},
    {"@name": "{urn:x}a/><b"},
    {"@name": ""},
    {"@name": "{}a"},
    {"@name": "{urn:x}"},
    {"@name": 1},
    {"@name": "1a"},
    {"@name": "{urn:x}a:b"},
    {"@name": "xmlns:a"},
    {"@name": "{u}a", "@content": "text"},
    {"@name": "{u}a", "@content": [1]},
    {"@name": "{u}a", "@content": ["\x00"]},
    {"@name": "{u}a", "@content": [{"@name": "<"}]},
    {"@name": "{u}a", "@attributes": {"a b": "c"}},
    {"@name": "{u}a", "@attributes": {"x><y": "c"}},
    {"@name": "{u}a", "@attributes": {"a": "\x01"}},
    {"@name": "{u}a", "@attributes": {"a": 1}},
    {"@name": "{u}a", "@attributes": []},
    {"@name": "{u}a", "@attributes": {"": "x"}},
    {"@name": "{u}a", "@type": "x><y"},
    {"@name": "{u}a", "@type": ""},
    {"@name": "{u}a", "@evil": 1},
    {"content": []},
    "<a/>",
    1,
    None,
)
_HEADS = {
    "soapaction": {"SOAPAction": '"urn:old#Delete"'},
    "action-in-type": {"Content-Type": 'application/json; action="urn:evil"'},
    "method-override": {"X-HTTP-Method-Override": "DELETE"},
    "forwarded": {"X-Forwarded-Host": "evil.invalid", "Forwarded": "host=evil"},
    "addressing": {"wsa-ReplyTo": "@HTTP@", "ReplyTo": "@HTTP@"},
    "trace": {"traceparent": "00-x", "tracestate": "a=b\tc"},
    "authorization": {"Authorization": "Bearer x"},
    "range": {"Range": "bytes=0-0"},
    "cookie": {"Cookie": "a=b"},
    "te": {"TE": "gzip"},
}
_FORM = "multipart/form-data; boundary=x"
_TYPES = (
    *(
        "text/xml",
        "application/soap+xml",
        "application/xml",
        "text/plain",
        "application/x-yaml",
    ),
    *(
        "application/x-www-form-urlencoded",
        "application/xop+xml",
        "image/svg+xml",
        "*/*",
        "json",
        "application/x-java-serialized-object",
    ),
)


def _fits(name: str, value: object) -> bytes:
    return json.dumps({name: value}, ensure_ascii=False).encode("utf-8", "surrogatepass")


def cases() -> list[Case]:
    unfit = (422, "does_not_fit")
    return [
        *(Case(f"T5/carried-{n:02}", _fits("text", one), 200, "") for n, one in enumerate(CARRIED)),
        *(
            Case(f"T5/carried-in-an-attribute-{n:02}", _fits("pet", {"tag": one}), 200, "")
            for n, one in enumerate(CARRIED)
        ),
        *(
            Case(
                f"T5/carried-in-free-xml-{n:02}",
                _fits("@any", [{"@name": "{u}a", "@attributes": {"b": one}, "@content": [one]}]),
                200,
                "",
            )
            for n, one in enumerate(CARRIED)
        ),
        *(Case(f"T5/uncarried-{n:02}", _fits("text", one), *unfit) for n, one in enumerate(UNCARRIED)),
        *(
            Case(f"T5/uncarried-in-an-attribute-{n:02}", _fits("pet", {"tag": one}), *unfit)
            for n, one in enumerate(UNCARRIED)
        ),
        *(Case(f"T5/key-{n:02}", _fits(one, "x"), *unfit) for n, one in enumerate(_KEYS)),
        *(Case(f"T5/wrong-{name}-{n:02}", _fits(name, one), *unfit) for n, (name, one) in enumerate(_WRONG)),
        *(Case(f"T5/free-{n:02}", _fits("@any", [one]), *unfit) for n, one in enumerate(_FREE)),
        *(
            Case(
                f"T7/head-{name}",
                b"{}",
                200,
                "",
                headers={key: one.replace("@HTTP@", "http://127.0.0.1:9") for key, one in head.items()},
            )
            for name, head in _HEADS.items()
        ),
        *(
            Case(f"T7/{name}-{n:02}", b"<a/>", 415, "unsupported_media_type", headers={"Content-Type": one})
            for name in ("type", "tree-type")
            for n, one in enumerate(_TYPES)
        ),
        Case("T7/form", b"<a/>", 400, "bad_request", headers={"Content-Type": _FORM}),
        Case("T7/tree-form", b"<a/>", 415, "unsupported_media_type", headers={"Content-Type": _FORM}),
        Case("T7/coding", b"{}", 415, "unsupported_media_type", headers={"Content-Encoding": "gzip"}),
        Case("T7/too-large", lambda: b" " * 2_000_001, 413, "payload_too_large"),
    ]
