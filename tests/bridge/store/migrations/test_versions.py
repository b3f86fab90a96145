"""What each revision promises; that they give what the metadata says is seen in tests/contract."""

from __future__ import annotations

from bridge.store.migrations import VERSIONS


def test_each_revision_only_goes_forward() -> None:
    texts = {file.name: file.read_text("utf-8") for file in VERSIONS.glob("v*.py")}
    assert texts
    assert [name for name, text in texts.items() if "def upgrade()" not in text or "def downgrade" in text] == []
