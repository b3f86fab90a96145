"""Jobs, as the rooms above know them: functions on a `Tx`, so that several compose in one transaction."""

from __future__ import annotations

from bridge.store.jobs_accept import enqueue
from bridge.store.jobs_claim import UNREADABLE, Claimed, claim, claim_more
from bridge.store.jobs_end import cancel, dead, discard, done, done_many, failed, give_back, revive, skip, stopped
from bridge.store.jobs_keep import (
    Attempt,
    Standing,
    depths,
    forget_dedupes,
    oldest_ready_s,
    remove_ended,
    result,
    standing,
    story,
)
from bridge.store.jobs_takeover import Taken, asked_to_stop, begin, renew, take_over
from bridge.store.jobs_types import ATTEMPTS_MAX, DEDUPE_KEPT_S, Job, Lease, NewJob, Terms

__all__ = [
    "ATTEMPTS_MAX",
    "DEDUPE_KEPT_S",
    "UNREADABLE",
    "Attempt",
    "Claimed",
    "Job",
    "Lease",
    "NewJob",
    "Standing",
    "Taken",
    "Terms",
    "asked_to_stop",
    "begin",
    "cancel",
    "claim",
    "claim_more",
    "dead",
    "depths",
    "discard",
    "done",
    "done_many",
    "enqueue",
    "failed",
    "forget_dedupes",
    "give_back",
    "oldest_ready_s",
    "remove_ended",
    "renew",
    "result",
    "revive",
    "skip",
    "standing",
    "stopped",
    "story",
    "take_over",
]
