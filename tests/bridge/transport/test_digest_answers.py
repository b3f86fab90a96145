"""The examples of RFC 7616 and RFC 2617 to the letter, and what the RFC says besides."""

from __future__ import annotations

import re

import pytest

from bridge.transport.challenges import challenges
from bridge.transport.digest_answers import Account, Offer, Turn, authorization, best_offer

MUFASA = Account("Mufasa", "Circle of Life")
TURN = Turn("GET", "/dir/index.html", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", 1)
CHALLENGE = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)


def offered(*values: str) -> Offer:
    offer = best_offer(challenges(values))
    assert offer
    return offer


def said(header: str) -> dict[str, str]:
    assert header.startswith("Digest ")
    return {name: value.strip('"') for name, value in re.findall(r'([a-z*]+)=("[^"]*"|[^,]*)', header)}


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616_3_9_1(algorithm: str, response: str) -> None:
    header = said(authorization(offered(CHALLENGE.format(algorithm)), MUFASA, TURN))
    assert header == {
        "username": "Mufasa",
        "realm": "http-auth@example.org",
        "uri": "/dir/index.html",
        "algorithm": algorithm,
        "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        "nc": "00000001",
        "cnonce": TURN.cnonce,
        "qop": "auth",
        "response": response,
        "opaque": "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
    }


def test_the_example_of_rfc_7616_3_9_2_with_its_erratum() -> None:
    offer = offered(
        'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, '
        'nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", '
        'opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true'
    )
    turn = Turn("GET", "/doe.json", "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v", 1)
    header = said(authorization(offer, Account("J\u00e4s\u00f8n Doe", "Secret, or not?"), turn))
    # RFC erratum 4897: as printed the RFC used another truncation of SHA-512.
    assert header["username"] == "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"
    assert header["response"] == "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"
    assert header["userhash"] == "true"


def test_the_example_of_rfc_2617_and_servers_without_qop() -> None:
    old = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'
    account, turn = Account("Mufasa", "Circle Of Life"), Turn("GET", "/dir/index.html", "0a4f113b", 1)
    header = said(authorization(offered(f'{old}, qop="auth,auth-int"'), account, turn))
    assert header["response"] == "6629fae49393a05397450978507c4ef1"
    assert "algorithm" not in header
    plain = said(authorization(offered(old), account, turn))
    assert plain["response"] == "670fd8c2df070c60b045671b8b24ff02"  # RFC 2069, erratum 749
    assert not {"qop", "nc", "cnonce"} & plain.keys()


def test_the_strongest_is_taken_and_what_is_unknown_is_left() -> None:
    assert offered(CHALLENGE.format("MD5"), CHALLENGE.format("SHA-256")).algorithm == "SHA-256"
    assert offered(CHALLENGE.format("sha-512-256-SESS"), CHALLENGE.format("SHA-256")).is_session
    assert offered(CHALLENGE.format("SHA3"), CHALLENGE.format("MD5")).base == "md5"
    assert best_offer(challenges([CHALLENGE.format("SHA3"), "Basic realm=a"])) is None
    assert best_offer(challenges(['Digest realm=a, nonce=b, qop="else"'])) is None
    assert best_offer(challenges(["Digest realm=a"])) is None
    assert best_offer(challenges(['Digest realm="caf\udce9", nonce=b'])) is None


def test_the_body_counts_for_auth_int_only() -> None:
    offer = offered('Digest realm=a, nonce=b, qop="auth-int"')
    header = said(authorization(offer, MUFASA, Turn("POST", "/", "c", 1, offer.hashed(b"<a/>"))))
    other = said(authorization(offer, MUFASA, Turn("POST", "/", "c", 1, offer.hashed(b"<b/>"))))
    assert (header["qop"], other["qop"]) == ("auth-int", "auth-int")
    assert header["response"] != other["response"]
    assert offered('Digest realm=a, nonce=b, qop="auth-int,auth"').qop == "auth"


def test_names_are_quoted_and_may_be_in_any_script() -> None:
    header = authorization(offered('Digest realm="a\\"b", nonce=n'), Account('sh"op\\', "x"), TURN)
    assert 'username="sh\\"op\\\\"' in header
    assert 'realm="a\\"b"' in header
    # A composed letter and a decomposed one are the same name, RFC 7616 §4.
    utf8 = offered("Digest realm=a, nonce=n, charset=UTF-8")
    composed, decomposed = (authorization(utf8, Account(name, "x"), TURN) for name in ("J\u00e4", "Ja\u0308"))
    assert composed == decomposed
    assert "username*=UTF-8''J%C3%A4," in composed
    assert 'username="J\u00e4"' in authorization(offered("Digest realm=a, nonce=n"), Account("J\u00e4", "x"), TURN)
