"""What is known of each schedule, and its runs. A slot has one row at most, whoever sees that it is due."""

from __future__ import annotations

from sqlalchemy import Index, Table

from bridge.store.schema.columns import binary, metadata, text, time, whole

schedules = Table(
    "schedules",
    metadata,
    text("name", key=True),
    text("digest"),
    # Whether the configuration still has it. What it has not is kept for its history and never fired.
    whole("active"),
    # Who paused it; "" while nobody has.
    text("paused"),
    text("timing"),
    # Slots up to here are decided: fired, skipped or missed.
    time("last_slot"),
    time("next_due", null=True),
    # The next slots in words, for whoever has no configuration at hand.
    text("upcoming"),
    text("queue"),
    whole("priority"),
    whole("attempts_max", null=True),
    whole("keep"),
    binary("template"),
    time("changed_at"),
)

schedule_runs = Table(
    "schedule_runs",
    metadata,
    text("name", key=True),
    # The instant, or `manual:` and an id.
    text("slot", key=True),
    time("slot_at"),
    text("state"),
    text("job_id"),
    # Who asked for a manual run; "" for others.
    text("who"),
    # How many slots before it were missed and are not made up for.
    whole("missed"),
    time("fired_at"),
    time("started_at", null=True),
    time("ended_at", null=True),
    text("outcome"),
    Index(None, "name", "slot_at"),
    Index(None, "name", "state"),
)
