"""Gathering: parallel, bounded, each document once, everything that is missing in one message."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from adapters.soap.documents_gather import Fetch, Limits, gather
from adapters.soap.documents_rules import Sourcing
from bridge.errors import ContractError, MissingDocuments, UpstreamUnauthorized
from tests.adapters.soap.wsdls import wsdl

AT = "https://erp.example/"


def importing(*targets: str, namespace: str = "urn:x") -> str:
    """A schema that imports these."""
    inside = "".join(f'<xs:import namespace="urn:{target}" schemaLocation="{target}"/>' for target in targets)
    return f'<xs:schema targetNamespace="{namespace}" xmlns:xs="http://www.w3.org/2001/XMLSchema">{inside}</xs:schema>'


def entry(*targets: str) -> str:
    return wsdl(schema=importing(*targets))


class Site:
    """A web site of a few documents that counts what is asked of it."""

    def __init__(self, **pages: str) -> None:
        self.pages = {AT + name.replace("_", "."): page for name, page in pages.items()}
        self.asked: Counter[str] = Counter()

    async def fetch(self, url: str) -> bytes:
        self.asked[url] += 1
        if url not in self.pages:
            raise FileNotFoundError
        return self.pages[url].encode()


async def no_network(url: str) -> bytes:
    pytest.fail(f"{url} was asked for")


async def test_everything_is_fetched_once_and_linked() -> None:
    site = Site(a_wsdl=entry("b.xsd", "c.xsd"), b_xsd=importing("c.xsd", "a.wsdl"), c_xsd=importing("b.xsd"))
    docs = await gather(AT + "a.wsdl", site.fetch)
    assert site.asked == {AT + "a.wsdl": 1, AT + "b.xsd": 1, AT + "c.xsd": 1}
    assert docs.follow(AT + "b.xsd", "c.xsd") == AT + "c.xsd"
    assert docs.documents.keys() == site.pages.keys()
    assert docs.files == {}


async def test_files_are_read_from_their_folder(tmp_path: Path) -> None:
    (tmp_path / "xsd").mkdir()
    (tmp_path / "a.wsdl").write_text(entry("xsd/b.xsd"))
    (tmp_path / "xsd" / "b.xsd").write_text(importing("../c.xsd"))
    (tmp_path / "c.xsd").write_text(importing())
    docs = await gather(str(tmp_path / "a.wsdl"), no_network)
    assert set(docs.documents) == {str(tmp_path / name) for name in ("a.wsdl", "xsd/b.xsd", "c.xsd")}
    assert docs.files == {location: location for location in docs.documents}


async def test_all_that_is_missing_is_told_at_once() -> None:
    site = Site(a_wsdl=entry("b.xsd", "c.xsd", "https://evil.example/d.xsd"), b_xsd=importing("e.xsd"))
    with pytest.raises(MissingDocuments) as caught:
        await gather(AT + "a.wsdl", site.fetch)
    assert {location for location, _ in caught.value.missing} == {
        AT + "c.xsd",
        AT + "e.xsd",
        "https://evil.example/d.xsd",
    }
    assert f"--resolve {AT}c.xsd=PATH" in caught.value.detail
    assert not any("evil" in url for url in site.asked)


async def test_a_missing_entry_says_why() -> None:
    async def refused(_url: str) -> bytes:
        raise UpstreamUnauthorized(cause="401 from the server")

    with pytest.raises(MissingDocuments, match="401 from the server"):
        await gather(AT + "a.wsdl", refused)


async def test_an_entry_that_is_no_xml_is_refused() -> None:
    with pytest.raises(ContractError, match=r"a\.wsdl cannot be read"):
        await gather(AT + "a.wsdl", Site(a_wsdl="<html><p></html>").fetch)


async def test_missing_schemas_may_be_tolerated() -> None:
    site = Site(a_wsdl=entry("b.xsd"))
    docs = await gather(AT + "a.wsdl", site.fetch, sourcing=Sourcing(tolerate_missing=True))
    assert [AT + "b.xsd" in note for note in docs.notes] == [True]
    assert docs.follow(AT + "a.wsdl", "b.xsd") is None


async def test_a_missing_schema_that_another_document_replaces_is_only_noted() -> None:
    site = Site(a_wsdl=entry("b.xsd", "c.xsd"), c_xsd=importing(namespace="urn:b.xsd"))
    docs = await gather(AT + "a.wsdl", site.fetch)
    assert [AT + "b.xsd" in note for note in docs.notes] == [True]


async def test_a_broken_local_schema_is_noted_and_a_broken_remote_one_is_missing(tmp_path: Path) -> None:
    (tmp_path / "a.wsdl").write_text(entry("b.xsd"))
    (tmp_path / "b.xsd").write_text("<broken")
    docs = await gather(str(tmp_path / "a.wsdl"), no_network)
    assert ["b.xsd" in note for note in docs.notes] == [True]
    with pytest.raises(MissingDocuments, match=r"cannot be read: .*\n  --resolve .*b\.xsd=PATH"):
        await gather(AT + "a.wsdl", Site(a_wsdl=entry("b.xsd"), b_xsd="<login").fetch)


async def test_local_copies_stand_for_addresses(tmp_path: Path) -> None:
    copy = tmp_path / "copy.xsd"
    copy.write_text(importing())
    site = Site(a_wsdl=entry("https://far.example/b.xsd"))
    docs = await gather(AT + "a.wsdl", site.fetch, {"https://far.example/b.xsd": str(copy)})
    assert docs.documents["https://far.example/b.xsd"] == copy.read_bytes()
    assert docs.files == {"https://far.example/b.xsd": str(copy)}


async def test_what_is_built_in_is_not_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a.wsdl").write_text(entry("http://www.w3.org/2001/xml.xsd"))
    docs = await gather(str(tmp_path / "a.wsdl"), no_network)
    assert (len(docs.documents), docs.notes) == (1, ())


async def endless(url: str) -> bytes:
    number = int(url.rpartition("/")[2] or 0)
    return (entry("1") if number == 0 else importing(f"{number + 1}", namespace=f"urn:{number}")).encode()


async def wide(url: str) -> bytes:
    return (entry(*map(str, range(1, 40))) if url == AT else importing()).encode()


async def large(url: str) -> bytes:
    return (entry("1", "2") if url == AT else importing() + " " * 5000).encode()


@pytest.mark.parametrize(
    ("fetch", "limits", "says"),
    [
        (endless, Limits(depth_max=5), "deeper than 5"),
        (endless, Limits(count_max=7), "more than 7 documents"),
        (wide, Limits(count_max=20), "more than 20 documents"),
        (large, Limits(bytes_max=8000), "larger than 8000 bytes"),
    ],
)
async def test_a_set_is_bounded(fetch: Fetch, limits: Limits, says: str) -> None:
    with pytest.raises(ContractError, match=says):
        await gather(AT, fetch, limits=limits)


async def test_a_large_file_is_not_even_read(tmp_path: Path) -> None:
    (tmp_path / "a.wsdl").write_text(entry())
    with pytest.raises(ContractError, match="larger than 10 bytes"):
        await gather(str(tmp_path / "a.wsdl"), no_network, limits=Limits(bytes_max=10))


async def test_the_whole_is_bounded_in_time() -> None:
    async def silent(_url: str) -> bytes:
        await asyncio.Event().wait()
        return b""

    with pytest.raises(ContractError, match=r"within 0\.05 s"):
        await gather(AT, silent, limits=Limits(timeout_s=0.05))


async def test_documents_of_a_level_are_fetched_at_once_but_not_too_many() -> None:
    under_way, most, full = 0, 0, asyncio.Event()

    async def slow(url: str) -> bytes:
        nonlocal under_way, most
        if url == AT:
            return entry(*map(str, range(1, 10))).encode()
        under_way += 1
        most = max(most, under_way)
        if under_way == 3:
            full.set()
        await full.wait()
        under_way -= 1
        return importing().encode()

    await gather(AT, slow, limits=Limits(parallel=3))
    assert most == 3
