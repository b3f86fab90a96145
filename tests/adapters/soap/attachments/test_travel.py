"""Binary values of whole calls, judged by the bytes that a server saw and by an independent parser."""

from __future__ import annotations

from base64 import b64decode, b64encode

import pytest
from lxml import etree

from adapters.soap.attachments.travel import Travel
from adapters.soap.config_attachments import AttachmentSettings, Send
from adapters.soap.contract import Mtom, Version
from bridge.errors import DoesNotFit, PayloadTooLarge
from tests.adapters.soap.attachments.filed import FILES, body, content_of, headers_of, opened, parsed
from tests.adapters.soap.attachments.test_placing import File
from tests.adapters.soap.opened import call
from tests.bridge.transport.faults import FaultServer, answers, http

STORED = f'<StoreResponse xmlns="{FILES}"><Length>1</Length><Sha256>x</Sha256></StoreResponse>'
DATA = bytes(range(256)) * 40
TEXT = b64encode(DATA).decode()


def file(data: bytes = DATA, media: str = "image/gif", name: str = "a.gif") -> File:
    return File(data, media, name)


async def sent(
    args: object, send: Send | None, *, version: Version = "1.1", uploads: dict[str, File] | None = None, **soap: object
) -> bytes:
    kind = "text/xml" if version == "1.1" else "application/soap+xml"
    async with FaultServer([answers(http(body(STORED, version), kind=kind))]) as server:
        settings = {"attachments": {"send": send}} if send else {}
        async with opened(server.url, version=version, soap=settings | soap) as upstream:
            reply = await upstream.service("Store")(call(args, "Store", uploads=uploads or {}))
        assert reply.body == b'{"length":1,"sha256":"x"}'
        return server.requests[0]


def element(envelope: bytes, name: str) -> etree._Element:
    found = etree.fromstring(envelope).find(f".//{{{FILES}}}{name}")
    assert found is not None
    return found


def included(envelope: bytes, name: str) -> str:
    [include] = element(envelope, name)
    assert include.tag == "{http://www.w3.org/2004/08/xop/include}Include"
    return "<" + include.get("href", "").removeprefix("cid:") + ">"


@pytest.mark.parametrize("version", ["1.1", "1.2"])
async def test_large_values_are_parts_of_an_xop_package_and_small_ones_stay(version: Version) -> None:
    args = f'{{"name":"n","content":"{TEXT}","icon":"{TEXT}","checksum":"{TEXT}","pages":["AAAA","{TEXT}"]}}'.encode()
    whole, [root, *parts] = parsed(await sent(args, "mtom", version=version))
    kind = "text/xml" if version == "1.1" else "application/soap+xml"
    assert (whole.get_content_type(), whole.get_param("type")) == ("multipart/related", "application/xop+xml")
    assert (whole.get_param("start"), whole.get_param("start-info")) == (root["Content-ID"], kind)
    assert (root.get_content_type(), root.get_param("type")) == ("application/xop+xml", kind)
    assert (root.get_param("action") or whole["SOAPAction"].strip('"')) == "urn:example:files#Store"
    envelope = content_of(root)
    ids = [included(envelope, "Content"), included(envelope, "Icon")]
    assert headers_of(parts)[:2] == [f"application/octet-stream {ids[0]}", f"image/png {ids[1]}"]
    assert [content_of(part) for part in parts] == [DATA] * 3
    assert element(envelope, "Checksum").text == DATA.hex().upper()  # XOP takes base64 only
    assert element(envelope, "Pages").text == "AAAA"


async def test_files_beside_the_json_are_parts_with_their_type_and_name() -> None:
    uploads = {"/content": file(), "/photo/value": file(b"x", "image/jpeg", "größe.jpg"), "/pages/0": file(b"")}
    request = await sent(b'{"name":"n","content":null}', "mtom", uploads=uploads)
    whole, [root, *parts] = parsed(request)
    envelope = content_of(root)
    photo = element(envelope, "Photo")
    assert photo.get("{http://www.w3.org/2005/05/xmlmime}contentType") == "image/jpeg"
    assert [included(envelope, name) for name in ("Content", "Photo", "Pages")] == [one["Content-ID"] for one in parts]
    assert [one.get_content_type() for one in parts] == ["image/gif", "image/jpeg", "image/gif"]
    assert [content_of(one) for one in parts] == [DATA, b"x", b""]
    assert parts[0].get_filename() == "a.gif"
    assert b"filename*=UTF-8''gr%C3%B6%C3%9Fe.jpg" in request
    assert whole["Content-Length"] is not None


