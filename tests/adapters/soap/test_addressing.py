"""WS-Addressing: the headers of a request in both versions, and answers that are to another message."""

from __future__ import annotations

import pytest
from lxml import etree

from adapters.soap.addressing import NAMESPACES, Addressing, action_of, addressing, message_id
from adapters.soap.config_around import AddressingSettings
from adapters.soap.contract import Addressed, AddressingVersion, HttpBinding, Message, OperationContract
from adapters.soap.envelope import Parts, take_apart
from bridge.errors import UpstreamInvalid

ID = "urn:uuid:11111111-1111-4111-8111-111111111111"
OTHER = "urn:uuid:22222222-2222-4222-8222-222222222222"
NEW, OLD = NAMESPACES["2005/08"], NAMESPACES["2004/08"]


def operation(demanded: AddressingVersion | None = None, **more: object) -> OperationContract:
    addressed = Addressed("urn:o/Get", "urn:o/GetResponse", demanded)
    given = {"output": Message(), "addressed": addressed, **more}
    return OperationContract("Get", "document", "urn:soap", Message(), **given)  # type: ignore[arg-type]  # settings by their names


def made(settings: AddressingSettings | bool | None = True, **more: object) -> Addressing:
    found = addressing(settings, operation(**more))  # type: ignore[arg-type]  # settings by their names
    assert found
    return found


def headers(found: Addressing) -> list[tuple[str, str]]:
    root = etree.fromstring(f"<h>{found.blocks(ID, 'https://erp.example/o?a=1&b')}</h>")
    return [(str(one.tag), "".join(str(text) for text in one.itertext())) for one in root]


@pytest.mark.parametrize(
    ("version", "space", "anonymous"),
    [("2005/08", NEW, f"{NEW}/anonymous"), ("2004/08", OLD, f"{OLD}/role/anonymous")],
)
def test_the_headers_of_a_request(version: AddressingVersion, space: str, anonymous: str) -> None:
    assert headers(made(AddressingSettings(version=version))) == [
        (f"{{{space}}}Action", "urn:o/Get"),
        (f"{{{space}}}MessageID", ID),
        (f"{{{space}}}To", "https://erp.example/o?a=1&b"),
        (f"{{{space}}}ReplyTo", anonymous),
    ]


def test_everything_can_be_set() -> None:
    own = AddressingSettings.model_validate(
        {"to": "urn:to", "from": "urn:me", "reply_to": f"{NEW}/none", "fault_to": "urn:f", "action": "urn:mine"}
    )
    assert headers(made(own)) == [
        (f"{{{NEW}}}Action", "urn:mine"),
        (f"{{{NEW}}}MessageID", ID),
        (f"{{{NEW}}}To", "urn:to"),
        (f"{{{NEW}}}From", "urn:me"),
        (f"{{{NEW}}}ReplyTo", f"{NEW}/none"),
        (f"{{{NEW}}}FaultTo", "urn:f"),
    ]
    assert made(own).answers_elsewhere
    assert not made().answers_elsewhere


def test_an_action_may_be_the_soap_action() -> None:
    own = AddressingSettings(action="soap_action")
    assert made(own).action == "urn:soap"
    assert made().action == "urn:o/Get"


def test_a_one_way_message_asks_for_no_reply() -> None:
    assert [name for name, _ in headers(made(output=None))] == [f"{{{NEW}}}{n}" for n in ("Action", "MessageID", "To")]


@pytest.mark.parametrize(
    ("settings", "demanded", "version"),
    [
        (None, None, None),
        (None, "2005/08", "2005/08"),
        (None, "2004/08", "2004/08"),
        (False, "2005/08", None),
        (True, None, "2005/08"),
        (True, "2004/08", "2004/08"),
        (AddressingSettings(version="2005/08"), "2004/08", "2005/08"),
    ],
)
def test_when_messages_are_addressed(
    settings: AddressingSettings | bool | None, demanded: AddressingVersion | None, version: str | None
) -> None:
    found = addressing(settings, operation(demanded))
    assert (found and found.version) == version


def test_nothing_is_addressed_without_an_envelope() -> None:
    assert addressing(True, operation(http=HttpBinding("GET", "", "query", "xml"))) is None


def test_what_is_not_xml_is_escaped() -> None:
    found = Addressing("2005/08", "urn:a&<b>", "urn:x</wsa:To>")
    assert headers(found)[0][1] == "urn:a&<b>"
    assert headers(found)[2][1] == "urn:x</wsa:To>"


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────


def answer(header: str, body: str = "<a xmlns='urn:a'/>") -> Parts:
    space = "http://schemas.xmlsoap.org/soap/envelope/"
    text = f'<e:Envelope xmlns:e="{space}"><e:Header>{header}</e:Header><e:Body>{body}</e:Body></e:Envelope>'
    return take_apart(etree.fromstring(text))


def relates(to: str, kind: str = "", space: str = NEW) -> str:
    said = f' RelationshipType="{kind}"' if kind else ""
    return f'<w:RelatesTo xmlns:w="{space}"{said}>{to}</w:RelatesTo>'


@pytest.mark.parametrize(
    "header",
    [
        "",
        relates(ID),
        relates(f"\n  {ID} "),
        relates(ID, f"{NEW}/reply"),
        relates(ID, "w:Reply", OLD),
        relates(OTHER, "urn:something-else"),
        relates(OTHER, "urn:something-else") + relates(ID),
        relates(OTHER, space="urn:other"),
        f'<w:ReplyTo xmlns:w="{NEW}"><w:Address>http://evil.example/</w:Address></w:ReplyTo>',
    ],
)
def test_an_answer_to_us(header: str) -> None:
    made().check(answer(header), ID)


@pytest.mark.parametrize(
    "header",
    [
        relates(OTHER),
        relates(""),
        relates(OTHER, f"{NEW}/reply"),
        relates(OTHER, "w:Reply", OLD),
        relates(OTHER, space=OLD),
        relates(ID.upper()),
        relates(f"{NEW}/unspecified"),
        relates(ID, "urn:something-else") + relates(OTHER),
    ],
)
def test_an_answer_to_another_message(header: str) -> None:
    with pytest.raises(UpstreamInvalid) as caught:
        made().check(answer(header), ID)
    assert ID in caught.value.cause
    made(AddressingSettings(relates_to="ignore")).check(answer(header), ID)


def test_a_fault_may_not_know_what_it_relates_to() -> None:
    fault = "<e:Fault><faultcode>e:Client</faultcode><faultstring>x</faultstring></e:Fault>"
    made().check(answer(relates(f"{NEW}/unspecified"), fault), ID)
    with pytest.raises(UpstreamInvalid):
        made().check(answer(relates(OTHER), fault), ID)


def test_the_action_of_an_answer() -> None:
    assert action_of(answer(f'<w:Action xmlns:w="{OLD}"> urn:a </w:Action>')) == "urn:a"
    assert action_of(answer("<Action xmlns='urn:x'>urn:a</Action>")) == ""


def test_an_identity_is_a_uuid_of_what_is_handed_in() -> None:
    assert message_id(lambda count: b"\x11" * count) == ID.replace("8111", "9111")
    assert message_id(lambda count: b"\x22" * count) == OTHER.replace("8222", "a222")
