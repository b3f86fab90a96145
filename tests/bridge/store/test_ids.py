"""Ids that sort by time."""

from __future__ import annotations

from bridge.store.ids import LENGTH, new_id


def test_later_ids_sort_later() -> None:
    ids = [new_id(1_700_000_000 + ms / 1000) for ms in range(0, 5000, 7)]
    assert ids == sorted(ids)


def test_ids_of_one_millisecond_stand_in_the_order_in_which_they_were_made() -> None:
    ids = [new_id(1_700_000_000.0) for _ in range(100_000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 100_000


def test_nobody_guesses_the_next_one() -> None:
    one, other = new_id(1_700_000_000.0), new_id(1_700_000_000.0)
    assert one[:10] == other[:10]
    assert one[18:] != other[18:], "the lower half is new each time"


def test_an_id_is_26_letters_of_the_alphabet_and_no_two_are_alike() -> None:
    ids = {new_id(1_700_000_000.0) for _ in range(1000)}
    assert len(ids) == 1000
    assert {len(one) for one in ids} == {LENGTH}
    assert set("".join(ids)) <= set("0123456789abcdefghjkmnpqrstvwxyz")


def test_its_first_ten_letters_are_the_milliseconds() -> None:
    # The example of https://github.com/ulid/spec: 01ARZ3NDEKTSV4RRFFQ69G5FAV is 2016-07-30T23:54:10.259Z.
    assert new_id(1469922850.259).startswith("01arz3ndek")


def test_a_clock_far_out_does_not_break_it() -> None:
    assert len(new_id(0.0)) == LENGTH == len(new_id(2.0**60))
