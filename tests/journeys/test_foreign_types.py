"""Every built-in type, JSON → SOAP → JSON, through three foreign servers; what a server cannot keep says why.

The bytes at the server are judged as well as the answer. `test_types_proof.py` writes the table down.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping

import pytest
import pytest_asyncio
from hypothesis import given, settings
from lxml import etree

from tests.journeys.foreign import SERVERS, SERVICES, Foreign, foreign
from tests.journeys.running import Answer
from tests.journeys.values import BY_NAME, RECORDS, read, same, text_of
from tests.servers.envelopes import TYPES, clark
from tests.servers.losses import NIL_LOST, reason
from tests.servers.types import BUILT_INS, BuiltIn

# The first run installs packages.
pytestmark = [pytest.mark.journey, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

XSI_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
EXAMPLES = 300
Values = Mapping[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=SERVERS)
async def here(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Foreign]:
    async with foreign(request.param, tmp_path_factory.mktemp(request.param), ("types",)) as running:
        yield running


async def echo(here: Foreign, service: str, operation: str, members: Values) -> Answer:
    """`members` are JSON texts by name."""
    body = "{" + ",".join(f'"{name}":{text}' for name, text in members.items()) + "}"
    return await here.bridge.post(f"/v1/{service}/echo-{operation}", body.encode())


def record_sent(here: Foreign) -> etree._Element:
    return here.last().payload[0]


def sent_text(here: Foreign, name: str) -> str:
    """An element's text as it was at the server, Clark names restored."""
    [element] = record_sent(here)
    assert element.tag == f"{{{TYPES}}}{name}"
    return clark(name, element.text or "", element)


def services(here: Foreign) -> list[str]:
    return [service for service in SERVICES[here.name] if service.startswith("types")]


def offered(here: Foreign) -> list[BuiltIn]:
    return [each for each in BUILT_INS if reason(here.name, "plain", each.name, each.texts[0]) != "it has no such type"]


def differs(here: Foreign, built_in: BuiltIn, text: str, answer: Answer) -> str:
    """What is not as it should be about one echoed value; empty when all is well."""
    why = reason(here.name, "plain", built_in.name, text)
    got = read(answer.text).get(built_in.name) if answer.status == 200 else None
    kept = got is not None and same(built_in, text, text_of(built_in, got))
    # What a server may lose it need not: a prefix that comes back undeclared can happen to be the right one.
    return "" if kept or why else f"{built_in.name} {text!r} → {answer.text}"


async def test_each_value_survives_or_the_server_is_known_to_lose_it(here: Foreign) -> None:
    differences = []
    for service in services(here):
        for built_in in offered(here):
            for text in built_in.texts:
                answer = await echo(here, service, "plain", {built_in.name: built_in.to_json(text)})
                assert same(built_in, text, sent_text(here, built_in.name)), (built_in.name, text, sent_text)
                differences.append(differs(here, built_in, text, answer))
    assert list(filter(None, differences)) == []


async def test_a_type_that_the_server_has_not_is_refused_by_name(here: Foreign) -> None:
    before = len(here.server.calls)
    absent = [built_in for built_in in BUILT_INS if built_in not in offered(here)]
    for built_in in absent:
        answer = await echo(here, "types", "plain", {built_in.name: built_in.to_json(built_in.texts[0])})
        assert answer.status == 422
        assert [error["pointer"] for error in answer.json["errors"]] == [f"/{built_in.name}"]
    assert bool(absent) == (here.name == "spyne")
    assert len(here.server.calls) == before


async def test_nil_absent_and_empty_are_three_things(here: Foreign) -> None:
    for service in services(here):
        for built_in in offered(here):
            answer = await echo(here, service, "nillable", {built_in.name: "null"})
            [element] = record_sent(here)
            assert (element.get(XSI_NIL), element.text) == ("true", None)
            assert answer.json == ({} if here.name in NIL_LOST else {built_in.name: None}), built_in.name

        answer = await echo(here, service, "nillable", {})
        assert len(record_sent(here)) == 0
        assert answer.json == (None if here.name == "node" else {})  # an empty element is null to it

        answer = await echo(here, service, "nillable", {"string": '""'})
        [element] = record_sent(here)
        assert (element.get(XSI_NIL), element.text or "") == (None, "")
        assert answer.json == {"string": ""}