async def test_inline_they_stand_in_the_text_whatever_their_size() -> None:
    request = await sent(b'{"name":"n"}', None, uploads={"/content": file(), "/checksum": file(b"\x01\xff")})
    head, _, envelope = request.partition(b"\r\n\r\n")
    assert b"Content-Type: text/xml; charset=utf-8" in head
    assert f"Content-Length: {len(envelope)}".encode() in head
    assert b64decode(element(envelope, "Content").text or "") == DATA
    assert element(envelope, "Checksum").text == "01FF"


async def test_attachments_are_referred_to() -> None:
    whole, [root, part] = parsed(await sent(b'{"name":"n"}', "swa", uploads={"/content": file()}))
    assert (whole.get_param("type"), root.get_content_type()) == ("text/xml", "text/xml")
    href = element(content_of(root), "Content").get("href", "")
    assert f"<{href.removeprefix('cid:')}>" == part["Content-ID"]
    assert content_of(part) == DATA


async def test_without_files_attachments_make_no_package_but_mtom_does() -> None:
    assert b"\r\nContent-Type: text/xml" in await sent(b'{"name":"n"}', "swa")
    _, parts = parsed(await sent(b'{"name":"n"}', "mtom"))
    assert len(parts) == 1


async def test_settings_of_the_operation_are_over_those_of_the_service() -> None:
    async with FaultServer([answers(http(body(STORED)))]) as server:
        own = {"attachments": {"threshold": "100kB"}}
        async with opened(server.url, soap={"attachments": {"send": "mtom"}}, operation=own) as upstream:
            await upstream.service("Store")(call(f'{{"name":"n","content":"{TEXT}"}}'.encode(), "Store"))
        _, parts = parsed(server.requests[0])
    assert len(parts) == 1


async def test_a_file_has_its_place_or_is_refused_before_anything_is_sent() -> None:
    async with FaultServer([answers(http(body(STORED)))]) as server:
        async with opened(server.url, soap={"attachments": {"send": "mtom"}}) as upstream:
            for uploads, pointer in (
                ({"/name": file()}, "/name"),
                ({"/nowhere": file()}, "/nowhere"),
                ({"/content/deeper": file()}, "/content"),
            ):
                with pytest.raises(DoesNotFit) as caught:
                    await upstream.service("Store")(call(b'{"name":"n"}', "Store", uploads=uploads))
                assert pointer in [error.pointer for error in caught.value.errors]
        assert server.requests == []


async def test_what_is_encoded_again_is_sent_again() -> None:
    async with FaultServer([answers(http(body(STORED)))]) as server:
        async with opened(server.url, soap={"attachments": {"send": "mtom"}}) as upstream:
            again = call(b'{"name":"n"}', "Store", uploads={"/content": file()})
            for _ in range(2):
                await upstream.service("Store")(again)
        bodies = [content_of(parsed(request)[1][1]) for request in server.requests]
    assert bodies == [DATA, DATA]


