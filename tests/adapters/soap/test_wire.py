"""A request's address: the port's, with the rest behind it."""

from __future__ import annotations

import pytest

from adapters.soap.wire import Outgoing, plain


@pytest.mark.parametrize(
    ("address", "path", "query", "url"),
    [
        ("http://a/s.asmx", "/Do", "", "http://a/s.asmx/Do"),
        ("http://a/s/", "/Do", "x=1", "http://a/s/Do?x=1"),
        ("http://a", "/Do", "", "http://a/Do"),
        ("http://a/s?k=v", "/Do", "x=1", "http://a/s/Do?k=v&x=1"),
        ("http://a/s", "", "op=Do", "http://a/s?op=Do"),
        ("http://a", "/@evil.example", "", "http://a/@evil.example"),
        ("http://a", "//evil.example", "", "http://a//evil.example"),
        ("http://a/s?WSDL#x", "", "", "http://a/s?WSDL#x"),
        ("", "/Do", "", ""),
    ],
)
def test_the_rest_stands_behind_the_address(address: str, path: str, query: str, url: str) -> None:
    assert Outgoing(path=path, query=query).url(address) == url


def test_no_line_break_reaches_a_header() -> None:
    assert plain("text/xml\r\nX-Evil: 1") == "text/xmlX-Evil: 1"
