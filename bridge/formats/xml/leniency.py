"""What a request may do although the schema forbids it, by name; every use is counted in `Out.bent`.

For services that want what their own WSDL forbids. The default refuses everything (DESIGN: requests are strict).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

NULLS, MISSING, VALUES, COUNTS, CHOICES, UNKNOWN = "null", "missing", "value", "count", "choice", "unknown"
"""The kinds under which uses are counted."""


@dataclass(frozen=True, slots=True)
class Leniency:
    """`nulls`: null for what is not nillable is written as xsi:nil, or left out. `missing`: what is required and not
    given is left out, or written as an empty element. `values`: outside enumerations, patterns, lengths and ranges.
    `counts`: more or fewer items. `choices`: several branches of a choice, or members out of order.
    `unknown`: elements and attributes that the schema does not have, given under `@unknown`."""

    nulls: Literal["refuse", "nil", "omit"] = "refuse"
    missing: Literal["refuse", "omit", "empty"] = "refuse"
    values: Literal["refuse", "send"] = "refuse"
    counts: Literal["refuse", "send"] = "refuse"
    choices: Literal["refuse", "send"] = "refuse"
    unknown: Literal["refuse", "send"] = "refuse"


STRICT = Leniency()
