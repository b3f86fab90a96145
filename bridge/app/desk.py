"""The operators' desk as a whole: that of jobs, journal and schedules, that of topics from the room beside it, and
that of kept answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from bridge.app.breaker_desk import BreakerDesk
from bridge.app.breaking import Breaking
from bridge.app.cache_desk import CacheDesk
from bridge.layers.kept_answers import KeptAnswers
from bridge.queue.deeds import Wake
from bridge.queue.desk import Desk
from bridge.queue.desk_dead import Preview
from bridge.store.sealing import Seal
from bridge.store.store import Store
from bridge.streams.desk import TopicsDesk


class WholeDesk(Desk):
    """`topics`, `cache` and `breakers` beside the desks that it had. `kept`: the answers that are kept, by upstream."""

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
        kept: Callable[[], Mapping[str, KeptAnswers]] = dict,
        breaking: Breaking | None = None,
    ) -> None:
        super().__init__(store, seal, queues=queues, preview=preview, masked=masked, wake=wake)
        self.topics = topics
        self.cache = CacheDesk(self._office, kept)
        self.breakers = BreakerDesk(self._office, breaking)
