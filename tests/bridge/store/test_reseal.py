"""Every sealed column is one that can be sealed anew; what becomes of their values is in the contract."""

from __future__ import annotations

from sqlalchemy import LargeBinary

from bridge.store.reseal import SEALED
from bridge.store.schema import metadata

# Binary columns that are sealed anew by nobody: the reason.
OTHERS = {
    "seals.proof": "one for each key",
    "topic_messages.data": "the logs of topics are for whoever may read the topic, and are not sealed",
    "topic_values.data": "the same",
}


def test_every_column_of_bytes_is_known() -> None:
    binary = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert binary == {one.name for one in SEALED} | set(OTHERS)
