"""Hostile WSDLs and schemas: each is refused with a clear word, or loads without what cannot be; within bounds, without
a file and without a connection."""

from __future__ import annotations

import asyncio

import pytest

from adapters.soap.codec import Projection
from adapters.soap.documents_gather import gather
from adapters.soap.wsdl.reader import read_contract
from bridge.errors import ContractError, UpstreamInvalid
from bridge.shapes.samples import NoSample
from bridge.shapes.schema import json_schema
from tests.cpu import too_much
from tests.hostile.documents import DOCUMENTS, HERE, Document
from tests.hostile.watch import SECRET, Canary, watched

CPU_S_MAX = 5.0


@pytest.mark.parametrize("document", DOCUMENTS, ids=[one.id for one in DOCUMENTS])
async def test_a_hostile_document(document: Document, canary: Canary) -> None:
    def placed(data: bytes) -> bytes:
        return data.replace(b"@FILE@", str(canary.file).encode()).replace(b"@HTTP@", canary.http.encode())

    documents = {HERE: placed(document.data)} | {url: placed(text.encode()) for url, text in document.others.items()}
    asked: list[str] = []

    async def fetch(url: str) -> bytes:
        asked.append(url)
        await asyncio.sleep(0)  # as a real one, it gives the loop a turn
        if url not in documents:
            raise UpstreamInvalid(cause="http_404")
        return documents[url]

    canary.touched()
    complaint = ""
    with watched() as seen:
        try:
            text = _everything(read_contract(await gather(HERE, fetch)))
        except ContractError as error:
            complaint = text = error.detail
    print(f"{document.id}: {seen.cpu_s:.2f} s {complaint[:160]}")
    assert bool(complaint) == bool(document.fails), complaint
    assert placed(document.fails.encode()).decode() in complaint
    assert set(asked) <= documents.keys() | {url for url in asked if url.startswith("http://docs.invalid/")}
    assert [one for one in seen.events if not one.startswith(("import", "compile", "exec", "open"))] == []
    assert canary.touched() == []
    assert SECRET not in text
    assert not too_much(seen.cpu_s, CPU_S_MAX)


def _everything(contract: object) -> str:
    """What a start, the document and the first call make of it."""
    projection = Projection(contract)  # type: ignore[arg-type]  # a Contract
    text = ""
    for name in projection.contract.operations:
        try:
            codec = projection.operation(name)
            described = codec.description
            text += str(json_schema(described.input))[:1_000] if described.input.shape is not None else ""
            text += codec.example.request[:1_000].decode()
        except (ContractError, NoSample) as error:
            text += str(error)
    return text