async def test_what_xml_would_change_arrives_unchanged(here: Foreign) -> None:
    text = "a\rb\r\nc &amp; ]]> \ufffd\U0001f642"
    for service in services(here):
        await echo(here, service, "plain", {"string": json.dumps(text)})
        assert sent_text(here, "string") == text
        await echo(here, service, "attributed", {"string": json.dumps(text + "\t\n")})
        assert record_sent(here).get("string") == text + "\t\n"


async def test_repetition_keeps_the_order(here: Foreign) -> None:
    for service in services(here):
        for built_in in offered(here):
            texts = [text for text in built_in.texts if not reason(here.name, "many", built_in.name, text)]
            if not texts:
                continue
            items = ",".join(map(built_in.to_json, texts))
            answer = await echo(here, service, "many", {built_in.name: f"[{items}]"})
            sent = [clark(built_in.name, element.text or "", element) for element in record_sent(here)]
            assert len(sent) == len(texts)
            assert all(map(same, [built_in] * len(texts), texts, sent)), (built_in.name, texts, sent)
            got = [text_of(built_in, one) for one in read(answer.text)[built_in.name]]
            assert len(got) == len(texts), (built_in.name, answer.text)
            assert all(map(same, [built_in] * len(texts), texts, got)), (built_in.name, texts, got)


async def test_attributes(here: Foreign) -> None:
    for service in services(here):
        for at in range(max(len(built_in.texts) for built_in in BUILT_INS)):
            texts = {
                each.name: text
                for each in offered(here)
                for text in each.texts[at : at + 1]
                if not reason(here.name, "attribute", each.name, text)
            }
            if not texts:
                continue
            members = {name: BY_NAME[name].to_json(text) for name, text in texts.items()}
            answer = await echo(here, service, "attributed", members)
            sent = record_sent(here)
            assert not len(sent)
            assert answer.status == 200, answer.text
            got = read(answer.text)
            for name, text in texts.items():
                assert same(BY_NAME[name], text, clark(name, sent.get(name) or "", sent)), (name, text)
                assert same(BY_NAME[name], text, text_of(BY_NAME[name], got[name])), (name, text, got[name])


async def test_lists(here: Foreign) -> None:
    if here.name == "spyne":
        return  # it has no lists
    for service in services(here):
        answer = await here.bridge.get(f"/v1/{service}/openapi.json")
        schemas = answer.json["components"]["schemas"]
        listed = next(one for name, one in schemas.items() if name.endswith("Listed"))["properties"]
        for built_in in offered(here):
            texts = [text for text in built_in.texts if listable(here, built_in, text)]
            if built_in.name not in listed or not texts:
                continue
            items = ",".join(map(built_in.to_json, texts))
            answer = await echo(here, service, "listed", {built_in.name: f"[{items}]"})
            [element] = record_sent(here)
            sent = [clark(built_in.name, word, element) for word in (element.text or "").split()]
            assert all(map(same, [built_in] * len(texts), texts, sent)), (texts, sent)
            got = [text_of(built_in, one) for one in read(answer.text)[built_in.name]]
            assert len(got) == len(sent) == len(texts)
            assert all(map(same, [built_in] * len(texts), texts, got)), (texts, got)


def listable(here: Foreign, built_in: BuiltIn, text: str) -> bool:
    return bool(text) and not set(text) & set(" \n\t") and not reason(here.name, "list", built_in.name, text)


@settings(max_examples=EXAMPLES, derandomize=True, database=None)
@given(RECORDS)
async def test_made_up_values_survive(here: Foreign, texts: dict[str, str]) -> None:
    texts = {name: text for name, text in texts.items() if not reason(here.name, "plain", name, text)}
    service = services(here)[len(texts) % len(services(here))]
    answer = await echo(here, service, "plain", {name: BY_NAME[name].to_json(text) for name, text in texts.items()})
    sent = {etree.QName(element).localname: element for element in record_sent(here)}
    assert sent.keys() == texts.keys()
    for name, text in texts.items():
        assert same(BY_NAME[name], text, clark(name, sent[name].text or "", sent[name])), (name, text)
    assert answer.status == 200, answer.text
    got = read(answer.text) or {}  # an empty record is null to node
    assert got.keys() == texts.keys()
    for name, text in texts.items():
        assert same(BY_NAME[name], text, text_of(BY_NAME[name], got[name])), (name, text, got[name])
