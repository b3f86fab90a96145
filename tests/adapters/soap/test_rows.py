"""Rows that are read while an answer arrives are those of the whole answer, whatever it looks like and wherever it is
cut."""

from __future__ import annotations

import copy
import random
from collections import Counter, deque

import pytest
from lxml import etree

from adapters.soap.contract import Version
from adapters.soap.envelope import NoEnvelope
from adapters.soap.rows import RowReader, can_stream, items, lines, rows_of
from adapters.soap.translate import Reading
from bridge.errors import BridgeError, Fault, NotAcceptable, UpstreamFault, UpstreamInvalid
from bridge.formats.xml.decode import Unreadable
from bridge.formats.xml.safe import UnsafeXml
from tests.adapters.soap.encoded import codec as encoded_codec
from tests.adapters.soap.forms import Form
from tests.adapters.soap.forms import codec as form_codec
from tests.adapters.soap.listed import PATHS, ROWS, SPACE, answer_of, buffered, codec, envelope, pieces, streamed

XSI = "http://www.w3.org/2001/XMLSchema-instance"
SEEDS = 600
VERSIONS: tuple[Version, ...] = ("1.1", "1.2")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", PATHS)
def test_rows_are_those_of_the_whole_answer(name: str, version: Version):
    made, data = codec(name, version), answer_of(name, version).encode()
    whole = buffered(made, data)
    assert isinstance(whole, tuple)
    assert whole[0].count(b"\n") >= 2
    for step in (1, 2, 3, 7, 61, 1000, len(data)):
        assert streamed(made, data, step) == whole, step


@pytest.mark.parametrize("name", PATHS)
def test_no_rows(name: str):
    data = envelope(f"<t:{name}Response/>").encode()
    assert streamed(codec(name), data) == buffered(codec(name), data)


@pytest.mark.parametrize("said", [False, True])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "iso-8859-1", "windows-1252", "us-ascii"])
def test_encodings(encoding: str, said: bool):
    charset = encoding if said else None
    made = codec("Beside")
    text = f'<?xml version="1.0" encoding="{encoding.removesuffix("-le")}"?>\n' + answer_of("Beside")
    data = text.encode(encoding, "xmlcharrefreplace")
    if encoding == "utf-16-le":
        data = b"\xff\xfe" + data
    for step in (1, 5, len(data)):
        assert streamed(made, data, step, charset=charset) == buffered(made, data, charset=charset)


