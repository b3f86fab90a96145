"""Undeclared header blocks: those of the configuration, what a client may not say, and what must be understood."""

from __future__ import annotations

import json

import pytest
from lxml import etree

from adapters.soap.config_around import HeaderSettings
from adapters.soap.contract import Version
from adapters.soap.envelope import NAMESPACES, Parts, take_apart
from adapters.soap.header_blocks import (
    ADDRESSING,
    BLOCKS_MAX,
    SECURITY,
    HeaderForm,
    free_field,
    names_in,
    read_free,
    refuse_misunderstood,
    static_blocks,
    write_free,
)
from bridge.call import JsonValue
from bridge.errors import ConfigError
from bridge.formats.xml.decode import Unreadable
from bridge.formats.xml.writing import Out, Prefixes
from bridge.shapes import patterns
from bridge.shapes.model import ListOf, XmlNode

# ── of the configuration ─────────────────────────────────────────────────────────────────────────────────────────


def settings(*send: object) -> HeaderSettings:
    return HeaderSettings.model_validate({"send": send})


def test_the_blocks_of_a_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERP_KEY", "<geheim> & more")
    made = static_blocks(
        settings(
            "<t:Tenant xmlns:t='urn:t'>7</t:Tenant>",
            {"block": "<t:Key xmlns:t='urn:t'>{key}</t:Key>", "values": {"key": "env:ERP_KEY"}},
        ),
        "1.1",
    )
    assert made.text == (
        '<t:Tenant xmlns:t="urn:t">7</t:Tenant><t:Key xmlns:t="urn:t">&lt;geheim&gt; &amp; more</t:Key>'
    )
    assert made.masked == '<t:Tenant xmlns:t="urn:t">7</t:Tenant><t:Key xmlns:t="urn:t">***</t:Key>'
    assert made.tags == ("{urn:t}Tenant", "{urn:t}Key")
    assert made.secrets == ("<geheim> & more", "&lt;geheim&gt; &amp; more")
    assert "geheim" not in repr(made)


def test_a_secret_that_xml_cannot_carry_is_found_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    one = {"block": "<t:Key xmlns:t='urn:t'>{key}</t:Key>", "values": {"key": "env:ERP_KEY"}}
    monkeypatch.setenv("ERP_KEY", "a\ufffeb")
    with pytest.raises(ConfigError, match="env:ERP_KEY"):
        static_blocks(settings(one), "1.1")
    monkeypatch.delenv("ERP_KEY")
    with pytest.raises(ConfigError, match="ERP_KEY"):
        static_blocks(settings(one), "1.1")


# ── of clients ───────────────────────────────────────────────────────────────────────────────────────────────────


def written(value: JsonValue, taken: tuple[str, ...] = ()) -> tuple[str, list[tuple[str, str]]]:
    out = Out(Prefixes())
    write_free(value, (None, "@any"), out, taken)
    return "".join(out.parts), [(error.pointer, error.detail) for error in out.errors]


def test_a_block_of_a_client() -> None:
    text, errors = written([{"@name": "{urn:t}Tenant", "@attributes": {"a": "<"}, "@content": ["7", {"@name": "b"}]}])
    assert (text, errors) == ('<x1:Tenant a="&lt;">7<b></b></x1:Tenant>', [])


@pytest.mark.parametrize(
    "space",
    [
        *ADDRESSING,
        *SECURITY,
        *NAMESPACES.values(),
        "http://www.w3.org/2000/09/xmldsig#",
        "http://www.w3.org/2001/04/xmlenc#",
        "urn:oasis:names:tc:SAML:2.0:assertion",
        "http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512",
        "http://docs.oasis-open.org/ws-rx/wsrm/200702",
        "http://schemas.xmlsoap.org/ws/2005/02/trust",
        "http://schemas.xmlsoap.org/ws/2002/12/secext",
        "http://schemas.xmlsoap.org/ws/2004/03/addressing",
    ],
)
def test_no_client_speaks_for_the_bridge(space: str) -> None:
    name = f"{{{space}}}Security"
    inside: JsonValue = {"@name": "{urn:t}a", "@content": ["x", {"@name": "{urn:t}b", "@content": [{"@name": name}]}]}
    assert [pointer for pointer, _ in written([{"@name": name}])[1]] == ["/@any/0/@name"]
    assert [pointer for pointer, _ in written([inside])[1]] == ["/@any/0/@content/1/@content/0/@name"]
    attribute: JsonValue = {"@name": "{urn:t}a", "@attributes": {f"{{{space}}}Id": "x"}}
    assert len(written([attribute])[1]) == 1
    typed: JsonValue = {"@name": "{urn:t}a", "@type": name}
    assert len(written([typed])[1]) == 1
    field = free_field()
    assert isinstance(field.shape, ListOf)
    node = field.shape.item
    assert isinstance(node, XmlNode)
    assert patterns.fits(node.not_names, name), "the document says so, too"
    assert not patterns.fits(node.not_names, "{urn:t}Tenant")


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        ({"@name": "{urn:t}a"}, "/@any"),
        ("text", "/@any"),
        (None, "/@any"),
        ([{"@name": "{urn:t}a"}] * (BLOCKS_MAX + 1), "/@any"),
        ([{"@name": "Tenant"}], "/@any/0/@name"),
        ([{"@name": "{urn:t}Own"}], "/@any/0/@name"),
        ([{"@content": ["x"]}], "/@any/0"),
        (["text"], "/@any/0"),
        ([{"@name": "{urn:t}a b"}], "/@any/0/@name"),
        ([{"@name": "{urn:t}a", "@attributes": {"{http://www.w3.org/XML/1998/namespace}id": "Body"}}],
         "/@any/0/@attributes/{http:~1~1www.w3.org~1XML~11998~1namespace}id"),
        ([{"@name": "{urn:t}a", "@value": 1}], "/@any/0"),
    ],
)  # fmt: skip
def test_what_is_no_block_of_a_client(value: JsonValue, pointer: str) -> None:
    assert pointer in [found for found, _ in written(value, ("{urn:t}Own",))[1]]


