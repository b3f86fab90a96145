"""Hostile requests: each has its status, none reaches the system behind as anything but a value, and none opens a file,
connects anywhere or costs a second."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from bridge.errors import MalformedJson
from bridge.shapes.json import loads
from tests.complaints.legacy import Bridges, Old
from tests.hostile import requests_json, requests_values
from tests.hostile.case import Case
from tests.hostile.watch import Canary
from tests.hostile.world import opened, request_of

CASES = [*requests_json.cases(), *requests_values.cases()]
T = "{urn:old}"


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
async def test_a_hostile_request(bridges: Bridges, canary: Canary, case: Case) -> None:
    async with opened(bridges) as old:
        asked = len(old.asked)
        await request_of(case, old, canary)
        assert len(old.asked) - asked == (case.status == 200), "only what is good is sent, and once"
        if case.status == 200:
            _arrived_as_a_value(case, old)
            assert old.asked_headers["SOAPAction"] == '"urn:old#Get"'


def _arrived_as_a_value(case: Case, old: Old) -> None:
    """The message has the elements of its JSON and no other, and the text of each is what was given."""
    given_ = json.loads(case.made("", "").strip() or b"{}")
    body = etree.fromstring(old.asked[-1])[-1]
    [get] = body
    assert get.tag == f"{T}Get"
    assert [child.tag for child in get] == [_tag(key) for key in given_]
    for child, value in zip(get, given_.values(), strict=True):
        if isinstance(value, str):
            assert (child.text or "", len(child), dict(child.attrib)) == (value, 0, {})
        elif isinstance(value, dict):
            assert (dict(child.attrib), len(child)) == ({"tag": value["tag"]}, 0)
        else:
            _free_arrived(child, value[0])


def _free_arrived(element: etree._Element, value: dict[str, Any]) -> None:
    assert (element.tag, dict(element.attrib)) == (value["@name"], value["@attributes"])
    assert (element.text or "", len(element)) == ("".join(value["@content"]), 0)


def _tag(key: str) -> str:
    return "{u}a" if key == "@any" else T + key[0].upper() + key[1:]


@pytest.mark.parametrize("case", requests_json.cases(), ids=lambda case: case.id)
def test_the_reader_alone_takes_and_refuses_by_the_format(case: Case) -> None:
    try:
        loads(case.made("", ""))
    except MalformedJson:
        read = False
    else:
        read = True
    assert read == (case.status == 422)


TEXTS = st.text(st.characters(codec="utf-8"), max_size=60)


def _legal(text: str) -> bool:
    return all(
        one in "\t\n\r" or " " <= one <= "\ud7ff" or "\ue000" <= one <= "\ufffd" or one > "\uffff" for one in text
    )


@settings(max_examples=300)
@given(text=TEXTS, tag=TEXTS)
def test_any_text_arrives_or_is_refused(codec: Any, text: str, tag: str) -> None:
    _round_trip(codec, text, tag)


@pytest.mark.long
@settings(max_examples=10_000)
@given(text=TEXTS, tag=TEXTS)
def test_ten_thousand_texts_arrive_or_are_refused(codec: Any, text: str, tag: str) -> None:
    _round_trip(codec, text, tag)


def _round_trip(codec: Any, text: str, tag: str) -> None:
    sent = codec.sent({"text": text, "pet": {"tag": tag}})
    if not (_legal(text) and _legal(tag)):
        assert sent is None
        return
    [get] = etree.fromstring(sent)[-1]
    assert [(child.tag, child.text or "", dict(child.attrib)) for child in get] == [
        (f"{T}Text", text, {}),
        (f"{T}Pet", "", {"tag": tag}),
    ]