@pytest.mark.parametrize("part", range(6))
def test_changed_answers_give_the_same_rows_errors_and_tolerances(part: int):
    judged: Counter[str] = Counter()
    for seed in range(part * SEEDS // 6, (part + 1) * SEEDS // 6):
        rng = random.Random(seed)
        name, version = rng.choice(list(PATHS)), rng.choice(VERSIONS)
        root = etree.fromstring(answer_of(name, version).encode())
        for _ in range(rng.choice((1, 1, 2, 3))):
            change(root, rng)
        data = etree.tostring(root, encoding=rng.choice(("utf-8", "utf-16", "iso-8859-1")), xml_declaration=True)
        step = rng.choice((1, 5, 50, 300, 1 << 20))
        whole, rows = plain(buffered(codec(name, version), data)), plain(streamed(codec(name, version), data, step))
        assert rows == whole, (seed, etree.tostring(root).decode())
        judged["error" if whole is None else "tolerated" if whole[1] else "plain"] += 1
    assert min(judged["error"], judged["tolerated"], judged["plain"]) > 0, "it judges answers of each kind"


def plain(read: object) -> tuple[bytes, Counter[str]] | None:
    """What must be the same. That rows stand before what they should follow is not seen any more when they left."""
    if not isinstance(read, tuple):
        return None
    rows, seen = read
    return rows, Counter({kind: times for kind, times in seen.items() if kind != "order"})


def change(root: etree._Element, rng: random.Random) -> None:
    """One thing that servers, or people, do to an answer."""
    found = [one for one in root.iter("*") if one.getparent() is not None][1:]
    if not found:
        return
    one = rng.choice(found)
    parent, local = one.getparent(), etree.QName(one).localname
    assert parent is not None
    match rng.randrange(14):
        case 0:
            one.tag = f"{{urn:wrong}}{local}"
        case 1:
            one.tag = rng.choice([local, f"{{{SPACE}}}unknown"])
        case 2:
            parent.insert(rng.randrange(len(parent) + 1), copy.deepcopy(one))
        case 3:
            parent.remove(one)
        case 4:
            one.set(f"{{{XSI}}}nil", rng.choice(["true", "1", "false"]))
        case 5:
            one.text = (one.text or "") + rng.choice(["stray", " \n", "7"])
        case 6:
            one.tail = (one.tail or "") + rng.choice(["stray", "  ", "x"])
        case 7:
            new = etree.Element(f"{{{SPACE}}}{rng.choice(['row', 'Row', 'node', 'other', 'n', 'text'])}")
            one.insert(rng.randrange(len(one) + 1), new)
        case 8:
            one.insert(0, etree.Comment("<t:row>"))
        case 9:
            one.append(etree.ProcessingInstruction("p", "q"))
        case 10:
            parent[:] = rng.sample(list(parent), len(parent))
        case 11:
            one.set("unknown", "1")
        case 12:
            one.set(f"{{{XSI}}}type", rng.choice(["t:LastPage", "t:Page", "t:Row", "t:Circle", "t:Nope", "q:Page"]))
        case _:
            wrapper = etree.Element(f"{{{SPACE}}}{rng.choice(['page', 'rows', 'row', 'x'])}")
            parent.replace(one, wrapper)
            wrapper.append(one)


def test_a_derived_type_holds_the_rows_too():
    body = f'<t:page xsi:type="t:LastPage" no="1">{ROWS.format("row")}<t:end>true</t:end></t:page>'
    data = envelope(f"<t:PagedResponse>{body}</t:PagedResponse>").encode()
    assert streamed(codec("Paged"), data, 9) == buffered(codec("Paged"), data)


# ── what leaves when ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_row_leaves_when_it_ends():
    made = codec("Beside")
    reader = RowReader(made, rows_of(made, Reading()), Reading())
    data = answer_of("Beside").encode()
    at = data.index(b"</t:row>") + len(b"</t:row>")
    assert reader.feed(data[: at - 1]) == b""
    assert reader.feed(data[at - 1 : at]) == b'{"kind":"a","id":1,"name":"one","tag":["x","y"]}\n'
    assert reader.feed(data[at:]).count(b"\n") == 2
    assert reader.finish() == b""


def test_rows_that_left_are_forgotten():
    made, how = codec("Beside"), Reading(bytes_max=20_000, nodes_max=200)
    reader = RowReader(made, rows_of(made, how), how)
    head, _, rest = answer_of("Beside", rows="|").partition("|")
    row = f"<t:row><t:id>1</t:id><t:name>{'x' * 100}</t:name></t:row>".encode()
    reader.feed(head.encode())
    assert sum(reader.feed(row * 10).count(b"\n") for _ in range(1000)) == 10_000
    reader.feed(rest.encode())
    assert reader.finish() == b""


@pytest.mark.parametrize(
    ("row", "beside"),
    [
        ("<t:row><t:id>1</t:id><t:name>" + "x" * 30_000 + "</t:name></t:row>", ""),
        ("<t:row><t:id>1</t:id>" + "<t:tag/>" * 300 + "</t:row>", ""),
        ("", "<t:other>" + "x" * 2_000 + "</t:other>"),
        ("", "<t:other/>"),
        ("", "<t:other a='1' b='2' c='3'/>"),
    ],
)
def test_limits_hold_for_a_row_and_for_what_is_beside(row: str, beside: str):
    made, how = codec("Beside"), Reading(bytes_max=20_000, nodes_max=200)
    reader = RowReader(made, rows_of(made, how), how)
    head, _, _ = answer_of("Beside", rows="|").partition("|")
    data = head + (row + beside + "<t:row><t:id>1</t:id></t:row>") * 1000
    with pytest.raises(UnsafeXml, match=r"more than (20000 bytes|200 elements)"):
        deque(map(reader.feed, pieces(data.encode(), 500)), maxlen=0)


# ── what is no answer ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_fault_is_an_error_and_no_row():
    fault = "<e:Fault><faultcode>e:Server</faultcode><faultstring>no</faultstring></e:Fault>"
    assert streamed(codec("Beside"), envelope(fault).encode()) is UpstreamFault
    client = fault.replace("Server", "Client")
    assert streamed(codec("Beside"), envelope(client).encode(), 1) is Fault


def test_a_fault_behind_rows_is_an_error():
    made, fault = codec("Beside"), "<e:Fault><faultcode>e:Server</faultcode></e:Fault>"
    data = answer_of("Beside").replace("</e:Body>", f"{fault}</e:Body>").encode()
    reader = RowReader(made, rows_of(made, Reading()), Reading())
    assert sum(reader.feed(piece).count(b"\n") for piece in pieces(data, 20)) == 3
    with pytest.raises(UpstreamFault):
        reader.finish()


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", UnsafeXml),
        (b"no xml", UnsafeXml),
        (b"<html><body>Sorry</body></html>", NoEnvelope),
        (answer_of("Beside").encode()[:-9], UnsafeXml),
        (b"<!DOCTYPE x>" + answer_of("Beside").encode(), UnsafeXml),
        (envelope("").encode(), Unreadable),
        (envelope("<t:Other/>").encode(), Unreadable),
        (answer_of("Beside").replace("<t:id>2<", "<t:id>two<").encode(), Unreadable),
        (answer_of("Beside").replace(":Envelope", ":Enfelope").encode(), NoEnvelope),
    ],
)
def test_what_is_no_answer(data: bytes, error: type[BridgeError]):
    for step in (1, 1 << 20):
        assert streamed(codec("Beside"), data, step) is error


