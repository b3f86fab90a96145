"""A package in memory: which part is the envelope, and what its references give."""

from __future__ import annotations

import pytest

from adapters.soap.attachments.filling import NO_VALUES, Wanted
from adapters.soap.attachments.received import Head, Received, head_of, unpacked
from bridge.errors import UpstreamInvalid
from bridge.transport.opened import Answer

XOP = 'application/xop+xml; charset=iso-8859-1; type="application/soap+xml"'


def answer(*parts: tuple[str, bytes], start: str = "", kind: str = "multipart/related") -> Answer:
    packed = [f"--b\r\n{head}\r\n\r\n".encode() + body + b"\r\n" for head, body in parts]
    named = f'; start="{start}"' if start else ""
    headers = {"content-type": f"{kind}; boundary=b{named}", "x": "1"}
    return Answer(200, headers, kind, None, b"".join([*packed, b"--b--"]), 1)


def refused(given: Answer, bytes_max: int = 1000) -> str:
    with pytest.raises(UpstreamInvalid) as caught:
        unpacked(given, bytes_max)
    return caught.value.cause


def received(given: Answer, bytes_max: int = 1000) -> Received:
    _, values = unpacked(given, bytes_max)
    assert isinstance(values, Received)
    return values


def test_the_first_part_is_the_envelope_and_says_what_it_is() -> None:
    root, values = unpacked(answer((f"Content-Type: {XOP}", b"<a/>"), ("Content-ID: <p>", b"\x00")), 1000)
    assert (root.body, root.content_type, root.charset) == (b"<a/>", "application/soap+xml", "iso-8859-1")
    assert (root.status, root.headers["x"], root.headers["content-type"]) == (200, "1", XOP)
    assert values.find(Wanted("p")) == "AA=="


def test_or_the_one_that_is_named() -> None:
    given = answer(("Content-ID: <p>", b"1"), ("Content-ID: <r%401>\r\nContent-Type: text/xml", b"<a/>"), start="<r@1>")
    root, values = unpacked(given, 1000)
    assert (root.body, root.content_type) == (b"<a/>", "text/xml")
    assert values.find(Wanted("p")) is not None
    assert refused(answer(("Content-ID: <p>", b"1"), start="<q>")) == "multipart_start"


def test_what_is_no_package_is_left_alone() -> None:
    plain = Answer(200, {"content-type": "text/xml"}, "text/xml", None, b"<a/>", 4)
    assert unpacked(plain, 1) == (plain, NO_VALUES)
    empty = Answer(503, {"content-type": "multipart/related"}, "multipart/related", None, b"", 0)
    assert unpacked(empty, 1) == (empty, NO_VALUES)


def test_names_fit_exactly_or_else_in_any_case_where_that_is_one_only() -> None:
    values = received(answer(("X: 1", b""), ("Content-ID: <Ab@c>", b"1"), ("Content-ID: <aB@c>", b"2")))
    assert values.find(Wanted("aB@c")) == "Mg=="
    assert values.find(Wanted("AB@C")) is None
    assert received(answer(("X: 1", b""), ("Content-ID: <Ab@c>", b"1"))).find(Wanted("ab@C")) == "MQ=="
    assert values.find(Wanted("")) is None


def test_a_part_that_lacks_is_none_and_one_that_is_there_twice_is_refused() -> None:
    assert received(answer(("X: 1", b""))).find(Wanted("p")) is None
    assert refused(answer(("X: 1", b""), ("Content-ID: <p>", b""), ("Content-ID: <p>", b""))) == "multipart_same_id"


def test_referring_often_does_not_grow_over_the_limit() -> None:
    values = received(answer(("X: 1", b""), ("Content-ID: <p>", b"x" * 400)), bytes_max=1000)
    assert values.find(Wanted("p")) == values.find(Wanted("p"))
    with pytest.raises(UpstreamInvalid):
        values.find(Wanted("p"))


def test_parts_of_the_message_are_found_by_name_or_by_their_place() -> None:
    by_name = received(answer(("X: 1", b""), ("Content-ID: <b=1@x>", b"B"), ("Content-ID: <a=2@x>", b"A")))
    assert (
        by_name.find(Wanted(part="a", index=0)),
        by_name.find(Wanted(part="b", index=1)),
        by_name.find(Wanted(part="c", index=2)),
    ) == ("QQ==", "Qg==", None)
    by_place = received(answer(("X: 1", b""), ("Content-ID: <7@x>", b"A"), ("X: 2", b"B")))
    assert (by_place.find(Wanted(part="a", index=0)), by_place.find(Wanted(part="b", index=1))) == ("QQ==", "Qg==")
    assert by_place.unused == 0


def test_what_is_not_referred_to_is_counted() -> None:
    values = received(answer(("X: 1", b""), ("Content-ID: <p>", b"A"), ("Content-ID: <q>", b"B")))
    values.find(Wanted("p"))
    assert values.unused == 1


def test_a_package_in_a_package_is_refused() -> None:
    assert refused(answer(("Content-Type: multipart/mixed; boundary=c", b"--c--"))) == "multipart_nested"
    assert refused(answer()) == "multipart_empty"


def test_what_a_part_says_of_itself_is_made_harmless() -> None:
    head = head_of(
        {"content-type": "image/PNG; name=x", "content-id": "<p>", "content-disposition": 'x; filename="../a.png"'}
    )
    assert (head.content, head.media_type, head.name) == ("p", "image/png", "a.png")
    assert head == Head("p", "image/png", "a.png", head.headers)
