"""`journal:` of the configuration: what is written down of messages, and for how long."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from bridge.settings import Bytes, DurationS, Settings
from bridge.store.journal import Kind

KEEP_S = 30 * 86400.0
MASKED = (
    *("*password*", "*passwd*", "*passwort*", "pwd", "*secret*", "*token*", "*apikey*", "*api_key*", "*credential*"),
    *("pin", "tan", "cvv", "cvc", "*cardnumber*", "iban", "ssn"),
)


class JournalSettings(Settings):
    """What is kept of calls, files, webhooks and jobs. Calls that write, and calls that fail, are always in it."""

    enabled: bool = Field(default=True, examples=[True])
    """Whether calls are written down. A bridge without it says nothing of what it sent before a crash."""
    required: bool = Field(default=False, examples=[True])
    """What becomes of a call that writes while the journal cannot: `true` refuses it with 503 before anything is sent;
    `false` sends it, since its caller is told what came of it, and reports the loss (`journal-lost`)."""
    wait: DurationS = Field(default=2.0, gt=0, le=60, examples=["2s"])
    """How long such a call waits for the journal."""
    reads: bool = Field(default=False, examples=[True])
    """Whether calls of `safe` operations that went well are written down too. Answers out of the cache never are."""
    answers: bool = Field(default=True, examples=[False])
    """Whether the answer is kept beside the request."""
    wire: Literal["never", "failed", "always"] = Field(default="failed", examples=["always"])
    """Of which calls it is kept how they went over the wire, masked: of those that fail, of all, of none. Of each side
    64 KiB at most, and only where it can be masked for sure."""
    body: Bytes = Field(default=256_000, ge=1000, le=16_000_000, examples=["256kB"])
    """The most that is kept of a request and of an answer. Of a larger one the beginning is kept, with its size and its
    SHA-256; such a request cannot be sent again from the journal."""
    search: bool | None = Field(default=None, examples=[True])
    """Whether entries are found by the words of their values. Those words lie in the database as they are, so unless
    you say otherwise there are none where `store.key` seals the payloads."""
    mask: tuple[str, ...] = Field(default=MASKED, max_length=200, examples=[["*password*", "iban"]])
    """Fields whose values are no words of a search and are masked where the wire form is kept or a payload is shown, by
    name in any case; `*` stands for any letters. Written, it
    replaces the list of names that are masked by default."""
    keys: dict[str, str] = Field(default={}, examples=[{"shop.CreateOrder": "order:{orderId}"}])
    """What an entry is about, by operation: a text with fields of the arguments, to search by."""
    keep: dict[Kind, DurationS] = Field(default={}, examples=[{"call": "30d", "file": "90d"}])
    """How long entries are kept, by kind; 30 days where nothing is written. What a dead letter needs is kept longer."""
    size: Bytes = Field(default=2_000_000_000, ge=1_000_000, examples=["2GB"])
    """The most that all entries may take; over it the oldest go first."""
    sizes: dict[Kind, Bytes] = Field(default={}, examples=[{"webhook": "500MB"}])
    """The same for single kinds."""
    every: DurationS = Field(default=60.0, ge=1, le=86400, examples=["60s"])
    """How often what is too old is deleted."""

    @field_validator("mask")
    @classmethod
    def _short(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(not one or len(one) > 100 for one in value):
            raise ValueError("a name to mask has from 1 to 100 letters, such as *password*")
        return value

    def keep_s(self, kind: Kind) -> float:
        return self.keep.get(kind, KEEP_S)
