"""Hostile XML is refused before it costs anything; honest XML in odd clothes is read."""

from __future__ import annotations

import contextlib
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.formats.xml.safe import UnsafeXml, parse, parse_own, parse_schema_document

LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10 if n else b"ha" * 50) for n in range(10))

REFUSED = {
    "dtd": (b"<!DOCTYPE a><a/>", "document type"),
    "dtd after comments": (b"<?xml version='1.0'?> <!-- x --> <?y?>\n<!DOCTYPE a><a/>", "document type"),
    "external entity": (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "document type"),
    "parameter entity": (b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://h.example/x"> %x;]><a/>', "document type"),
    "laughs": (b"<!DOCTYPE a [" + LAUGHS + b"]><a>&l9;</a>", "document type"),
    "dtd in utf-16": ("<!DOCTYPE a><a/>".encode("utf-16"), "document type"),
    "unknown entity": (b"<a>&nope;</a>", "well-formed"),
    "utf-7": (b'<?xml version="1.0" encoding="utf-7"?><a/>', "'utf-7'"),
    "utf-32": ("<a/>".encode("utf-32"), "UTF-32"),
    "ebcdic": (b'<?xml version="1.0" encoding="cp037"?><a/>', "'cp037'"),
    "bad utf-8": (b"<a>\xff</a>", "well-formed"),
    "bad ascii": (b'<?xml version="1.0" encoding="us-ascii"?><a>\xe9</a>', "not valid ascii"),
    "bad windows-1252": (b'<?xml version="1.0" encoding="windows-1252"?><a>\x81</a>', "not valid cp1252"),
    "half a utf-16 character": ("<a>x</a>".encode("utf-16") + b"\x00", "not valid utf-16"),
    "cut": (b"<a><b></b>", "well-formed"),
    "two roots": (b"<a/><a/>", "well-formed"),
    "empty": (b"", "no XML"),
    "blank": (b" \n ", "no XML"),
    "no xml": (b'{"a": 1}', "well-formed"),
    "only a comment": (b"<!-- x", "well-formed"),
    "deep": (b"<a>" * 5_000 + b"</a>" * 5_000, "well-formed"),
    "endless prolog": (b"<!---->" * 2_000 + b"<a/>", "comments"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str):
    data, reason = REFUSED[name]
    with pytest.raises(UnsafeXml, match=reason):
        parse(data)


def test_a_charset_that_is_not_allowed_is_refused():
    with pytest.raises(UnsafeXml, match="'utf-7'"):
        parse(b"<a/>", charset="utf-7")
    with pytest.raises(UnsafeXml, match="UTF-16"):
        parse("<a/>".encode("utf-16-le"), charset="iso-8859-1")


def test_bytes_are_bounded():
    assert parse(b"<a>12345678</a>", bytes_max=15).tag == "a"
    with pytest.raises(UnsafeXml, match="14 bytes"):
        parse(b"<a>12345678</a>", bytes_max=14)


@pytest.mark.parametrize("body", [b"<b/>" * 99, b'<b c="1"/>' * 49 + b"<b/>"])
def test_elements_and_attributes_are_counted_exactly(body: bytes):
    data = b"<a>" + body + b"</a>"
    assert len(parse(data, nodes_max=100)) == body.count(b"<b")
    with pytest.raises(UnsafeXml, match="more than 99 elements"):
        parse(data, nodes_max=99)


def test_attributes_of_one_element_are_bounded():
    def element(count: int) -> bytes:
        return b"<r><a " + b" ".join(b"a%d='='" % n for n in range(count)) + b"/></r>"

    assert len(parse(element(1_000))[0].attrib) == 1_000
    with pytest.raises(UnsafeXml, match="more than 1000 attributes"):
        parse(element(1_001))


def test_namespaces_at_one_place_are_bounded():
    beside = b"<r>" + b"".join(b"<a xmlns:p%d='u%d'/>" % (n, n) for n in range(1_000)) + b"</r>"
    assert len(parse(beside)) == 1_000
    within = b"<r " + b" ".join(b"xmlns:p%d='u%d'" % (n, n) for n in range(256)) + b"><a%s/></r>"
    assert len(parse(within % b"")) == 1
    with pytest.raises(UnsafeXml, match="more than 256 namespaces"):
        parse(within % b" xmlns:q='q'")


def test_namespaces_count_as_nodes():
    with pytest.raises(UnsafeXml, match="more than 10 elements"):
        parse(b"<r " + b" ".join(b"xmlns:p%d='u'" % n for n in range(10)) + b"/>", nodes_max=10)


def test_signs_in_texts_count_for_nothing():
    data = b"<a><![CDATA[" + b"<=" * 500 + b"]]></a>"
    assert parse(data, nodes_max=1).text == "<=" * 500


def test_too_many_nodes_stop_the_parser_early():
    data = b"<a>" + b"<b/>" * 2_000_000 + b"</a>"
    tracemalloc.start()
    with pytest.raises(UnsafeXml):
        parse(data, nodes_max=1_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1", "cp1252"])
def test_allowed_encodings(encoding: str):
    names = {"utf-8-sig": "utf-8", "cp1252": "windows-1252", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}
    text = f'<?xml version="1.0" encoding="{names.get(encoding, encoding)}"?><a b="é">ü</a>'
    root = parse(text.encode(encoding))
    assert (root.text, root.get("b")) == ("ü", "é")


def test_the_euro_of_iso_8859_15():
    assert parse('<?xml version="1.0" encoding="ISO-8859-15"?><a>€</a>'.encode("iso-8859-15")).text == "€"


def test_charset_is_stronger_than_the_declaration_and_weaker_than_the_mark():
    assert parse('<?xml version="1.0" encoding="utf-8"?><a>é</a>'.encode("latin-1"), charset='"ISO-8859-1"').text == "é"
    assert parse(b"\xef\xbb\xbf<a>\xc3\xa9</a>", charset="iso-8859-1").text == "é"


def test_utf_8_that_says_it_is_utf_16_is_read():
    assert parse('<?xml version="1.0" encoding="utf-16"?><a>é</a>'.encode()).text == "é"
    assert parse("<a>é</a>".encode(), charset="utf-16").text == "é"


def test_doctype_inside_cdata_is_text():
    assert parse(b"<a><![CDATA[<!DOCTYPE html>]]></a>").text == "<!DOCTYPE html>"


def test_a_comment_does_not_cut_a_text():
    root = parse(b"<a>pay 1<!-- -->000<?x?>0</a>")
    assert root.text == "pay 10000"
    assert len(root) == 0


def test_white_space_before_the_declaration_is_forgiven():
    assert parse(b'\n <?xml version="1.0"?><a/>').tag == "a"


def test_xinclude_stays_an_element():
    root = parse(b'<a xmlns:x="http://www.w3.org/2001/XInclude"><x:include href="/etc/passwd" parse="text"/></a>')
    assert root[0].tag == "{http://www.w3.org/2001/XInclude}include"


@given(st.binary(max_size=200), st.sampled_from([None, "utf-8", "utf-16", "windows-1252", "x"]))
def test_no_bytes_raise_anything_else(data: bytes, charset: str | None):
    for tried in (data, b"<a>" + data + b"</a>"):
        with contextlib.suppress(UnsafeXml):
            parse(tried, charset=charset)
        with contextlib.suppress(UnsafeXml):
            parse_schema_document(tried)


def test_a_schema_document_may_have_a_dtd_that_is_not_followed(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("<!ATTLIST a b CDATA 'from outside'>")
    root = parse_schema_document(
        f"""<?xml version="1.0"?><!-- first --><!DOCTYPE a SYSTEM "{secret}" [
          <!-- ]> it's no end --> <?no ]> end?> <!ENTITY % p SYSTEM "{secret}"> %p;
          <!ENTITY x "]>'"><!ATTLIST a c CDATA 'default]>'>]
        ><a>text</a>""".encode()
    )
    assert dict(root.attrib) == {}
    assert root.text == "text"


@pytest.mark.parametrize("place", ["<a>&x;</a>", "<a b='&x;'/>"])
def test_an_external_entity_reaches_no_file(place: str, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    with pytest.raises(UnsafeXml, match="'x' not defined"):
        parse_schema_document(f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret}">]>{place}'.encode())


@pytest.mark.parametrize("place", [b"<a>&l9;</a>", b"<a b='&l9;'/>"])
def test_laughs_in_a_schema_document_stay_unsaid(place: bytes):
    with pytest.raises(UnsafeXml, match="'l9' not defined"):
        parse_schema_document(b"<!DOCTYPE a [" + LAUGHS + b"]>" + place)


@pytest.mark.parametrize(
    "data", [b"<!DOCTYPE a [<a/>", b"<!DOCTYPE a [ ' ]><a/>", b"<!DOCTYPE", b"<!DOCTYPE a><!DOCTYPE a><a/>"]
)
def test_a_dtd_without_end_is_refused(data: bytes):
    with pytest.raises(UnsafeXml, match="no end"):
        parse_schema_document(data)


def test_a_schema_document_is_bounded_too():
    with pytest.raises(UnsafeXml, match="more than 3 elements"):
        parse_schema_document(b"<a><b/><b/><b/></a>", nodes_max=3)


def test_an_endless_dtd_is_refused_in_linear_time():
    for piece in (b"<!--", b"<?", b"'", b'"', b"[", b"]"):
        with pytest.raises(UnsafeXml):
            parse_schema_document(b"<!DOCTYPE a " + piece * 1_000_001)


@pytest.mark.parametrize(
    "document",
    [
        b'<a xmlns:x="{no uri}"><b/></a>',
        b'<a xmlns:x="http://http://y"><b/></a>',
        b"<a><b/><http:c/></a>",
        b'<a q:x="1"><b/></a>',
    ],
)
def test_a_schema_document_that_is_careless_with_namespaces_is_read_and_a_message_is_not(document: bytes):
    assert parse_schema_document(document)[0].tag == "b"
    with pytest.raises(UnsafeXml, match="not well-formed"):
        parse(document)


@pytest.mark.parametrize(
    "document", [b"<a q:x='1'><b></a>", b"<a q:x='1'>&b;</a>", b"<a q:x='1' y='1' y='2'/>", b"<q:a>\x01</q:a>"]
)
def test_careless_namespaces_excuse_nothing_else(document: bytes):
    with pytest.raises(UnsafeXml):
        parse_schema_document(document)


def test_careless_namespaces_do_not_lift_the_bound_on_nodes():
    with pytest.raises(UnsafeXml, match="more than 50"):
        parse_schema_document(b"<a q:x='1'>" + b"<b/>" * 60 + b"</a>", nodes_max=50)


def test_one_text_has_ten_megabytes_unless_it_is_base64_or_our_own():
    data = b"<a>" + b"." * 10_000_100 + b"</a>"
    with pytest.raises(UnsafeXml, match="more than 10 MB"):
        parse(data)
    assert len(parse_own(data).text or "") == 10_000_100
