"""A policy in a WSDL: `check` tells what is not configured, `import` proposes it, and then `check` is content."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.adapters.soap.security.keys import Keys
from tests.bridge.cli.running import Line
from tests.complaints.legacy import Op, element, schema, wsdl

POLICY = """<p:Policy xmlns:p="http://www.w3.org/ns/ws-policy" xmlns:u="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
 xmlns:sp="http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702" u:Id="P">
 <sp:AsymmetricBinding><p:Policy>
  <sp:InitiatorToken><p:Policy><sp:X509Token><p:Policy><sp:RequireIssuerSerialReference/></p:Policy></sp:X509Token></p:Policy></sp:InitiatorToken>
  <sp:RecipientToken><p:Policy><sp:X509Token/></p:Policy></sp:RecipientToken>
  <sp:AlgorithmSuite><p:Policy><sp:Basic256Sha256/></p:Policy></sp:AlgorithmSuite><sp:IncludeTimestamp/>
 </p:Policy></sp:AsymmetricBinding>
 <sp:SignedSupportingTokens><p:Policy><sp:UsernameToken/></p:Policy></sp:SignedSupportingTokens>
 <sp:SignedParts><sp:Body/></sp:SignedParts><sp:EncryptedParts><sp:Body/></sp:EncryptedParts></p:Policy>"""
BINDING = '<w:binding name="Old" type="d:Old">'


@pytest.fixture
def policed(tmp_path: Path) -> Path:
    text = wsdl(schema(element("Get", "") + element("GetResponse", "")), Op("Get"), address="https://old.example/")
    text = text.replace("<w:types>", POLICY + "<w:types>", 1)
    text = text.replace(BINDING, BINDING + '<p:PolicyReference xmlns:p="http://www.w3.org/ns/ws-policy" URI="#P"/>', 1)
    path = tmp_path / "old.wsdl"
    path.write_text(text)
    return path


def warnings(line: Line, *words: object) -> list[str]:
    told = json.loads(line("check", *words, "--json").stdout)
    return [one["text"] for one in told["upstreams"][0]["findings"] if one["severity"] != "note"]


def test_what_is_asked_for_is_told_proposed_and_then_met(
    line: Line, tmp_path: Path, policed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [before] = warnings(line, "--wsdl", policed)
    assert before == (
        "the policy of the WSDL asks for what is not configured: a user name and a password (security.username_token); "
        "a timestamp (security.timestamp); a signature (security.sign); encryption (security.encrypt); a key for its "
        "answers, which are encrypted (security.decrypt); "
        "somebody to check the signature of its answers (security.verify)"
    )
    file = tmp_path / "bridge.yaml"
    assert line("import", "--wsdl", policed, "--name", "old", "-o", file).exit_code == 0
    text = file.read_text()
    assert "# policy: security:" in text
    assert warnings(line, file) == [before], "a proposal is inactive"
    keys = Keys.made(tmp_path)
    monkeypatch.setenv("OLD_PASSWORD", "x")
    text = text.replace("# policy: ", "").replace("/etc/bridge/old-server.pem", str(keys.theirs.cert_file))
    text = text.replace("/etc/bridge/old.key", str(keys.ours.key_file))
    file.write_text(text.replace("/etc/bridge/old.pem", str(keys.ours.cert_file)))
    assert warnings(line, file) == []


def test_a_wrong_file_is_an_error_of_check(line: Line, tmp_path: Path, policed: Path) -> None:
    file = tmp_path / "bridge.yaml"
    file.write_text(
        f"upstreams:\n  old:\n    soap:\n      wsdl: {policed}\n      security: {{sign: {{key: no.key}}}}\n"
    )
    done = line("check", file)
    assert done.exit_code != 0
    told = done.stdout.replace("\n", "").replace("  ", "")
    assert f"{file}:5:30: {tmp_path / 'no.key'}: the file is not there" in told


def test_a_header_that_nobody_lets_through_is_an_error(line: Line, tmp_path: Path, policed: Path) -> None:
    file = tmp_path / "bridge.yaml"
    text = f"upstreams:\n  old:\n    soap:\n      wsdl: {policed}\n      security: {{saml: {{header: X-Saml}}}}\n"
    file.write_text(text)
    done = line("check", file)
    assert done.exit_code == 2
    assert "forward_headers" in done.stderr
    file.write_text(text + "    forward_headers: [x-saml]\n")
    assert line("check", file).exit_code == 0
