"""A value at rest: what is shut opens again, and nothing else does."""

from __future__ import annotations

import base64
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import StoreError
from bridge.store.sealing import OPENED_BYTES_MAX, Seal, _Key, parse_key

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
PLACE = "jobs.payload:01j"


@given(st.binary(max_size=2000), st.sampled_from([None, KEY]))
def test_what_is_shut_opens_again(data: bytes, key: bytes | None) -> None:
    seal = Seal(key)
    assert seal.open(seal.shut(data, place=PLACE), place=PLACE) == data


def test_the_published_vectors_of_xaes_256_gcm() -> None:
    nonce = b"ABCDEFGHIJKLMNOPQRSTUVWX"
    one = _Key(b"\x01" * 32).of(nonce).encrypt(nonce[12:], b"XAES-256-GCM", b"")
    assert one.hex() == "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"
    two = _Key(b"\x03" * 32).of(nonce).encrypt(nonce[12:], b"XAES-256-GCM", b"c2sp.org/XAES-256-GCM")
    assert two.hex() == "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"


def test_what_repeats_itself_takes_less_room() -> None:
    for key in (None, KEY):
        assert len(Seal(key).shut(b"order " * 1000, place=PLACE)) < 200


@pytest.mark.parametrize("data", [b"order 4711", b"order 4711 " * 30], ids=["as it is", "packed"])
@pytest.mark.parametrize("plain", [True, False])
def test_no_byte_of_a_sealed_value_may_change(data: bytes, plain: bool) -> None:
    seal = Seal(KEY, plain=plain)
    shut = seal.shut(data, place=PLACE)
    for at in range(len(shut)):
        for bit in range(8):
            changed = bytearray(shut)
            changed[at] ^= 1 << bit
            with pytest.raises(StoreError, match=PLACE):
                seal.open(bytes(changed), place=PLACE)
    for length in range(len(shut)):
        with pytest.raises(StoreError, match=PLACE):
            seal.open(shut[:length], place=PLACE)


def test_a_value_does_not_open_in_another_row() -> None:
    seal = Seal(KEY)
    with pytest.raises(StoreError, match="moved"):
        seal.open(seal.shut(b"1 EUR", place="jobs.payload:1"), place="jobs.payload:2")


def test_the_same_twice_looks_different_and_shows_nothing() -> None:
    seal = Seal(KEY)
    one, two = (seal.shut(b"hunter2" * 3, place=PLACE) for _ in range(2))
    assert one[5:] != two[5:]
    assert b"hunter2" not in one


def test_the_key_before_still_opens_and_the_new_one_shuts() -> None:
    old = Seal(OTHER).shut(b"x", place=PLACE)
    seal = Seal(KEY, [OTHER])
    assert seal.open(old, place=PLACE) == b"x"
    assert not seal.current(old)
    new = seal.shut(b"x", place=PLACE)
    assert seal.current(new)
    assert new[1:5].hex() == seal.key_id == Seal(KEY).key_id
    assert seal.key_ids == {Seal(KEY).key_id, Seal(OTHER).key_id}


def test_a_missing_key_is_named() -> None:
    shut = Seal(KEY).shut(b"x", place=PLACE)
    for seal in (Seal(OTHER), Seal(None)):
        with pytest.raises(StoreError, match=f"the key {Seal(KEY).key_id}.*store.old_keys"):
            seal.open(shut, place=PLACE)


def test_what_nobody_sealed_opens_only_while_that_is_expected() -> None:
    bare = Seal(None).shut(b"x", place=PLACE)
    assert Seal(KEY, plain=True).open(bare, place=PLACE) == b"x"
    assert not Seal(KEY).current(bare)
    with pytest.raises(StoreError, match="not sealed"):
        Seal(KEY, plain=False).open(bare, place=PLACE)


def test_a_bare_value_that_was_damaged_is_refused() -> None:
    seal = Seal(None)
    shut = seal.shut(b"order 4711", place=PLACE)
    for at in range(len(shut)):
        changed = bytearray(shut)
        changed[at] ^= 0x10
        with pytest.raises(StoreError, match=PLACE):
            seal.open(bytes(changed), place=PLACE)


def test_a_bomb_is_not_unpacked() -> None:
    packer = zlib.compressobj(9)
    zeros = bytes(1_000_000)
    payload = b"".join(packer.compress(zeros) for _ in range(OPENED_BYTES_MAX // len(zeros) + 30)) + packer.flush()
    bomb = b"\x01" + zlib.crc32(payload).to_bytes(4) + payload
    tracemalloc.start()
    try:
        with pytest.raises(StoreError, match="opens to more"):
            Seal(None).open(bomb, place=PLACE)
        assert tracemalloc.get_traced_memory()[1] < 2.5 * OPENED_BYTES_MAX
    finally:
        tracemalloc.stop()


def test_more_than_opens_is_not_shut() -> None:
    with pytest.raises(StoreError, match="more than can be kept"):
        Seal(None).shut(bytes(OPENED_BYTES_MAX + 1), place=PLACE)


def test_a_key_is_read_from_base64() -> None:
    assert parse_key(base64.b64encode(KEY).decode() + "\n") == KEY
    for wrong in ("", "secret", base64.b64encode(b"short").decode(), "ß" * 44):
        with pytest.raises(ValueError, match="openssl rand"):
            parse_key(wrong)
    with pytest.raises(ValueError, match="32 bytes"):
        Seal(b"short")
