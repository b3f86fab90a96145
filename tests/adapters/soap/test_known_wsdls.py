"""WSDLs of standards that come along."""

from __future__ import annotations

from pathlib import Path

from adapters.soap.documents_gather import gather
from adapters.soap.known_wsdls import known_wsdl
from adapters.soap.wsdl.reader import read_contract
from tests.adapters.soap.corpus import no_network

BINDING = """<w:definitions targetNamespace="urn:t" xmlns:w="http://schemas.xmlsoap.org/wsdl/"
   xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:bw="http://docs.oasis-open.org/wsn/bw-2">
  <w:import namespace="http://docs.oasis-open.org/wsn/bw-2" location="https://docs.oasis-open.org/wsn/bw-2.wsdl"/>
  <w:binding name="B" type="bw:NotificationConsumer"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/>
    <w:operation name="Notify"><s:operation soapAction=""/><w:input><s:body use="literal"/></w:input></w:operation>
  </w:binding></w:definitions>"""


async def test_what_onvif_builds_on_needs_no_network(tmp_path: Path) -> None:
    (tmp_path / "a.wsdl").write_text(BINDING)
    docs = await gather(str(tmp_path / "a.wsdl"), no_network)
    assert len(docs.documents) == 3
    contract = read_contract(docs)
    assert contract.operations["Notify"].problem == ""
    assert "{http://docs.oasis-open.org/wsn/b-2}Notify" in contract.layout.elements
    assert not any("could not be had" in line or "not in the document set" in line for line in contract.warnings)


def test_addresses() -> None:
    path = known_wsdl("http://docs.oasis-open.org/wsrf/rw-2.wsdl")
    assert path is not None
    assert Path(path).is_file()
    assert known_wsdl("http://example.com/rw-2.wsdl") is None
