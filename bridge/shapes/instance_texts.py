"""Texts of each built-in kind that codecs are known to stumble over, with a word on each. Data only.

They are in the lexical space of XML Schema, and written as they come back: canonical where there are several forms.
"""

from __future__ import annotations

from bridge.shapes.model import Kind

Listed = tuple[tuple[str, str], ...]

TEXT_EDGES: Listed = (
    ("empty", ""),
    ("one blank", " "),
    ("blanks around and within", "  a  b "),
    ("markup", "<b>&amp;</b> &lt; \"quoted\" 'single'"),
    ("end of CDATA", "a]]>b"),
    ("tab and line feed", "a\tb\nc"),
    ("carriage return", "a\rb\r\nc"),
    ("beyond the BMP", "\U0001d11e \U0001f600 \U0010fffd"),
    ("accents and scripts", "e\u0301 \u00df \u6f22\u5b57 \u0645\u0631"),
    ("odd line ends", "a\u0085b\u2028c\u00a0d"),
    ("replacement character", "\ufffd"),
    ("leading noughts", "0012"),
    ("a word of JSON", "null"),
    ("a boolean", "true"),
    ("braces", "{urn:example}name"),
    ("a prefix", "xs:string"),
    ("backslashes", '\\u0041 \\" \\n'),
    ("one letter", "Z"),
    ("language with region", "en-US"),
)

URI_EDGES: Listed = (
    ("address", "https://example.com/a/b?c=d&e=f#g"),
    ("empty", ""),
    ("urn", "urn:example:a:b"),
    ("relative", "../up/file.xml"),
    ("fragment", "#part"),
    ("escaped", "https://example.com/%C3%A9%20x"),
    ("mail", "mailto:ada@example.com"),
)

_WHOLE: Listed = (("nought", "0"), ("one", "1"), ("minus one", "-1"), ("ten", "10"))
_BIG = "1234567890123456789012345678901234567890"

_FLOATING: Listed = (
    *_WHOLE,
    ("INF", "INF"),
    ("-INF", "-INF"),
    ("NaN", "NaN"),
    ("minus nought", "-0"),
    ("a tenth", "0.1"),
    ("exponent", "1.5E10"),
    ("negative exponent", "-2.5E-7"),
)

NUMBER_EDGES: dict[Kind, Listed] = {
    Kind.INTEGER: (*_WHOLE, ("forty digits", _BIG), ("minus forty digits", f"-{_BIG}"), ("2^53+1", "9007199254740993")),
    Kind.DECIMAL: (
        *_WHOLE,
        ("a tenth", "0.1"),
        ("idle nought", "1.50"),
        ("whole with a point", "2.0"),
        ("small", "0.000000000000000001"),
        ("minus", "-0.01"),
        ("forty digits", f"{_BIG[:20]}.{_BIG[20:]}"),
        ("forty whole digits", _BIG),
    ),
    Kind.FLOAT: (*_FLOATING, ("largest", "3.4028235E38"), ("smallest", "1.4E-45"), ("minus largest", "-3.4028235E38")),
    Kind.DOUBLE: (
        *_FLOATING,
        ("largest", "1.7976931348623157E308"),
        ("smallest", "4.9E-324"),
        ("minus largest", "-1.7976931348623157E308"),
        ("seventeen digits", "0.30000000000000004"),
    ),
}

_ZONES: Listed = (("no zone", ""), ("UTC", "Z"), ("+00:00", "+00:00"), ("+14:00", "+14:00"), ("-12:30", "-12:30"))


def _zoned(text: str) -> Listed:
    return tuple((label, text + zone) for label, zone in _ZONES)


_CLOCKS: Listed = (
    ("midnight", "00:00:00"),
    ("last second", "23:59:59"),
    ("24:00:00", "24:00:00"),
    ("one fraction digit", "12:00:00.5"),
    ("seven fraction digits", "12:00:00.1234567"),
    ("idle fraction", "12:00:00.000"),
)
_DAYS: Listed = (
    ("year 0001", "0001-01-01"),
    ("year 9999", "9999-12-31"),
    ("leap day", "2024-02-29"),
    ("leap day of a century", "2000-02-29"),
    ("before the Gregorian calendar", "1582-10-10"),
    ("five digits of a year", "12026-06-30"),
    ("before our era", "-0044-03-15"),
)

DATE_EDGES: dict[Kind, Listed] = {
    Kind.DATE: (*_DAYS, *_zoned("2026-02-28")),
    Kind.TIME: (*_CLOCKS, *_zoned("09:30:00")),
    Kind.DATETIME: (
        *((label, f"{day}T00:00:00") for label, day in _DAYS),
        *((label, f"2026-01-15T{clock}") for label, clock in _CLOCKS),
        *_zoned("2026-01-15T09:30:00"),
        ("fraction and zone", "2026-01-15T09:30:00.123+02:00"),
        ("last moment", "9999-12-31T23:59:59.9999999"),
    ),
    Kind.YEAR_MONTH: (("year 0001", "0001-01"), ("year 9999", "9999-12"), *_zoned("2026-06")),
    Kind.YEAR: (("year 0001", "0001"), ("year 9999", "9999"), ("before our era", "-0044"), *_zoned("2026")),
    Kind.MONTH_DAY: (("leap day", "--02-29"), ("last day", "--12-31"), *_zoned("--06-30")),
    Kind.DAY: (("first", "---01"), ("last", "---31"), *_zoned("---15")),
    Kind.MONTH: (("first", "--01"), ("last", "--12"), *_zoned("--06")),
    Kind.DURATION: (
        ("all parts", "P1Y2M3DT4H5M6.789S"),
        ("years", "P1Y"),
        ("months", "P13M"),
        ("days", "P400D"),
        ("minutes", "PT90M"),
        ("nought", "PT0S"),
        ("minus", "-P1D"),
        ("fraction", "PT0.001S"),
        ("days and hours", "P1DT36H"),
    ),
}
