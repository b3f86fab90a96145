"""Counting connections."""

from __future__ import annotations

from ipaddress import ip_network

from bridge.web.edge_limits import Seat, Seats


def test_a_place_given_back_twice_is_one_place() -> None:
    seats = Seats(10, 1)
    first = seats.take("203.0.113.1")
    assert isinstance(first, Seat)
    assert seats.take("203.0.113.1") == "connections-per-address"
    assert isinstance(seats.take("203.0.113.2"), Seat)
    first.leave()
    first.leave()
    assert seats.total == 1
    assert isinstance(seats.take("203.0.113.1"), Seat)


def test_an_ipv6_network_counts_as_one_and_ipv4_in_ipv6_as_ipv4() -> None:
    seats = Seats(10, 1)
    assert isinstance(seats.take("2001:db8::1"), Seat)
    assert seats.take("2001:db8::ffff:1") == "connections-per-address"
    assert isinstance(seats.take("2001:db8:0:1::1"), Seat)
    assert isinstance(seats.take("203.0.113.1"), Seat)
    assert seats.take("::ffff:203.0.113.1") == "connections-per-address"


def test_a_proxy_speaks_for_many_but_not_for_all() -> None:
    seats = Seats(3, 1, [ip_network("10.0.0.0/8")])
    taken = [seats.take("10.0.0.1") for _ in range(4)]
    assert [isinstance(seat, Seat) for seat in taken] == [True, True, True, False]
    assert taken[3] == "connections"
