"""What servers write into `WWW-Authenticate`, and what of it is understood."""

from __future__ import annotations

import pytest

from bridge.transport.challenges import COUNT_MAX, challenges
from tests.cpu import best_s, costs_at_most


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["Basic realm=erp"], [("basic", "", {"realm": "erp"})]),
        (["NTLM"], [("ntlm", "", {})]),
        (["NTLM TlRMTVNTUAAC+/=="], [("ntlm", "TlRMTVNTUAAC+/==", {})]),
        (["Negotiate, NTLM"], [("negotiate", "", {}), ("ntlm", "", {})]),
        (["Negotiate YII=", "NTLM"], [("negotiate", "YII=", {}), ("ntlm", "", {})]),
        # RFC 9110 §11.6.1
        (
            ['Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"'],
            [
                ("newauth", "", {"realm": "apps", "type": "1", "title": 'Login to "apps"'}),
                ("basic", "", {"realm": "simple"}),
            ],
        ),
        # RFC 7616 §3.9.1: two challenges in two headers
        (
            ['Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256', "Digest realm=b"],
            [
                ("digest", "", {"realm": "http-auth@example.org", "qop": "auth, auth-int", "algorithm": "SHA-256"}),
                ("digest", "", {"realm": "b"}),
            ],
        ),
        (['digest REALM = "a" , , Nonce="b",'], [("digest", "", {"realm": "a", "nonce": "b"})]),
        (['Digest realm="a", realm="b"'], [("digest", "", {"realm": "a"})]),
        (['Digest realm="", nonce=""'], [("digest", "", {"realm": "", "nonce": ""})]),
        ([""], []),
        ([], []),
        (["realm=a"], []),
        (['Digest realm="not closed'], [("digest", "", {})]),
        (["\x01\x02"], []),
    ],
)
def test_read(values: list[str], expected: list[tuple[str, str, dict[str, str]]]) -> None:
    assert [(one.scheme, one.token, dict(one.parameters)) for one in challenges(values)] == expected


@pytest.mark.parametrize(
    "flood",
    [
        *("A " * 100_000, "a=b," * 100_000, 'A b="' + "\\" * 200_000, "A " + "a" * 200_000, "," * 200_000),
        *("A\t" + " " * 200_000, 'A b="' + "x" * 200_000, "Digest " + 'a="b" ' * 50_000),
    ],
    ids=range(8),
)
def test_a_flood_costs_little(flood: str) -> None:
    assert len(challenges([flood] * 3)) <= COUNT_MAX
    few, many = (best_s(lambda times=times: challenges([flood * times] * 3)) for times in (1, 2))
    assert many <= 4 * few + 0.05  # linear
    with costs_at_most(0.5):
        challenges([flood * 2] * 3)
