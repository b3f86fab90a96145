"""The alert sink of a process with its webhook: opened with the store, begun before anything works, ended after it."""

from __future__ import annotations

from collections.abc import Callable, Collection

from bridge.clock import Clock
from bridge.contracts import Emit
from bridge.events import Event
from bridge.queue.handlers import Handler, Handlers, Result
from bridge.queue.settings import QueueSettings
from bridge.store.jobs import Job
from bridge.store.journal_runs import LOST
from bridge.store.sealing import Seal
from bridge.store.store import Store
from bridge.streams.alert_outbox import KIND, QUEUE, TOPIC_KIND
from bridge.streams.alert_settings import AlertSettings
from bridge.streams.alert_topic import AlertTopic, Append
from bridge.streams.alert_webhook import Webhook
from bridge.streams.alerts import TICK_S, Alerts, Means

ATTEMPTS = 100


class Alerting:
    """An `Emit`. `start` once, `stop` once. Raises ConfigError when a secret of the webhook cannot be used."""

    def __init__(
        self,
        settings: AlertSettings,
        store: Store,
        seal: Seal,
        *,
        clock: Clock,
        emit: Emit,
        mask: Callable[[str], str],
        wake: Callable[[str], None],
        queues: Collection[str] = (),
        tick_s: float = TICK_S,
    ) -> None:
        self._webhook = Webhook(settings.webhook, clock, emit) if settings.webhook else None
        self._topic, self._emit = settings.topic, emit
        self.alerts = Alerts(settings, Means(store, seal, clock, emit, mask, wake, queues), tick_s)

    def __call__(self, event: Event) -> None:
        self.alerts(event)

    def handle(self, handlers: Handlers, append: Append) -> None:
        """Adds the handlers of jobs that are alerts. `append` publishes to a topic."""
        topic = AlertTopic(self._topic, append, self._emit) if self._topic is not None else None
        handlers.add(KIND, _delivering(self._webhook), entry="delivery")
        handlers.add(TOPIC_KIND, _delivering(topic), entry="delivery")

    async def start(self) -> None:
        """Raises StoreUnavailable."""
        await self.alerts.start()

    async def stop(self) -> None:
        await self.alerts.stop()
        if self._webhook is not None:
            await self._webhook.close()


def _delivering(to: Webhook | AlertTopic | None) -> Handler:
    """Where there is no receiver any more it is lost."""

    async def deliver(job: Job) -> Result:
        return Result(outcome=LOST if to is None else await to.deliver(job))

    return deliver


def alert_queue(queues: dict[str, QueueSettings]) -> QueueSettings:
    """An alert that cannot be delivered is given up by its age and never by its error: as a dead letter it would be an
    alert itself."""
    found = queues.get(QUEUE, QueueSettings())
    retry = found.retry.model_copy(update={"attempts": ATTEMPTS, "on": {}})
    return found.model_copy(update={"retry": retry})
