"""Starts a bridge, calls it once, and says what that cost. A program of its own, so that nothing else is measured:

python -m tests.complaints.start UPSTREAMS STATE PATH BODY
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from tests.complaints.legacy import Bridges, Old
from tests.cpu import spent


async def main(upstreams: str, state: str, path: str, body: str) -> None:
    old = Old()
    with spent() as cost:
        async with Bridges(Path(state)).opened(old, json.loads(upstreams), state=Path(state)):
            told = await old.ask("POST", path, data=body, headers={"Content-Type": "application/json"})
    said = {"status": told.status, "body": told.json, "own_s": cost.own_s, "children_s": cost.children_s}
    print(json.dumps(said))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
