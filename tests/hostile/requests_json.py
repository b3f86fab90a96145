"""T23: JSON texts by the classes of RFC 8259 test suites: what must be refused, what must be read, and what each reader
may decide. Where the format leaves a choice ours is I-JSON's (RFC 7493)."""

from __future__ import annotations

from tests.hostile.case import Case

_LITERALS = (
    "nul",
    "tru",
    "fals",
    "True",
    "NULL",
    "nan",
    "NaN",
    "Infinity",
    "-Infinity",
    "Inf",
    "+Inf",
    "undefined",
    "-NaN",
)
_NUMBERS = (
    *("+1", "-01", "012", "-012", "1.", "-1.", ".5", "-.5", "0.e1", "0e", "0e+", "1e", "1eE2", "1.0e-", "2.e3", "9.e+"),
    *(
        "0.3e+",
        "0.1.2",
        "1.2.3",
        "--1",
        "++1",
        "- 1",
        "-",
        "1_000",
        "1 000",
        "0x1",
        "0x",
        "0b1",
        "1e1.5",
        "1ee1",
        "1a",
        "-a",
    ),
    *(
        "-1x",
        "1+2",
        "0E+",
        "1/2",
        "１",
        "1٣",
        "٣",
        "Ⅷ",
        "1e٣",
        "1,5",
        "1'000",
        "01e5",
        "-e5",
        "e5",
        "1e+-5",
        "0-",
        "1.e-5",
    ),
)
_STRINGS = (
    *(r'"\x00"', r'"\a"', r'"\u00"', r'"\u00A"', r'"\uD834\uDd"', r'"\uD800\u"', r'"\uD800\u1"', r'"\uD800\u1x"'),
    *(
        r'"\U0041"',
        r'"\u{41}"',
        r'"\uqqqq"',
        "'a'",
        '"a',
        '"',
        '"\\',
        '"\\"',
        '"\\u',
        "a",
        r'"\🌀"',
        '"a" x',
        "`a`",
        "“a”",
    ),
    *('"\t"', '"\n"', '"\r"', '"\x00"', '"\x1f"', '"a\x01b"', r"\u0020", r'"\0"', r'"\'"', r'"\%"'),
)
_ARRAYS = (
    *("[", "[1", "[1,", "[,]", "[1,]", "[,1]", "[1,,2]", "[1 2]", "[1:2]", "[1;2]", "[1]]", "[1],", "[1]2", "[*]"),
    *(
        '["a"',
        "[[]",
        "[]]",
        "[1,\n1\n,1",
        "[-]",
        "[a",
        "[{}",
        "[\x0b]",
        "[\x0c]",
        "[fals",
        "[nul",
        "[True]",
        "[1] // x",
    ),
    *('["a"1]', "[3[4]]", "[", "[[[[", "]", "[<null>]", "[⁠]"),
)
_OBJECTS = (
    *("{", "{a", '{"a"', '{"a":', '{"a":1', '{"a":1,', '{"a":1,}', '{"a":1,,"b":2}', "{a:1}", "{'a':1}", '{"a" 1}'),
    *('{"a"::1}', '{"a",1}', "{1:1}", "{null:1}", "{[1]:1}", '{"a":1 "b":2}', '{"a":1}}', '{"a":1}#', '{"a":1}/**/'),
    *(
        '{"a":1}//',
        '{"a":1}/',
        '{/**/"a":1}',
        '{"a":/*x*/1}',
        '{"a":1;}',
        '{"a"=1}',
        '{"a"=>1}',
        '{"a":"b"]',
        "}",
        "{]",
    ),
    *('{"a":1}{"b":2}', '{"a":1} x', "{:1}", "{,}", '{"a":}', '{"a":a}', "{🇨🇭}", '{"a":1}\x00', '\x00{"a":1}', "{{}}"),
)
_OTHER = ("*", "é", "<a/>", "<null>", "--", "#", "// x\n1", "/**/1", "1 2", "⁠1", "\x0c1", "﻿")
_BYTES = {
    "mark": b"\xef\xbb\xbf{}",
    "half-a-mark": b"\xef\xbb{}",
    "utf-16-mark": '{"a":1}'.encode("utf-16"),
    "utf-16-little": '{"a":1}'.encode("utf-16-le"),
    "utf-16-big": '{"a":1}'.encode("utf-16-be"),
    "utf-32": '{"a":1}'.encode("utf-32"),
    "latin": '{"text":"é"}'.encode("latin-1"),
    "overlong": b'{"text":"\xc0\xaf"}',
    "overlong-6": b'{"text":"\xfc\x80\x80\x80\x80\x80"}',
    "surrogate": b'{"text":"\xed\xa0\x80"}',
    "cut": b'{"text":"\xe2\x82"}',
    "beyond": b'{"text":"\xf4\xbf\xbf\xbf"}',
    "continuation": b'{"text":"\x81"}',
    "ff": b'{"text":"\xff"}',
    "in-a-number": b'{"int":1\xe5}',
    "in-an-exponent": b'{"int":1e1\xe5}',
    "in-an-escape": b'{"text":"\\u\xe5"}',
    "in-a-key": b'{"\xb9":"0",}',
    "gzip": b"\x1f\x8b\x08\x00",
    "binary": bytes(range(1, 256)),
    "plist": b"bplist00",
}
# RFC 8259 allows them, I-JSON does not, and two readers would not agree on what they mean.
_AMBIGUOUS = {
    "key-twice": '{"text":"a","text":"b"}',
    "key-twice-alike": '{"text":"a","text":"a"}',
    "key-twice-by-escape": r'{"text":"a","\u0074ext":"b"}',
    "key-twice-deep": '{"pet":{"name":"a","name":"b"}}',
    "lone-high": r'{"text":"\ud800"}',
    "lone-low": r'{"text":"\udfaa"}',
    "pair-turned": r'{"text":"\uDd1e\uD834"}',
    "lone-then-text": r'{"text":"\ud800abc"}',
    "two-high": r'{"text":"\uD800\uD800"}',
    "lone-in-a-key": r'{"\uDFAA":0}',
    "lone-then-newline": r'{"text":"\uD800\n"}',
}
_READ = (
    *(
        "[]",
        "[1]",
        "[1,2]",
        "[[]   ]",
        '[""]',
        "[null]",
        '[null,1,"1",{}]',
        "[1\n]",
        " [1]",
        "[1] ",
        "\t[1]\r\n",
        "[0e1]",
    ),
    *(
        "[-0]",
        "[-0.0]",
        "[1E22]",
        "[1E-2]",
        "[1E+2]",
        "[123e65]",
        "[0.1e-9]",
        "[-123]",
        "[123.456789]",
        "[20e1]",
        "[1e-999]",
    ),
    *("[1e999]", "[-1e999]", "[" + "9" * 400 + "]", "[0." + "0" * 400 + "1]", "[123123e100000]"),
    *('"a"', "1", "-0.1", "null", "true", "false", '""', '"\\u0061"'),
    *(
        '["\\u0060\\u012a\\u12AB"]',
        '["\\ud801\\udc37"]',
        '["\\"\\\\\\/\\b\\f\\n\\r\\t"]',
        '["\\\\u0000"]',
        '["a/*b*/c"]',
        '["\\\\a"]',
    ),
    *(
        '["\u2028\u2029"]',
        '["\x7f"]',
        '["\U0010ffff"]',
        '["\uffff"]',
        '["\\uFFFE"]',
        '["\\u0000"]',
        '["€𝄞"]',
        '["\\uFDD0"]',
        '["\u200b"]',
    ),
    *('{"a":[]}', '{"":0}', '{"a\\u0000b":1}', '{"min":-1.0e+28,"max":1.0e+28}', '{"a":1\n}', '{"a":{"b":{"c":[]}}}'),
    *(
        '{"__proto__":{"x":1}}',
        '{"constructor":{"prototype":{}}}',
        '{"toString":1}',
        '{"$ref":"#"}',
        '{"@type":"x"}',
        '{"length":-1}',
    ),
)
_COSTLY = {
    "wide-objects": b"[" + b"{}," * 600_000 + b"{}]",
    "wide-array": b"[" + b"1," * 900_000 + b"1]",
    "deep-arrays": b"[" * 100_000,
    "deep-arrays-closed": b"[" * 100_000 + b"]" * 100_000,
    "deep-objects": b'{"a":' * 100_000,
    "deep-both": b'[{"":' * 50_000 + b"\n",
    "deep-101": b"[" * 101 + b"]" * 101,
    "deep-500": b"[" * 500 + b"]" * 500,
    "brackets-in-text": b'{"text":"' + b"[{" * 500_000,
    "quotes": b'"' + b'\\"' * 900_000,
    "commas": b"[" + b"," * 1_900_000,
}
_COSTLY_READ = {
    "wide-array-taken": b"[" + b"1," * 390_000 + b"1]",
    "wide-objects-taken": b"[" + b"{}," * 390_000 + b"{}]",
    "many-keys": b"{" + b",".join(b'"k%d":1' % n for n in range(120_000)) + b"}",
    "long-key": b'{"' + b"k" * 1_900_000 + b'":1}',
    "digits": b'{"int":' + b"9" * 1_900_000 + b"}",
    "exponent-int": b'{"int":1e999999999}',
    "exponent-long": b'{"long":1e99999999999999999999}',
    "exponent-negative": b'{"int":1e-999999999}',
    "nested-unknown": b'{"x":' * 90 + b"1" + b"}" * 90,
    "blanks": b" " * 1_900_000 + b"1",
    "spread-blanks": b"[" + b"1 ,\n" * 390_000 + b"1]",
    "pattern-that-backtracks": b'{"slow":"' + b"a" * 1_000_000 + b'"}',
    "date-digits": b'{"date":"' + b"9" * 1_900_000 + b'"}',
}