async def test_parts_of_the_message_stand_beside_the_envelope_both_ways() -> None:
    answer = (
        b"--q\r\nContent-Type: text/xml\r\n\r\n"
        + body(f'<AttachResponse xmlns="{FILES}"><Name>back</Name></AttachResponse>')
        + b"\r\n--q\r\nContent-ID: <Scan=1@x>\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n--q--"
    )
    async with FaultServer([answers(http(answer, kind="multipart/related; boundary=q"))]) as server:
        async with opened(server.url) as upstream:
            described = upstream.describe("Attach")
            reply = await upstream.service("Attach")(call(b'{"name":"n","scan":"AAAA"}', "Attach"))
            await upstream.service("Attach")(call(b'{"name":"n"}', "Attach", uploads={"/scan": file()}))
            with pytest.raises(DoesNotFit) as caught:
                await upstream.service("Attach")(call(b'{"name":"n"}', "Attach"))
        first, second = (parsed(request)[1] for request in server.requests)
    assert (described.input_files, described.output_files) == (("/scan",), ("/scan",))
    assert reply.body == b'{"name":"back","scan":"iVBORw=="}'
    assert [error.pointer for error in caught.value.errors] == ["/scan"]
    assert first[1]["Content-ID"].startswith("<Scan=")
    assert (content_of(first[1]), content_of(second[1])) == (b"\0\0\0", DATA)
    assert b"Scan" not in content_of(first[0])


async def test_a_swa_ref_is_a_binary_value_both_ways() -> None:
    answer = (
        b"--q\r\nContent-Type: text/xml\r\n\r\n"
        + body(f'<ReferResponse xmlns="{FILES}"><File>cid:a%40b</File></ReferResponse>')
        + b"\r\n--q\r\nContent-ID: <a@b>\r\n\r\nback\r\n--q--"
    )
    async with FaultServer([answers(http(answer, kind="multipart/related; boundary=q"))]) as server:
        for strict in (False, True):
            async with opened(server.url, soap={"strict_answers": strict}) as upstream:
                reply = await upstream.service("Refer")(call(b'{"file":"AAAA"}', "Refer"))
                assert reply.body == b'"YmFjaw=="'
                assert upstream.describe("Refer").input_files == ("/file",)
        _, [root, part] = parsed(server.requests[0])
    assert f"<{(element(content_of(root), 'File').text or '').removeprefix('cid:')}>" == part["Content-ID"]
    assert content_of(part) == b"\0\0\0"


async def test_where_nothing_may_leave_the_envelope_files_are_text_and_bounded() -> None:
    async with FaultServer([answers(http(body(STORED)))]) as server:
        small = {"answer_max": "9kB", "attachments": {"send": "mtom"}}
        async with opened(server.url, soap=small) as upstream:
            travel = upstream._calling("Store")._travel
            given = await travel.given(b'{"name":"n"}', {"/content": file(b"x" * 9000)}, in_text=True)
            assert given.collected.send == "inline"
            assert given.value() == {"name": "n", "content": b64encode(b"x" * 9000).decode()}
            with pytest.raises(PayloadTooLarge):
                await travel.given(b"", {"/content": file(b"x" * 9001)}, in_text=True)


@pytest.mark.parametrize(
    ("policy", "set_", "without", "with_file", "wanting"),
    [
        ("", None, "inline", "inline", "inline"),
        ("optional", None, "inline", "mtom", "mtom"),
        ("required", None, "mtom", "mtom", "mtom"),
        ("required", "inline", "inline", "inline", "inline"),
        ("optional", "swa", "swa", "swa", "swa"),
    ],
)
async def test_what_the_wsdl_says_of_mtom_counts_where_nothing_is_set(
    policy: Mtom, set_: Send | None, without: Send, with_file: Send, wanting: Send
) -> None:
    travel = Travel(lambda: "x", AttachmentSettings(send=set_), policy)
    assert (await travel.given(b"", {}, in_text=False)).collected.send == without
    assert (await travel.given(b"", {"/a": file()}, in_text=False)).collected.send == with_file
    assert (await travel.given(b"", {}, in_text=False, wants_bytes=True)).collected.send == wanting
    assert (await travel.given(b"", {}, in_text=True, wants_bytes=True)).collected.send == "inline"


async def test_parts_that_nothing_refers_to_are_counted() -> None:
    answer = b"--q\r\n\r\n" + body(STORED) + b"\r\n--q\r\nContent-ID: <p@x>\r\n\r\nabc\r\n--q--"
    async with (
        FaultServer([answers(http(answer, kind="multipart/related; boundary=q"))]) as server,
        opened(server.url) as upstream,
    ):
        reply = await upstream.service("Store")(call(b'{"name":"n"}', "Store"))
    assert reply.meta.tolerances == {"unused-part": 1}
