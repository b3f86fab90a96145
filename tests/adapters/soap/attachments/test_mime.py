"""Parameters, Content-IDs and names as the other side wrote them."""

from __future__ import annotations

import pytest

from adapters.soap.attachments.mime import OCTETS, cid_address, content_id, disposition, file_name, media, media_type


def test_parameters_quoted_and_bare() -> None:
    said = media('Multipart/Related; boundary="a;b \\"c"; type=text/xml;START="<r>"; type=x;start-info="a/b;c=\\"d\\""')
    assert said.type == "multipart/related"
    assert dict(said.parameters) == {
        "boundary": 'a;b "c',
        "type": "text/xml",
        "start": "<r>",
        "start-info": 'a/b;c="d"',
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<a@b>", "a@b"),
        (" cid:a%40b ", "a@b"),
        ("CID:a@b", "a@b"),
        ("<http%3A%2F%2Ftempuri.org%2F1%2F2>", "http://tempuri.org/1/2"),
        ("a+b@c", "a+b@c"),
        ("", ""),
    ],
)
def test_a_content_id_and_its_address_have_one_form(value: str, expected: str) -> None:
    assert content_id(value) == expected
    assert content_id(cid_address(expected)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("image/PNG; x=y", "image/png"),
        ("", OCTETS),
        ("nonsense", OCTETS),
        ("text/html\r\nX: 1", OCTETS),
        ("a/b<script>", OCTETS),
    ],
)
def test_only_a_plain_media_type_is_handed_on(value: str, expected: str) -> None:
    assert media_type(value) == expected


@pytest.mark.parametrize(
    ("disposition_", "type_", "expected"),
    [
        ('attachment; filename="report.pdf"', "", "report.pdf"),
        ('attachment; filename="../../etc/passwd"', "", "passwd"),
        ('attachment; filename="C:\\\\temp\\\\a.txt"', "", "a.txt"),
        ("attachment; filename*=UTF-8''%E2%82%AC%20rates.pdf", "", "€ rates.pdf"),
        ("attachment; filename*=UTF-8''..%2f..%2fx", "", "x"),
        ("", 'text/plain; name="from-type.txt"', "from-type.txt"),
        ('attachment; filename="a\u202egnp.exe"', "", "agnp.exe"),
        ('attachment; filename=".."', "", ""),
        ("", "", ""),
    ],
)
def test_a_name_is_never_a_path(disposition_: str, type_: str, expected: str) -> None:
    assert file_name({"content-disposition": disposition_, "content-type": type_}) == expected


def test_names_are_written_for_everyone() -> None:
    assert disposition("a.txt") == 'attachment; filename="a.txt"'
    assert disposition('€"\r\n.txt') == "attachment; filename=\"____.txt\"; filename*=UTF-8''%E2%82%AC%22%0D%0A.txt"
    assert file_name({"content-disposition": disposition("größe.txt")}) == "größe.txt"