def _named(group: str, texts: tuple[str, ...], status: int, code: str) -> list[Case]:
    return [Case(f"T23/{group}-{n:03}", text.encode("utf-8"), status, code) for n, text in enumerate(texts)]


def cases() -> list[Case]:
    refused = (400, "malformed_json")
    unfit = (422, "does_not_fit")
    groups = {
        "literal": _LITERALS,
        "number": _NUMBERS,
        "string": _STRINGS,
        "array": _ARRAYS,
        "object": _OBJECTS,
        "other": _OTHER,
    }
    return [
        *(case for name, texts in groups.items() for case in _named(name, texts, *refused)),
        *(
            case
            for name, texts in groups.items()
            for case in _named(
                f"{name}-as-a-value",
                tuple(f'{{"text":{one}}}' for one in texts if name in {"literal", "number", "string"}),
                *refused,
            )
        ),
        *(Case(f"T23/bytes-{name}", data, *refused) for name, data in _BYTES.items()),
        *(Case(f"T23/ambiguous-{name}", text.encode(), *refused) for name, text in _AMBIGUOUS.items()),
        *_named("read", _READ, *unfit),
        *_named("no-body", ("", " ", "\n\t"), 200, ""),  # no JSON at all: the operation needs none
        *(Case(f"T23/costly-{name}", data, *refused) for name, data in _COSTLY.items()),
        *(Case(f"T23/costly-read-{name}", data, *unfit) for name, data in _COSTLY_READ.items()),
    ]
