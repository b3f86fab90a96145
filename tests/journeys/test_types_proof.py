"""`docs/proofs/types.md`: which built-in type survives which foreign server, and why a value does not.

The table says what `tests/servers/losses.py` says; test_foreign_types.py and tests/servers prove it at the servers.
"""

from __future__ import annotations

import os
from pathlib import Path

from tests.journeys.foreign import SERVERS
from tests.servers.losses import NIL_LOST, reason
from tests.servers.types import BUILT_INS, BuiltIn

PROOF = Path(__file__).parents[2] / "docs" / "proofs" / "types.md"
VARIANTS = ("plain", "attribute", "list")


def test_the_table_is_fresh() -> None:
    if os.environ.get("REGENERATE"):
        PROOF.parent.mkdir(parents=True, exist_ok=True)
        PROOF.write_text(table(), "utf-8")
    assert PROOF.read_text("utf-8") == table(), (
        "write it anew: REGENERATE=1 pytest tests/journeys/test_foreign_types.py"
    )


TITLE = """# Every built-in type through servers that nobody here wrote

JSON → SOAP → JSON, with the bridge between the client and the server's echo. Proved by
`tests/journeys/test_foreign_types.py`, which asks each server for each value and judges the bytes that arrived there
as well as the answer (and hundreds of records of made-up values besides): PHP `SoapServer` (document and rpc,
SOAP 1.1 and 1.2), node `soap` and Spyne (document, SOAP 1.1 and 1.2). What arrived at the server was right for every
value of every type. A column says how many of the values come back in elements and, where it is not all of them, why
the server itself cannot.

"""


def table() -> str:
    head = ["type", "values", "PHP SoapServer", "node soap", "Spyne"]
    rows = [
        [f"`xs:{each.xsd}`", str(len(each.texts)), *(cell(server, each) for server in SERVERS)] for each in BUILT_INS
    ]
    lines = [head, ["---"] * len(head), *rows]
    nil = [
        f"\nNil, absent and empty are told apart everywhere, except: {name} ({why})." for name, why in NIL_LOST.items()
    ]
    return TITLE + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n" + "\n".join(nil) + "\n"


def cell(server: str, built_in: BuiltIn) -> str:
    """What a server keeps of a type, and why not all."""
    why: dict[str, list[str]] = {}
    for variant in VARIANTS:
        if variant == "list" and not [text for text in built_in.texts if text and not set(text) & set(" \n\t")]:
            continue
        for text in built_in.texts:
            if lost := reason(server, variant, built_in.name, text):
                why.setdefault(lost, []).append(variant)
    kept = sum(not reason(server, "plain", built_in.name, text) for text in built_in.texts)
    said = "; ".join(f"{place(variants)}{lost}" for lost, variants in why.items())
    return f"{kept}: {said}" if said else f"{kept}"


def place(variants: list[str]) -> str:
    return "" if "plain" in variants else f"in {variants[0]}s: "
