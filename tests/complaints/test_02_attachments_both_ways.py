"""Complaint 2: sending attachments, by MTOM or as SOAP with attachments, is impossible or takes patching the client.

mvantellingen/python-zeep#599 (open since 2017), #781 and #1344; the changes that were offered and never taken: #314 and
#1126.
"""

from __future__ import annotations

import email.message
from base64 import b64encode

import aiohttp

from tests.adapters.soap.attachments.filed import content_of, parsed_parts
from tests.complaints.legacy import Bridges, Old
from tests.servers.running import WSDLS

WSDL = (WSDLS / "files.wsdl").read_text("utf-8")
MTOM = {"send": "mtom"}
DATA = b"%PDF-1.7 " + b"a file that is larger than what stays in the text " * 40
STORED = '<f:StoreResponse xmlns:f="urn:example:files"><f:Length>9</f:Length><f:Sha256>x</f:Sha256></f:StoreResponse>'
INCLUDE = '<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:file@old"/>'


def sent(old: Old) -> tuple[email.message.EmailMessage, list[email.message.EmailMessage]]:
    """The last request, as Python's parser of mail reads it."""
    return parsed_parts(old.asked_headers["Content-Type"], old.asked[-1])


def answers_with_package(old: Old, envelope_of: str, content_id: str = "file@old") -> None:
    """One part beside the envelope."""
    old.answers(envelope_of)
    assert isinstance(old.answer, str)
    head = 'Content-Type: application/xop+xml; type="text/xml"\r\n\r\n'
    old.answer = (
        (
            f"--b\r\n{head}{old.answer}\r\n--b\r\nContent-Type: application/pdf\r\nContent-ID: <{content_id}>\r\n\r\n"
        ).encode()
        + DATA
        + b"\r\n--b--\r\n"
    )
    old.content_type = 'multipart/related; type="application/xop+xml"; boundary=b'


async def test_base64_in_the_json_is_a_part_of_an_xop_package_zeep_599_1126(bridges: Bridges) -> None:
    async with bridges(WSDL, attachments=MTOM) as old:
        old.answers(STORED)
        told = await old.post("store", {"name": "n", "content": b64encode(DATA).decode(), "icon": "AAAA"})
        assert (told.status, told.json) == (200, {"length": 9, "sha256": "x"})
        whole, [root, part] = sent(old)
        assert whole.get_param("type") == "application/xop+xml"
        assert f"cid:{part['Content-ID'][1:-1]}".encode() in content_of(root)
        assert content_of(part) == DATA
        assert b"Icon>AAAA<" in content_of(root), "what is small stays in the text"


async def test_a_file_of_a_form_is_one_as_well_zeep_781(bridges: Bridges) -> None:
    form = aiohttp.FormData()
    form.add_field("json", '{"name":"n"}', content_type="application/json")
    form.add_field("content", DATA, filename="a.pdf", content_type="application/pdf")
    async with bridges(WSDL, attachments=MTOM) as old:
        old.answers(STORED)
        assert (await old.ask("POST", "/v1/old/store", data=form)).status == 200
        _, [_, part] = sent(old)
        assert (content_of(part), part.get_content_type(), part.get_filename()) == (DATA, "application/pdf", "a.pdf")


async def test_an_attachment_that_is_a_part_of_the_message_zeep_1344_314(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        answers_with_package(old, '<f:AttachResponse xmlns:f="urn:example:files"><f:Name>n</f:Name></f:AttachResponse>')
        text = b64encode(DATA).decode()
        told = await old.post("attach", {"name": "n", "scan": text})
        assert told.json == {"name": "n", "scan": text}
        whole, [root, part] = sent(old)
        assert (whole.get_content_type(), root.get_content_type()) == ("multipart/related", "text/xml")
        assert (content_of(part), part["Content-ID"].startswith("<Scan=")) == (DATA, True)


async def test_what_comes_as_a_part_is_base64_or_the_file_itself(bridges: Bridges) -> None:
    fetched = f'<f:FetchResponse xmlns:f="urn:example:files"><f:Name>n</f:Name><f:Content>{INCLUDE}</f:Content>'
    own = {"Fetch": {"soap": {"attachments": {"answer": "/content/value"}}}}
    async with bridges(WSDL, operations=own) as old:
        answers_with_package(old, f"{fetched}</f:FetchResponse>")
        told = await old.post("fetch", {"name": "n"})
        assert told.json == {"name": "n", "content": {"value": b64encode(DATA).decode()}}
        bare = {"Accept": "application/octet-stream"}
        told = await old.ask("POST", "/v1/old/fetch", json={"name": "n"}, headers=bare)
        assert (told.status, told.headers["Content-Type"]) == (200, "application/pdf")
        assert told.text.encode() == DATA


async def test_clients_are_told_of_both_forms(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        store = await old.operation("store")
        assert set(store["requestBody"]["content"]) == {"application/json", "multipart/form-data"}


async def test_a_file_in_the_text_of_an_envelope_may_be_as_large_as_the_answer(bridges: Bridges) -> None:
    text = b64encode(bytes(range(256)) * 60_000).decode()
    fetched = f'<f:FetchResponse xmlns:f="urn:example:files"><f:Name>n</f:Name><f:Content>{text}</f:Content>'
    async with bridges(WSDL) as old:
        old.answers(fetched + "</f:FetchResponse>")
        told = await old.post("fetch", {"name": "n"})
        assert (told.status, told.json["content"]["value"] == text) == (200, True)
    async with bridges(WSDL, answer_max="20MB") as old:
        old.answers(fetched + "</f:FetchResponse>")
        assert (await old.post("fetch", {"name": "n"})).status == 502
