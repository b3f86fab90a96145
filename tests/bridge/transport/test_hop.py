"""What speaks of one connection goes no further."""

from __future__ import annotations

from bridge.transport.hop import end_to_end, members, values


def test_what_speaks_of_the_connection_does_not_go_on() -> None:
    given = (("Connection", "close, X-A"), ("x-a", "1"), ("TE", "trailers"), ("Proxy-Authorization", "x"), ("X-B", "2"))
    assert end_to_end(given) == (("X-B", "2"),)


def test_a_name_may_occur_more_than_once_and_keeps_its_order() -> None:
    given = (("Set-Cookie", "a=1"), ("X", ""), ("set-cookie", "b=2"))
    assert end_to_end(given) == given
    assert values(given, "set-cookie") == ["a=1", "b=2"]
    assert members(["a, b", " , c "]) == ["a", "b", "c"]
