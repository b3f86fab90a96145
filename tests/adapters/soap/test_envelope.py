"""Envelopes of both versions: frame, parts, faults as servers really send them."""

from __future__ import annotations

import pytest
from lxml import etree

from adapters.soap.contract import Version
from adapters.soap.envelope import NAMESPACES, NoEnvelope, RawFault, frame, read_fault, take_apart, write_fault

VERSIONS: tuple[Version, ...] = ("1.1", "1.2")


def fault_of(version: Version, inside: str) -> RawFault:
    body = f"<soap:Body><soap:Fault>{inside}</soap:Fault></soap:Body>"
    parts = take_apart(etree.fromstring(frame(version, "", "", body)))
    assert parts.fault is not None
    return read_fault(parts.version, parts.fault)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_frame_can_be_taken_apart(version: Version) -> None:
    data = frame(version, ' xmlns:t="urn:t"', "<t:h/>", "<soap:Body><t:a>é</t:a></soap:Body>")
    assert data.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
    parts = take_apart(etree.fromstring(data))
    assert parts.version == version
    assert [one.tag for one in (*parts.headers, *parts.body)] == ["{urn:t}h", "{urn:t}a"]
    assert parts.fault is None
    assert b"Header" not in frame(version, "", "", "<soap:Body/>")


@pytest.mark.parametrize(
    "text",
    [
        "<html/>",
        "<Envelope/>",
        f'<e:Body xmlns:e="{NAMESPACES["1.1"]}"/>',
        f'<e:Envelope xmlns:e="{NAMESPACES["1.1"]}"/>',
        f'<e:Envelope xmlns:e="{NAMESPACES["1.1"]}"><Body/></e:Envelope>',
        f'<e:Envelope xmlns:e="{NAMESPACES["1.1"]}"><b:Body xmlns:b="{NAMESPACES["1.2"]}"/></e:Envelope>',
    ],
)
def test_what_is_no_message(text: str) -> None:
    with pytest.raises(NoEnvelope):
        take_apart(etree.fromstring(text))


@pytest.mark.parametrize(
    ("code", "local", "blame"),
    [
        ("soap:Client", "Client", "client"),
        ("Client", "Client", "client"),
        (" soap:Client.Authentication ", "Client.Authentication", "client"),
        ("soap:Server", "Server", "server"),
        ("soap:Server.Busy", "Server.Busy", "server"),
        ("Clientele", "Clientele", "server"),
        ("", "", "server"),
        ("x" * 1000, "x" * 200, "server"),
    ],
)
def test_codes_of_1_1(code: str, local: str, blame: str) -> None:
    found = fault_of(
        "1.1", f"<faultcode>{code}</faultcode><faultstring> no\n way </faultstring><detail><a/><b/></detail>"
    )
    assert (found.code, found.blame, found.text) == (local, blame, "no\n way")
    assert [one.tag for one in found.detail] == ["a", "b"]


def test_children_of_1_1_may_be_qualified_or_missing() -> None:
    assert fault_of("1.1", "<soap:faultcode>Client</soap:faultcode>").code == "Client"
    assert fault_of("1.1", "") == RawFault("", (), "", (), "server")


def test_faults_of_1_2() -> None:
    found = fault_of(
        "1.2",
        "<soap:Code><soap:Value>soap:Sender</soap:Value><soap:Subcode><soap:Value>m:Timeout</soap:Value>"
        "<soap:Subcode><soap:Value>m:Inner</soap:Value></soap:Subcode></soap:Subcode></soap:Code>"
        '<soap:Reason><soap:Text xml:lang="en">late</soap:Text><soap:Text xml:lang="de">spät</soap:Text></soap:Reason>'
        "<soap:Detail><d/></soap:Detail>",
    )
    assert (found.code, found.subcodes, found.text, found.blame) == ("Sender", ("Timeout", "Inner"), "late", "client")
    assert len(found.detail) == 1
    assert fault_of("1.2", "<soap:Code><soap:Value>soap:Receiver</soap:Value></soap:Code>").blame == "server"


def test_a_1_1_fault_in_a_1_2_envelope_is_read() -> None:
    assert fault_of("1.2", "<faultcode>Client</faultcode><faultstring>x</faultstring>").text == "x"


def test_subcodes_are_bounded() -> None:
    level = "<soap:Subcode><soap:Value>a</soap:Value>"
    inside = f"<soap:Code><soap:Value>soap:Sender</soap:Value>{level * 50}{'</soap:Subcode>' * 50}</soap:Code>"
    assert len(fault_of("1.2", inside).subcodes) == 9


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("blame", ["client", "server"])
def test_a_written_fault_reads_back(version: Version, blame: str) -> None:
    body = write_fault(version, "client" if blame == "client" else "server", "a &lt; b", "<d/>")
    parts = take_apart(etree.fromstring(frame(version, "", "", f"<soap:Body>{body}</soap:Body>")))
    assert parts.fault is not None
    found = read_fault(version, parts.fault)
    assert (found.blame, found.text, len(found.detail)) == (blame, "a < b", 1)
    assert "etail" not in write_fault(version, "client", "x", "")
