"""The table of blocks is whole and well formed."""

from __future__ import annotations

import unicodedata

from bridge.shapes.blocks import BLOCKS


def test_the_table() -> None:
    assert len(BLOCKS) >= 95
    assert all(low <= high for ranges in BLOCKS.values() for low, high in ranges)
    assert BLOCKS["BasicLatin"] == ((0, 127),)
    assert len(BLOCKS["PrivateUse"]) == 3


def test_a_character_of_each_script_stands_in_its_block() -> None:
    for name in ("CYRILLIC", "HEBREW", "ARABIC", "THAI", "HIRAGANA", "KATAKANA", "ARMENIAN"):
        [(low, high)] = BLOCKS[name.title()]
        assert all(unicodedata.name(chr(point), name).split()[0] == name for point in range(low + 65, low + 70)), name
        assert high - low < 300
