"""What of an HTTP message may be seen; that of SOAP messages is told in tests/adapters/soap/test_shown.py."""

from __future__ import annotations

from bridge.transport.masked import MASK, address, headers, plain, shown_headers, without


class Hidden:
    """Fields called `pin` are hidden, and what was learnt."""

    def __init__(self) -> None:
        self.learnt: set[str] = set()

    def name(self, name: str) -> bool:
        return name.lower() in {"pin", "authorization"}

    def text(self, text: str) -> str:
        for secret in self.learnt:
            text = text.replace(secret, MASK)
        return text

    def learn(self, secret: str) -> None:
        if len(secret) >= 4:
            self.learnt.add(secret)


def test_only_headers_known_to_be_harmless_are_shown() -> None:
    given = {"Content-Type": "text/plain", "X-Any": "abc"}
    assert shown_headers(given) == (("Content-Type", "text/plain"), ("X-Any", MASK))
    assert shown_headers({"Server": "with secret1"}, ["secret1"]) == (("Server", f"with {MASK}"),)


def test_a_secret_is_found_as_xml_writes_it_too() -> None:
    assert without("<a>p&amp;q&lt;1</a> p&q<1", ["p&q<1"]) == f"<a>{MASK}</a> {MASK}"


def test_a_credential_is_hidden_wherever_it_stands() -> None:
    hide = Hidden()
    assert headers([("Authorization", "Basic abcdef")], hide) == (("Authorization", MASK),)
    assert plain("who is abcdef", hide) == f"who is {MASK}"


def test_of_an_address_neither_user_nor_values_are_kept() -> None:
    assert address("https://me:pw@api.example/x?key=1&y#z", Hidden()) == f"https://api.example/x?key={MASK}&{MASK}"


def test_what_stands_behind_a_hidden_name_is_hidden() -> None:
    assert plain("id=7 pin=1234", Hidden()) == f"id=7 pin={MASK}"
    assert plain('{"a": 1}', Hidden()) == MASK
