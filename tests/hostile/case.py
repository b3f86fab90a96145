"""One hostile input: what it is, and what has to come of it.

In the data `@FILE@` is the path of a file that nobody may open, `@HTTP@` the address of a server that nobody may ask.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.complaints.legacy import envelope


@dataclass(frozen=True)
class Case:
    """`data` is made when it is needed, since some are large. `code` "" means a good answer."""

    id: str
    data: bytes | Callable[[], bytes]
    status: int = 502
    code: str = "upstream_invalid"
    type: str = "text/xml; charset=utf-8"
    http: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    holds: str | None = None

    def made(self, file: str, http: str) -> bytes:
        data = self.data() if callable(self.data) else self.data
        return data.replace(b"@FILE@", file.encode()).replace(b"@HTTP@", http.encode())

    @property
    def threat(self) -> str:
        return self.id.partition("/")[0]


GOOD = "<t:GetResponse><t:Text>ok</t:Text></t:GetResponse>"
GOOD_JSON = '{"text":"ok","@any":[]}'


def answered(text: str, header: str = "") -> bytes:
    """An answer whose Text is this XML."""
    return envelope(f"<t:GetResponse><t:Text>{text}</t:Text></t:GetResponse>", header).encode()


def inside(content: str) -> bytes:
    """An answer with this content."""
    return envelope(f"<t:GetResponse>{content}</t:GetResponse>").encode()


def before(prolog: str, text: str = "ok") -> bytes:
    """An answer with something before its root."""
    return prolog.encode() + answered(text)


def kept(name: str, data: bytes | Callable[[], bytes], holds: str | None = GOOD_JSON, **more: object) -> Case:
    """A case that is harmless as long as nobody follows it, and so is read."""
    return Case(name, data, 200, "", holds=holds, **more)  # type: ignore[arg-type]  # the fields of Case
