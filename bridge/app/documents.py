"""The OpenAPI document of a snapshot, of all its upstreams or of some."""

from __future__ import annotations

from importlib.metadata import version

from bridge.web.async_openapi import Later
from bridge.web.openapi import snapshot_writer
from bridge.web.snapshot import Snapshot


def write_document(snapshot: Snapshot, names: tuple[str, ...], *, security: bool, later: Later | None = None) -> bytes:
    """JSON. The server is `/`: whoever serves the document serves the operations, whatever name it is reached by.
    `later`: answers may be fetched later."""
    title = snapshot.upstreams[names[0]].title if len(names) == 1 else "Legacy Bridge"
    write = snapshot_writer(
        title=title, version=version("legacy-bridge"), server_url="/", security=security, later=later
    )
    return write(snapshot, names)
