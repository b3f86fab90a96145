"""A multipart body comes apart in the same parts however it is cut into pieces, and what is none is refused."""

from __future__ import annotations

import pytest

from bridge.formats.multipart import Begin, Data, End, Malformed, Multipart, disposition

BODY = (
    b"--b\r\n"
    b'Content-Disposition: form-data; name="a"; filename="\xc3\xa4.txt"\r\n'
    b"content-TYPE:\ttext/plain \r\n\r\n"
    b"one\r\n-\r\r\n--\r\n--x\r\n"
    b"\r\n--b \t\r\n\r\n\r\n--b\r\nX: y\r\n\r\n\r\n\r\n--b--\r\n"
)


def parts_of(body: bytes, size: int = 1 << 20, boundary: str = "b") -> list[tuple[dict[str, str], bytes]]:
    """All parts of a body that arrives in pieces of a size."""
    multipart, found = Multipart(boundary, parts_max=5), list[tuple[dict[str, str], bytes]]()
    events = [event for at in range(0, len(body), size) for event in multipart.feed(body[at : at + size])]
    multipart.finish()
    for event in events:
        match event:
            case Begin(fields):
                found.append((fields, b""))
            case Data(piece):
                found[-1] = (found[-1][0], found[-1][1] + piece)
            case End():
                pass
    assert sum(isinstance(event, End) for event in events) == len(found)
    return found


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 64, 10_000])
def test_the_parts_are_the_same_however_they_arrive(size: int) -> None:
    fields = {"content-disposition": 'form-data; name="a"; filename="ä.txt"', "content-type": "text/plain"}
    assert parts_of(BODY, size) == [(fields, b"one\r\n-\r\r\n--\r\n--x\r\n"), ({}, b""), ({"x": "y"}, b"\r\n")]


def test_nothing_waits_that_cannot_begin_a_boundary() -> None:
    multipart = Multipart("b" * 60, parts_max=1)
    list(multipart.feed(b"--" + b"b" * 60 + b"\r\n\r\n"))
    assert list(multipart.feed(b"x" * 100)) == [Data(b"x" * 100)]
    assert list(multipart.feed(b"x\r\n--bbb")) == [Data(b"x")]
    assert list(multipart.feed(b"c" * 60)) == [Data(b"\r\n--bbb" + b"c" * 60)]


def test_memory_does_not_grow_with_a_part() -> None:
    multipart = Multipart("b", parts_max=1)
    list(multipart.feed(b"--b\r\n\r\n\r\n"))
    for _ in range(200):
        assert sum(len(event.piece) for event in multipart.feed(b"\r" * 65536) if isinstance(event, Data)) > 65000
        assert len(multipart._buffer) < 10


HEAD = b"--b\r\nA: b\r\n"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "ends before"),
        (b"--b", "ends before"),
        (b"--b\r\n\r\n\r\n", "ends before"),
        (b"--b\r\n\r\n\r\nabc\r\n--b", "ends before"),
        (b"--b\r\n\r\n\r\nabc\r\n--b-", "ends before"),
        (b"--b\r\n\r\n\r\nabc--b--\r\n", "ends before"),
        (b"--b\r\n\r\n\r\nabc\n--b--\r\n", "ends before"),
        (b"\r\n--b--", "does not begin"),
        (b"preamble\r\n--b--", "does not begin"),
        (b"--c\r\n\r\n\r\n--c--", "does not begin"),
        (b"--bb\r\n\r\n\r\n", "behind a boundary"),
        (b"--b\n\n\n--b--", "behind a boundary"),
        (b"--b" + b" " * 200, "behind a boundary"),
        (b"--b-\r\n", "behind a boundary"),
        (b"--b\r\n\r\n\r\n\r\n--b--\r\nepilogue", "behind the last"),
        (b"--b--\r\n\r\n", "behind the last"),
        (b"--b\r\nA" + b"a" * 9000, "too long"),
        (b"--b\r\nA: " + b"a" * 9000 + b"\r\n\r\n", "too long"),
        (b"--b\r\nno colon\r\n\r\n", "a field that is none"),
        (b"--b\r\n: x\r\n\r\n", "a field that is none"),
        (b"--b\r\nA : x\r\n\r\n", "a field that is none"),
        (b"--b\r\n\xc3\xa4: x\r\n\r\n", "a field that is none"),
        (HEAD + b" folded\r\n\r\n", "a field that is none"),
        (b"--b\r\nA: x\x00y\r\n\r\n", "a field that is none"),
        (b"--b\r\nA: x\ny: z\r\n\r\n", "a field that is none"),
        (b"--b\r\nA: \xff\r\n\r\n", "not UTF-8"),
        (HEAD + b"a: c\r\n\r\n", "a field twice"),
        (b"--b\r\n" + b"".join(b"A%d: x\r\n" % at for at in range(21)) + b"\r\n", "too many fields"),
        (b"--b\r\n\r\n\r\n\r\n" * 6 + b"--b--", "more than 5 parts"),
    ],
)
@pytest.mark.parametrize("size", [1, 100_000])
def test_what_is_no_body_is_refused(body: bytes, why: str, size: int) -> None:
    with pytest.raises(Malformed, match=why):
        parts_of(body, size)


@pytest.mark.parametrize("boundary", ["", "a" * 71, "a b ", "ä", 'a"b', "a\r\nb", "a*b"])
def test_a_boundary_that_is_none(boundary: str) -> None:
    with pytest.raises(Malformed, match="boundary"):
        Multipart(boundary, parts_max=1)


def test_the_longest_boundary_and_no_part_at_all() -> None:
    assert parts_of(b"--" + b"=" * 70 + b"--", boundary="=" * 70) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('form-data; name="a"', {"name": "a"}),
        ("Form-Data;name=a;filename=b.txt", {"name": "a", "filename": "b.txt"}),
        ('form-data; name="a%22b%0D%0Ac"; filename="a\\"b;c"', {"name": 'a"b\r\nc', "filename": 'a"b;c'}),
        ('form-data; filename="C:\\dir\\a.txt"', {"filename": "C:\\dir\\a.txt"}),
        ("form-data; filename*=UTF-8''%C3%A4; FileName=x", {"filename*": "UTF-8''%C3%A4", "filename": "x"}),
        ("form-data", {}),
        ("form-data; ", {}),
    ],
)
def test_a_disposition_comes_apart(text: str, found: dict[str, str]) -> None:
    assert disposition(text) == ("form-data", found)


@pytest.mark.parametrize(
    "text", ['form-data; name="a', "form-data; name", "form-data; =x", "form-data; name=a; name=b", "x; ; a=b;"]
)
def test_a_disposition_that_is_none(text: str) -> None:
    with pytest.raises(Malformed):
        disposition(text)
