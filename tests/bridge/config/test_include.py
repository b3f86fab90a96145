"""Several files are one configuration; faults of putting them together are cases of test_check."""

from __future__ import annotations

from pathlib import Path

from bridge.config.include import load_all


def test_mappings_are_merged_by_key_and_keep_their_places(tmp_path: Path) -> None:
    (tmp_path / "bridge.yaml").write_text("include: [a/*.yaml, b.yaml]\nupstreams:\n  x: {n: 1}\n")
    (tmp_path / "a").mkdir()
    (tmp_path / "a/2.yaml").write_text("upstreams:\n  z: {n: 3}\n")
    (tmp_path / "a/1.yaml").write_text("include: [../c.yaml]\nupstreams:\n  y: {n: 2}\n")
    (tmp_path / "b.yaml").write_text("log: {level: info}\n")
    (tmp_path / "c.yaml").write_text("upstreams:\n  x: {m: 4}\n")
    document = load_all(tmp_path / "bridge.yaml")
    assert document.data == {
        "upstreams": {"x": {"n": 1, "m": 4}, "y": {"n": 2}, "z": {"n": 3}},
        "log": {"level": "info"},
    }
    place = str(document.places.value(("upstreams", "x", "m"))).replace(str(tmp_path), "").replace("/a/..", "")
    assert place == "/c.yaml:2:10"


def test_one_name_needs_no_list(tmp_path: Path) -> None:
    (tmp_path / "bridge.yaml").write_text("include: b.yaml\n")
    (tmp_path / "b.yaml").write_text("state: data\n")
    assert load_all(tmp_path / "bridge.yaml").data == {"state": "data"}
