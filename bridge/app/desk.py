"""The operators' desk as a whole: that of jobs, journal and schedules, and that of topics from the room beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bridge.queue.deeds import Wake
from bridge.queue.desk import Desk
from bridge.queue.desk_dead import Preview
from bridge.store.sealing import Seal
from bridge.store.store import Store
from bridge.streams.desk import TopicsDesk


class WholeDesk(Desk):
    """`topics` beside the desks that it had."""

    def __init__(
        self,
        store: Store,
        seal: Seal,
        topics: TopicsDesk,
        *,
        queues: Iterable[str] = (),
        preview: Preview | None = None,
        masked: Sequence[str] | None = None,
        wake: Wake | None = None,
    ) -> None:
        super().__init__(store, seal, queues=queues, preview=preview, masked=masked, wake=wake)
        self.topics = topics