def test_the_names_of_blocks_that_are_there() -> None:
    assert names_in("") == frozenset()
    assert names_in('<a xmlns="urn:a" soap:mustUnderstand="1"/><b:b xmlns:b="urn:b"><c/></b:b>') == {
        "{urn:a}a",
        "{urn:b}b",
    }


# ── of answers ───────────────────────────────────────────────────────────────────────────────────────────────────


def answer(header: str, version: Version = "1.1") -> Parts:
    space = NAMESPACES[version]
    return take_apart(
        etree.fromstring(f'<e:Envelope xmlns:e="{space}"><e:Header>{header}</e:Header><e:Body/></e:Envelope>')
    )


def test_what_is_kept_of_an_answer() -> None:
    parts = answer(
        '<t:Known xmlns:t="urn:t"/><t:New xmlns:t="urn:t" e:mustUnderstand="1" a="b">x</t:New>'
        f'<w:Action xmlns:w="{ADDRESSING[0]}">urn:a</w:Action><w:Security xmlns:w="{SECURITY[0]}">secret</w:Security>'
    )
    kept = json.loads(read_free(parts.headers, {"{urn:t}Known"}))
    assert kept == [{"@name": "{urn:t}New", "@attributes": {"a": "b"}, "@content": ["x"]}]
    assert written(kept)[1] == [], "it can be sent back"
    assert read_free((), ()) == ""


NEXT = {"1.1": "http://schemas.xmlsoap.org/soap/actor/next", "1.2": f"{NAMESPACES['1.2']}/role/next"}
ROLE = {"1.1": "actor", "1.2": "role"}


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("must", ["1", "true"])
def test_what_must_be_understood_and_is_not(version: Version, must: str) -> None:
    for role in ("", f' e:{ROLE[version]}=""', f' e:{ROLE[version]}="{NEXT[version]}"'):
        parts = answer(f'<t:New xmlns:t="urn:t" e:mustUnderstand="{must}"{role}/>', version)
        with pytest.raises(Unreadable, match=r"\{urn:t\}New"):
            refuse_misunderstood(parts, (), HeaderForm())
        refuse_misunderstood(parts, {"{urn:t}New"}, HeaderForm())
        refuse_misunderstood(parts, (), HeaderForm(must_understand=False))


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize(
    "attributes",
    ["", 'e:mustUnderstand="0"', 'e:mustUnderstand="false"', 'mustUnderstand="1"', 'o:mustUnderstand="1"',
     'e:mustUnderstand="1" e:ROLE="urn:somebody-else"',
     'e:mustUnderstand="1" e:ROLE="http://www.w3.org/2003/05/soap-envelope/role/none"'],
)  # fmt: skip
def test_what_need_not_be_understood(version: Version, attributes: str) -> None:
    other = NAMESPACES["1.2" if version == "1.1" else "1.1"]
    said = attributes.replace("ROLE", ROLE[version])
    refuse_misunderstood(answer(f'<t:New xmlns:t="urn:t" xmlns:o="{other}" {said}/>', version), (), HeaderForm())


def test_who_understands_what() -> None:
    addressed = answer(f'<w:Action xmlns:w="{ADDRESSING[0]}" e:mustUnderstand="1">urn:a</w:Action>')
    secured = answer(f'<w:Security xmlns:w="{SECURITY[0]}" e:mustUnderstand="1"/>')
    refuse_misunderstood(addressed, (), HeaderForm.of(HeaderSettings(), security=False))
    refuse_misunderstood(secured, (), HeaderForm.of(HeaderSettings(), security=True))
    refuse_misunderstood(secured, (), HeaderForm.of(HeaderSettings(must_understand="ignore"), security=False))
    with pytest.raises(Unreadable):
        refuse_misunderstood(secured, (), HeaderForm.of(HeaderSettings(), security=False))
