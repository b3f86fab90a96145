"""zeep beside us."""

from __future__ import annotations

import msgspec
import pytest

from adapters.soap.contract import Contract, OperationContract, Part
from adapters.soap.oracle import SetTransport, second_reading
from adapters.soap.wsdl.reader import read_contract
from tests.adapters.soap.forms import FORM, Form, documents
from tests.adapters.soap.forms import contract as form_contract
from tests.adapters.soap.wsdls import MESSAGES, SCHEMA, binding, mentions, pinned, read, wsdl

replace = msgspec.structs.replace


def changed(**what: object) -> Contract:
    contract = read(wsdl())
    operation = replace(contract.operations["Get"], **what)
    return replace(contract, operations={"Get": operation})


def test_the_same_reading_gives_no_line() -> None:
    assert second_reading(pinned(wsdl()), read(wsdl())) == ()


def test_a_binding_without_a_service_is_compared_too() -> None:
    text = wsdl(services="")
    assert second_reading(pinned(text), read(text)) == ()


def test_rpc_is_compared() -> None:
    body = "<s:body use='literal' namespace='urn:rpc'/>"
    written = f"<w:operation name='Get'><w:input>{body}</w:input><w:output>{body}</w:output></w:operation>"
    text = wsdl(
        messages=MESSAGES.replace('element="t:Get"', 'type="t:Order"'),
        bindings=binding(written, attributes="style='rpc'"),
    )
    contract = read(text)
    assert second_reading(pinned(text), contract) == ()
    message = replace(contract.operations["Get"].input, wrapper="{urn:other}Get")
    other = replace(contract, operations={"Get": replace(contract.operations["Get"], input=message)})
    assert mentions(second_reading(pinned(text), other), "wrapper", "urn:other")


MESSAGE = read(wsdl()).operations["Get"].input


@pytest.mark.parametrize(
    ("contract", "words"),
    [
        (changed(action="urn:other"), ("soapAction", "urn:other", "urn:get")),
        (changed(style="rpc"), ("style rpc",)),
        (changed(output=None), ("one-way",)),
        (changed(faults=()), ("faults []", "Gone")),
        (changed(input=replace(MESSAGE, parts=(Part("zz", type="x"),))), ("parts ['zz']",)),
        (changed(input=replace(MESSAGE, parts=(Part("body", element="{urn:shop}Token"),))), ("{urn:shop}Token",)),
        (replace(changed(), operations={}), ("operation Get", "not here")),
        (replace(changed(), port=replace(changed().port, address="http://x")), ("address", "http://x")),
        (replace(changed(), port=replace(changed().port, name="Q")), ("no port Q",)),
    ],
)
def test_each_difference_is_a_line(contract: Contract, words: tuple[str, ...]) -> None:
    assert mentions(second_reading(pinned(wsdl()), contract), *words)


def test_an_operation_of_ours_alone_is_a_line() -> None:
    contract = changed()
    extra = OperationContract("Extra", "document", "", MESSAGE)
    contract = replace(contract, operations={**contract.operations, "Extra": extra})
    assert mentions(second_reading(pinned(wsdl()), contract), "Extra", "not in zeep")


def test_what_zeep_cannot_load_is_one_line() -> None:
    text = wsdl(schema=SCHEMA.replace('type="xs:int"', 'type="t:Nowhere"'))
    [line] = second_reading(pinned(text), read(text))
    assert line.startswith("zeep could not load: ")
    assert len(line) < 400


def test_zeep_gets_documents_from_the_set_only() -> None:
    imports = '<xs:schema><xs:import namespace="urn:shop" schemaLocation="../x/shop.xsd"/></xs:schema>'
    schema = SCHEMA.strip().replace("<xs:schema", '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"', 1)
    docs = pinned(wsdl(schema=imports), {"../x/shop.xsd": "/docs/elsewhere.xsd"}, elsewhere_xsd=schema)
    assert second_reading(docs, read_contract(docs)) == ()
    transport = SetTransport(docs)
    assert b"GetResponse" in transport.load("/x/shop.xsd")
    assert b"namespace" in transport.load("http://www.w3.org/2001/xml.xsd")
    for url in ("/etc/passwd", "http://127.0.0.1:1/x.xsd"):
        with pytest.raises(ValueError, match="not in the document set"):
            transport.load(url)


# ── without envelope ─────────────────────────────────────────────────────────────────────────────────────────────────

DO = Form({"a": "x:string", "list": "t:Strings"}, FORM)


def test_zeep_agrees_on_an_http_binding() -> None:
    assert second_reading(documents(DO, "POST"), form_contract(DO, "POST")) == ()


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (Form(DO.parts, FORM, location="/Other"), "location '/Other' here, '/Do' in zeep"),
        (Form({"a": "x:int", "list": "t:Strings"}, FORM), "input: part a is"),
        (Form({"a": "x:string"}, FORM, answer="=t:Order"), "output: part Body is"),
    ],
)
def test_zeep_may_read_a_place_or_a_part_differently(change: Form, line: str) -> None:
    assert mentions(second_reading(documents(DO, "POST"), form_contract(change, "POST")), line)


def test_where_no_port_can_be_used_there_is_nothing_to_compare() -> None:
    text = wsdl(bindings="")
    assert not mentions(second_reading(pinned(text), read(text)), "zeep has no port")
