"""How a request says in HTTP what it is: Content-Type and SOAPAction, in both versions and in the ways that servers
want them. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

from adapters.soap.contract import Version
from adapters.soap.wire import plain

_TYPES: dict[Version, str] = {"1.1": "text/xml", "1.2": "application/soap+xml"}


@dataclass(frozen=True, slots=True)
class Said:
    """`action`: quoted, unquoted, omit, or the text of another action. `content_type` "": that of the version."""

    action: str = "quoted"
    content_type: str = ""


AS_USUAL = Said()


def http_head(version: Version, action: str, said: Said) -> dict[str, str]:
    """The headers of a request (SOAP 1.1 §6, SOAP 1.2 part 2 §7)."""
    written = _written(action, said.action)
    media = said.content_type or _TYPES[version]
    kind = media if "charset=" in media.lower() else f"{media}; charset=utf-8"
    if version == "1.2" and media.partition(";")[0].strip().lower() == _TYPES["1.2"]:
        names = "action=" in media.lower() or written in {None, '""'}
        return {"Content-Type": kind if names else f"{kind}; action={written}"}
    # SOAP 1.1 §6.1.1: the header is always there and its value quoted, even when it is empty. A SOAP 1.2 message under
    # another type has no place for the action but this.
    return {"Content-Type": kind} | ({} if written is None else {"SOAPAction": written})


def _written(action: str, how: str) -> str | None:
    """The action as it is sent; None when it is not."""
    if how == "omit":
        return None
    if how == "unquoted":
        return plain(action)
    text = plain(action if how == "quoted" else how)
    return text if text.startswith('"') else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
