"""Answers that the XML Security Library signed: believed when they are good, and refused with the reason when not."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re

import pytest
import xmlsec
from cryptography.hazmat.primitives import serialization
from lxml import etree

from adapters.soap.security.failing import InsecureAnswer
from tests.adapters.soap.security.keys import NOW, Keys
from tests.adapters.soap.security.opened import body_text, opened, security
from tests.adapters.soap.security.other_side import NS, WSU_ID, answer, security_of, sign

KINDS = ("binary_token", "issuer_serial", "ski", "thumbprint", "certificate", "x509_data", "key_name", "none")
METHODS = (("RSA_SHA256", "rsa-sha256"), ("RSA_SHA384", "rsa-sha384"), ("RSA_SHA512", "rsa-sha512"))


def refused(root: etree._Element | bytes, keys: Keys, sent: str = "", **more: object) -> str:
    with pytest.raises(InsecureAnswer) as caught:
        opened(root, sent, verify={"cert": str(keys.theirs.cert_file), **more})
    assert (caught.value.status, caught.value.code) == (502, "upstream_invalid")
    assert caught.value.detail == "The system behind gave an unusable answer", "nothing of the reason"
    return caught.value.cause.removeprefix("security: ")


@pytest.mark.parametrize(("kind", "method"), list(itertools.product(KINDS, METHODS)))
def test_every_name_of_the_key(keys: Keys, kind: str, method: tuple[str, str]) -> None:
    root = sign(answer(), keys.theirs, key_info=kind, method=method[0])
    verify = {"cert": str(keys.theirs.cert_file), "algorithms": [method[1]]}
    assert body_text(opened(root, verify=verify)) == "ok"
    assert body_text(opened(root, verify={**verify, "parts": ["body"]})) == "ok"
    with pytest.raises(InsecureAnswer) as caught:
        opened(root, verify={"cert": str(keys.other.cert_file)})
    unnamed = kind in {"none", "key_name"}
    assert ("is not one of" if unnamed else "names another certificate") in caught.value.cause


@pytest.mark.parametrize("method", ["ECDSA_SHA256", "ECDSA_SHA384", "ECDSA_SHA512"])
def test_elliptic_curves(keys: Keys, method: str) -> None:
    root = sign(answer(), keys.curve, method=method)
    assert body_text(opened(root, verify={"cert": str(keys.curve.cert_file)})) == "ok"


@pytest.mark.parametrize(("form", "digest"), list(itertools.product(("EXCL_C14N", "C14N", "EXCL_C14N_COMMENTS"),
                                                                     ("SHA256", "SHA384", "SHA512"))))  # fmt: skip
def test_canonical_forms_and_digests(keys: Keys, form: str, digest: str) -> None:
    root = sign(answer(), keys.theirs, form=form, digest=digest)
    assert body_text(opened(root, verify={"cert": str(keys.theirs.cert_file)})) == "ok"


def test_sha1_only_where_it_is_allowed(keys: Keys) -> None:
    root = sign(answer(), keys.theirs, method="RSA_SHA1", digest="SHA1")
    assert "rsa-sha1' is not allowed" in refused(root, keys)
    assert "sha1' is not allowed" in refused(root, keys, algorithms=["rsa-sha1"])
    verify = {"cert": str(keys.theirs.cert_file), "algorithms": ["rsa-sha1"], "digests": ["sha1"]}
    assert body_text(opened(root, verify=verify)) == "ok"


def test_prefixes_and_inherited_attributes_count_as_the_standard_says(keys: Keys) -> None:
    root = answer("<GetResponse xmlns='urn:old' xmlns:q='urn:q' xsi='q:x'><Text>ok</Text></GetResponse>")
    root.set("{http://www.w3.org/XML/1998/namespace}lang", "de")
    for form in ("EXCL_C14N", "C14N"):
        signed = sign(etree.fromstring(etree.tostring(root)), keys.theirs, form=form)
        assert body_text(opened(signed, verify={"cert": str(keys.theirs.cert_file)})) == "ok"


@pytest.mark.parametrize("prefixes", [["q"], ["#default"], ["q", "#default", "s"], ["none"]])
def test_prefixes_that_are_kept_as_wss4j_writes_them(keys: Keys, prefixes: list[str]) -> None:
    text = etree.tostring(answer()).replace(b"<s:Envelope", b"<s:Envelope xmlns='urn:d' xmlns:q='urn:q'", 1)
    root = sign(etree.fromstring(text), keys.theirs, prefixes=prefixes)
    assert body_text(opened(root, verify={"cert": str(keys.theirs.cert_file)})) == "ok"
    other = (
        etree.tostring(root).replace(b"urn:q", b"urn:Q").replace(b"'urn:d'", b"'urn:D'").replace(b'"urn:d"', b'"urn:D"')
    )
    if prefixes == ["none"]:
        assert body_text(opened(other, verify={"cert": str(keys.theirs.cert_file)})) == "ok"
    else:
        assert refused(other, keys) == "a signed part was changed"


def test_as_node_writes_it(keys: Keys) -> None:
    """A bare Id on body and timestamp, and an enveloped-signature that takes nothing out (soap of npm, 1.3)."""
    root = etree.fromstring(etree.tostring(answer()).replace(b"u:Id=", b"Id="))
    root = sign(root, keys.theirs, enveloped=True)
    assert body_text(opened(root, verify={"cert": str(keys.theirs.cert_file)})) == "ok"
    body = root.find("s:Body", NS)
    signature = root.find(".//ds:Signature", NS)
    assert body is not None
    assert signature is not None
    body.append(signature)
    assert refused(root, keys) == "the answer is not signed"


def test_a_signature_is_taken_out_of_nothing_that_holds_it(keys: Keys) -> None:
    root = etree.tostring(answer()).replace(b"<e:Security", b"<e:Security Id='SEC'", 1)
    signed = sign(etree.fromstring(root), keys.theirs, ["BODY", "TS", "SEC"], enveloped=True)
    assert refused(signed, keys) == "a reference with more than one transform"


# ── what was changed ─────────────────────────────────────────────────────────────────────────────────────────────


def test_each_changed_byte_is_seen(keys: Keys) -> None:
    data = etree.tostring(sign(answer(), keys.theirs))
    verify = {"cert": str(keys.theirs.cert_file)}
    opened(data, verify=verify)
    signed = [
        (b">ok<", b">oK<"),
        (b"urn:old", b"urn:olD"),
        (CREATED, CREATED.replace(b"00Z", b"01Z")),
        (b":Text>", b":Test>"),
    ]
    for old, new in signed:
        assert data.count(old) >= 1, old
        assert refused(data.replace(old, new), keys) == "a signed part was changed", old
    for path in ("DigestValue", "SignatureValue"):
        value = re.search(rb"<\w+:" + path.encode() + rb">(\w)", data) or re.search(path.encode() + rb">(\w)", data)
        assert value is not None
        changed = data[: value.start(1)] + (b"B" if value[1] != b"B" else b"C") + data[value.end(1) :]
        assert refused(changed, keys) == "the signature is not one of the configured certificate", path


CREATED = b"2027-01-15T08:00:00Z"


def test_a_comment_cannot_split_a_value(keys: Keys) -> None:
    """What is digested has no comments, so what is read must not stop at one."""
    data = etree.tostring(sign(answer(), keys.theirs))
    split = data.replace(b">ok<", b">o<!-- x -->k<")
    assert body_text(opened(split, verify={"cert": str(keys.theirs.cert_file)})) == "ok"
    hidden = data.replace(b">ok<", b">ok<!-- --><?pi x?><")
    assert body_text(opened(hidden, verify={"cert": str(keys.theirs.cert_file)})) == "ok"


# ── what is not signed ───────────────────────────────────────────────────────────────────────────────────────────


def test_an_unsigned_answer_only_where_it_is_allowed(keys: Keys) -> None:
    assert refused(answer(), keys) == "the answer is not signed"
    assert body_text(opened(answer(), verify={"cert": str(keys.theirs.cert_file), "optional": True})) == "ok"
    bare = etree.fromstring(f"<s:Envelope xmlns:s='{NS['s']}'><s:Body/></s:Envelope>")
    assert refused(bare, keys) == "the answer is not signed"
    bad = etree.tostring(sign(answer(), keys.theirs)).replace(b">ok<", b">no<")
    assert refused(bad, keys, optional=True) == "a signed part was changed"


def test_a_part_that_is_not_covered(keys: Keys) -> None:
    assert refused(sign(answer(), keys.theirs, ["TS"]), keys) == "the signature does not cover the body"
    assert refused(sign(answer(), keys.theirs, ["BODY"]), keys) == "the signature does not cover the timestamp"
    assert refused(sign(answer(stamp=""), keys.theirs, ["BODY"]), keys) == "the answer has no timestamp"
    block = f"<t:Trace xmlns:t='urn:old' xmlns:u='{NS['u']}' u:Id='H'>1</t:Trace>"
    root = sign(answer(header=block), keys.theirs)
    assert "{urn:old}Trace" in refused(root, keys, parts=["body", "{urn:old}Trace"])
    root = sign(answer(header=block), keys.theirs, ["BODY", "H"])
    read = opened(root, verify={"cert": str(keys.theirs.cert_file), "parts": ["body", "{urn:old}Trace"]})
    assert read.findtext("s:Header/{urn:old}Trace", namespaces=NS) == "1"


def test_a_header_that_nobody_vouches_for_is_not_read(keys: Keys) -> None:
    root = etree.tostring(sign(answer(header="<t:Trace xmlns:t='urn:old'>1</t:Trace>"), keys.theirs))
    verify = {"cert": str(keys.theirs.cert_file)}
    assert len(opened(root, verify=verify)[0]) == 0
    kept = opened(root, verify={**verify, "unsigned_headers": "keep"})
    assert kept.findtext("s:Header/{urn:old}Trace", namespaces=NS) == "1"


FAULT = "<s:Fault><faultcode>s:Server</faultcode><faultstring>no</faultstring></s:Fault>"


def test_a_fault_is_not_hidden_by_a_missing_signature_zeep_1157(keys: Keys) -> None:
    verify = {"cert": str(keys.theirs.cert_file)}
    root = etree.tostring(answer(FAULT))
    assert opened(root, verify=verify)[1][0].tag == f"{{{NS['s']}}}Fault"
    assert refused(root, keys, unsigned_faults="refuse") == "the answer is not signed"
    both = etree.tostring(answer(FAULT + "<t:GetResponse xmlns:t='urn:old'/>"))
    assert refused(both, keys) == "the answer is not signed", "a fault and something else is no fault"
    assert opened(sign(answer(FAULT), keys.theirs), verify={**verify, "unsigned_faults": "refuse"})[1][0] is not None


# ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────────

TIMES = {
    "in time": (0, ""),
    "a little old": (599, ""),
    "old": (601, "the timestamp is over: an old answer, or a clock that is off"),
    "a little in the future": (-299, ""),
    "in the future": (-301, "the timestamp lies in the future"),
}


@pytest.mark.parametrize("name", TIMES)
def test_the_time(keys: Keys, name: str) -> None:
    later, reason = TIMES[name]
    opener = security(NOW + later, verify={"cert": str(keys.theirs.cert_file)})
    root = sign(answer(), keys.theirs)
    if not reason:
        assert body_text(opener.open(root, "")) == "ok"
        return
    with pytest.raises(InsecureAnswer) as caught:
        opener.open(root, "")
    assert caught.value.cause == f"security: {reason}"


ODD_STAMPS = {
    "": "the timestamp says no time",
    "<u:Created>yesterday</u:Created>": "the timestamp says no time that can be read",
    "<u:Created>9999999-01-01T00:00:00Z</u:Created>": "the timestamp says no time that can be read",
    "<u:Created>{0}</u:Created><u:Created>{1}</u:Created>": "the timestamp says two times",
    "<u:Expires>2020-01-01T00:00:00Z</u:Expires>": "the timestamp is over: an old answer, or a clock that is off",
    "<u:Created>2020-01-01T00:00:00</u:Created>": "the timestamp is over: an old answer, or a clock that is off",
    "<u:Created>{0}</u:Created>": "",
    "<u:Expires>{1}</u:Expires>": "",
}


@pytest.mark.parametrize("stamp", ODD_STAMPS)
def test_odd_timestamps(keys: Keys, stamp: str) -> None:
    root = sign(answer(stamp=f"<u:Timestamp u:Id='TS'>{stamp}</u:Timestamp>"), keys.theirs)
    if ODD_STAMPS[stamp]:
        assert refused(root, keys) == ODD_STAMPS[stamp]
    else:
        assert body_text(opened(root, verify={"cert": str(keys.theirs.cert_file)})) == "ok"


# ── whose signature ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["binary_token", "certificate", "x509_data"])
def test_a_certificate_of_an_authority(keys: Keys, kind: str) -> None:
    root = etree.tostring(sign(answer(), keys.issued, key_info=kind))
    authority = str(keys.authority.cert_file)
    assert body_text(opened(root, verify={"ca": authority})) == "ok"
    assert body_text(opened(root, verify={"ca": authority, "name": "ERP.example"})) == "ok"
    for settings, reason in (
        ({"ca": authority, "name": "other.example"}, "of another name"),
        ({"ca": str(keys.other.cert_file)}, "not issued by a configured authority"),
    ):
        with pytest.raises(InsecureAnswer) as caught:
            opened(root, verify=settings)
        assert reason in caught.value.cause
    with pytest.raises(InsecureAnswer) as caught:
        opened(sign(answer(), keys.other, key_info=kind), verify={"ca": authority})
    assert "not issued" in caught.value.cause, "a certificate that came along proves nothing"
    with pytest.raises(InsecureAnswer) as caught:
        opened(sign(answer(), keys.issued, key_info="ski"), verify={"ca": authority})
    assert "brings no certificate" in caught.value.cause


def test_an_expired_certificate_of_an_authority(keys: Keys) -> None:
    late = security(NOW + 4000 * 86_400, verify={"ca": str(keys.authority.cert_file), "parts": ["body"]})
    with pytest.raises(InsecureAnswer) as caught:
        late.open(sign(answer(), keys.issued), "")
    assert "not issued" in caught.value.cause


def test_one_of_several_certificates(keys: Keys) -> None:
    both = keys.folder / "both.pem"
    both.write_bytes(keys.other.cert_file.read_bytes() + keys.theirs.cert_file.read_bytes())
    for pair in (keys.other, keys.theirs):
        for kind in ("ski", "none"):
            assert body_text(opened(sign(answer(), pair, key_info=kind), verify={"cert": str(both)})) == "ok"


@pytest.mark.parametrize(("role", "ours"), [("", True), ("http://schemas.xmlsoap.org/soap/actor/next", True),
                                             ("urn:gate", True), ("urn:somebody", False)])  # fmt: skip
def test_whom_a_header_is_for(keys: Keys, role: str, ours: bool) -> None:
    root = sign(answer(), keys.theirs)
    security_of(root).set(f"{{{NS['s']}}}actor", role)
    verify = {"cert": str(keys.theirs.cert_file)}
    if ours:
        assert body_text(opened(root, verify=verify, actor="urn:gate")) == "ok"
    else:
        assert refused(root, keys) == "the answer is not signed"


# ── the confirmation of our signature ────────────────────────────────────────────────────────────────────────────


def test_an_answer_to_somebody_else_is_refused(keys: Keys) -> None:
    confirming = "<c:SignatureConfirmation xmlns:c='" + NS["e11"] + "' Value='AAAA' u:Id='C'/>"
    more = {"sign": keys.ours.sign}
    verify = {"cert": str(keys.theirs.cert_file), "confirmation": True}
    good = sign(answer(security=confirming), keys.theirs, ["BODY", "TS", "C"])
    assert body_text(opened(etree.tostring(good), "AAAA", verify=verify, **more)) == "ok"
    loose = sign(answer(security=confirming), keys.theirs)
    for root, sent in ((good, "BBBB"), (good, ""), (loose, "AAAA"), (sign(answer(), keys.theirs), "AAAA")):
        with pytest.raises(InsecureAnswer) as caught:
            opened(etree.tostring(root), sent, verify=verify, **more)
        assert "does not confirm" in caught.value.cause


# ── a token that is signed through its reference ─────────────────────────────────────────────────────────────────


def test_the_transform_of_a_token(keys: Keys) -> None:
    """WSS4J signs certificates so. The library does not know it, so this signature is put together by hand."""
    root = by_hand(keys)
    assert body_text(opened(root, verify={"cert": str(keys.theirs.cert_file), "parts": ["body"]})) == "ok"
    token = root.find(".//e:BinarySecurityToken", NS)
    assert token is not None
    token.text = base64.b64encode(b"x" + keys.theirs.cert.public_bytes(serialization.Encoding.DER)).decode()
    assert refused(root, keys, parts=["body"]) in {
        "a signed part was changed", "the signature names another certificate than the configured one",
    }  # fmt: skip


def by_hand(keys: Keys) -> etree._Element:
    root = sign(answer(), keys.theirs, ["BODY"])
    info = root.find(".//ds:SignedInfo", NS)
    reference = root.find(".//e:SecurityTokenReference", NS)
    token = root.find(".//e:BinarySecurityToken", NS)
    assert info is not None
    assert reference is not None
    assert token is not None
    reference.set(WSU_ID, "STR")
    exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#"
    text = etree.tostring(token, method="c14n", exclusive=True).replace(b" ", b' xmlns="" ', 1)
    digest = base64.b64encode(hashlib.sha256(text).digest()).decode()
    transform = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform"
    info.append(
        etree.fromstring(
            f"<ds:Reference xmlns:ds='{NS['ds']}' URI='#STR'><ds:Transforms><ds:Transform Algorithm='{transform}'>"
            f"<e:TransformationParameters xmlns:e='{NS['e']}'><ds:CanonicalizationMethod Algorithm='{exclusive}'/>"
            "</e:TransformationParameters></ds:Transform></ds:Transforms>"
            "<ds:DigestMethod Algorithm='http://www.w3.org/2001/04/xmlenc#sha256'/>"
            f"<ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>"
        )
    )
    key = xmlsec.Key.from_file(str(keys.theirs.key_file), xmlsec.constants.KeyDataFormatPem)
    context = xmlsec.SignatureContext()
    context.key = key
    signed = context.sign_binary(etree.tostring(info, method="c14n", exclusive=True), xmlsec.Transform.RSA_SHA256)
    value = root.find(".//ds:SignatureValue", NS)
    assert value is not None
    value.text = base64.b64encode(signed).decode()
    assert security_of(root) is not None
    return root