def test_a_header_that_must_be_understood_is_judged_before_the_first_row():
    header = '<e:Header><o:Pay xmlns:o="urn:o" e:mustUnderstand="1"/></e:Header>'
    data = answer_of("Beside").replace("<e:Body>", f"{header}<e:Body>").encode()
    made = codec("Beside")
    reader = RowReader(made, rows_of(made, Reading()), Reading())
    with pytest.raises(Unreadable, match="must be understood"):
        reader.feed(data)


def test_an_answer_to_another_request_is_refused_before_the_first_row():
    def check(_: object) -> None:
        raise UpstreamInvalid(cause="relates_to")

    made, how = codec("Beside"), Reading(check=check)
    with pytest.raises(UpstreamInvalid):
        RowReader(made, rows_of(made, how), how).feed(answer_of("Beside").encode())


def test_rows_of_a_list_that_turns_out_to_be_another_are_not_passed_off_as_all():
    body = (
        '<o:WrappedResult xmlns:o="urn:o"><t:Row><t:id>1</t:id></t:Row></o:WrappedResult>'
        "<t:WrappedResult><t:Row><t:id>2</t:id></t:Row></t:WrappedResult>"
    )
    data = envelope(f"<t:WrappedResponse>{body}</t:WrappedResponse>").encode()
    assert streamed(codec("Wrapped"), data, 20) is Unreadable
    assert streamed(codec("Wrapped"), data) == buffered(codec("Wrapped"), data), "here it is seen in time"


# ── which answers have rows ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["Two", "None"])
def test_without_one_list_there_are_no_rows(name: str):
    with pytest.raises(NotAcceptable):
        rows_of(codec(name), Reading())
    assert rows_of(codec("Two"), Reading(rows="note")).path == ("note",)


def test_what_can_only_be_read_as_a_whole():
    made = codec("Beside")
    rows = rows_of(made, Reading())
    assert can_stream(made, rows, Reading())
    assert not can_stream(made, rows, Reading(strict=True))
    graph = encoded_codec("List")
    assert not can_stream(graph, rows_of(graph, Reading()), Reading())
    form = form_codec(Form({}, answer="=t:Order"))
    assert not can_stream(form, rows_of(form, Reading()), Reading())


# ── rows of a whole answer ───────────────────────────────────────────────────────────────────────────────────────


def test_items_are_cut_as_they_were_written():
    json = b'{"a":{"b":[1.10,"x\\n",{"c":[1]},null]},"d":[]}'
    assert items(json, ("a", "b")) == [b"1.10", b'"x\\n"', b'{"c":[1]}', b"null"]
    assert lines(json, ("a", "b")) == b'1.10\n"x\\n"\n{"c":[1]}\nnull\n'
    assert items(b"[1,2]", ()) == [b"1", b"2"]


@pytest.mark.parametrize("json", [b"", b"null", b"{}", b'{"a":null}', b'{"a":{}}', b'{"a":{"b":null}}', b'{"a":[]}'])
def test_where_there_is_no_list_there_are_no_items(json: bytes):
    assert items(json, ("a", "b")) == []
