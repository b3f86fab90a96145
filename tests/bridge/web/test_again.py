"""What rest hands to the edge asks the cache, and only while its snapshot is served: see test_recall.py and here."""

from __future__ import annotations

from bridge.call import Reply
from bridge.web.again import Again


def test_it_carries_the_reply_it_speaks_of() -> None:
    reply, used = Reply(b"{}"), []
    again = Again(reply, lambda: reply, lambda: used.append(1))
    assert again.peek() is again.reply
    again.used()
    assert used == [1]
