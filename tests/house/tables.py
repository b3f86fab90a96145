"""The floors, the partners' rooms, the sizes and the listed exceptions, each with its reason."""

from __future__ import annotations

# Rooms by floor. A module belongs to the longest prefix that fits.
FLOORS: dict[str, int] = {
    "bridge.__main__": 8,
    "bridge.cli": 8,
    "bridge.demo": 8,
    "bridge.app": 7,
    "bridge.config": 6,
    "bridge.web": 5,
    "bridge.flows": 5,
    "bridge.streams": 5,
    "bridge.queue": 5,
    "bridge.layers": 5,
    "bridge.store": 4,
    "bridge.transport": 4,
    "bridge.sinks": 4,
    "bridge.formats": 3,
    "bridge.mapping": 3,
    "bridge.rules": 3,
    "bridge.call": 2,
    "bridge.contracts": 2,
    "bridge.events": 2,
    "bridge.events_alerts": 2,
    "bridge.events_limits": 2,
    "bridge.events_calls": 2,
    "bridge.events_store": 2,
    "bridge.shapes": 1,
    "bridge.errors": 1,
    "bridge.errors_writes": 1,
    "bridge.clock": 1,
    "bridge.settings": 1,
    "bridge.shipped": 1,
}
NEIGHBOURS_FLOOR = 5
ADAPTER_FLOORS_MAX = 3
ADAPTER_EXTRAS = frozenset({"bridge.transport"})

# Names that may be imported from anywhere: the reason.
NAMES_FOR_ALL: dict[str, str] = {
    "bridge.call.JsonValue": "an alias of built-in types, which stands beside Call and Reply",
}

# Library: the rooms that may import it.
PARTNERS: dict[str, tuple[str, ...]] = {
    "zeep": ("adapters.soap",),
    "paramiko": ("adapters.sftp",),
    "cryptography": ("adapters.soap.security", "bridge.transport", "bridge.store"),
    "lxml": ("bridge.formats.xml", "adapters.soap"),
    "spnego": ("bridge.transport.ntlm",),
    "jsonschema_rs": ("adapters.soap", "adapters.http"),
    "xmlschema": ("adapters.soap",),
    "aiohttp": ("bridge.web", "bridge.transport", "bridge.app", "bridge.cli"),
    "websockets": ("bridge.web", "bridge.transport"),
    "typer": ("bridge.cli", "bridge.__main__"),
    "rich": ("bridge.cli", "bridge.__main__"),
    "structlog": ("bridge.sinks",),
    "prometheus_client": ("bridge.sinks",),
    "tenacity": ("bridge.layers",),
    "cachetools": ("bridge.layers",),
    "ruamel": ("bridge.config", "adapters.http"),
    "jsonpath": ("bridge.shapes",),
    "sqlalchemy": ("bridge.store",),
    "alembic": ("bridge.store",),
    "psycopg": ("bridge.store",),
    "redis": ("bridge.store",),
    "cronsim": ("bridge.queue",),
}

# Tests in which `asyncio.sleep` moves a virtual clock and nobody waits.
VIRTUAL_TIME: dict[str, str] = {
    "tests.bridge.layers": "conftest.py gives them an event loop with virtual time",
}

# Modules that play a system of somebody else, and so have a clock of their own.
FOREIGN: dict[str, str] = {"bridge.demo.shop": "the legacy world of the demo, a process without a line of the bridge"}

# Modules whose tests stand elsewhere: where, and why.
TESTED_ELSEWHERE: dict[str, str] = {}

# Rooms that a command writes: nobody reads a table of many columns function by function.
WRITTEN: dict[str, str] = {"bridge.store.migrations.versions": "by bridge/store/migrations/initial.py, from the schema"}

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
