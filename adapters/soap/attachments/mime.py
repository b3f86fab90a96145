"""The texts of MIME that a package of SOAP needs: parameters, Content-IDs, names of files (RFC 2045, 2387, 2392). Pure.

Everything here was written by the other side, or goes to it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

_PARAMETER = re.compile(r";\s*([^\s;=\"]{1,100})\s*=\s*(?:\"((?:[^\"\\]|\\.)*+)\"|([^;\s]*))")
_ESCAPED = re.compile(r"\\(.)")
_MEDIA = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,127}/[!#$%&'*+.^_`|~0-9A-Za-z-]{1,127}")
_UNSAFE_IN_NAMES = re.compile(r"[\x00-\x1f\x7f<>:\"/\\|?*\u2028\u2029\u202a-\u202e\u2066-\u2069]")
NAME_CHARACTERS_MAX = 150
OCTETS = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Media:
    """A media type in lower case, and its parameters by lower-case name; the first of a name counts."""

    type: str
    parameters: Mapping[str, str]


def media(value: str) -> Media:
    """A Content-Type (or Content-Disposition) taken apart."""
    kind, _, _ = value.partition(";")
    found: dict[str, str] = {}
    for match in _PARAMETER.finditer(value):
        quoted, bare = match[2], match[3]
        found.setdefault(match[1].lower(), bare if quoted is None else _ESCAPED.sub(r"\1", quoted))
    return Media(kind.strip().lower(), found)


def media_type(value: str) -> str:
    """A media type without parameters that may be handed on; octets for what is none."""
    bare = media(value).type
    return bare if _MEDIA.fullmatch(bare) else OCTETS


def is_media_type(value: str) -> bool:
    """Whether it names one type, so that it may stand in a header."""
    return _MEDIA.fullmatch(value) is not None


def content_id(value: str) -> str:
    """A Content-ID, or the `cid:` address of one, in one form (RFC 2392); "" for none."""
    bare = value.strip()
    if bare[:4].lower() == "cid:":
        bare = bare[4:]
    bare = unquote(bare)
    return bare[1:-1] if bare.startswith("<") and bare.endswith(">") else bare


def cid_address(content: str) -> str:
    """The address of a part by its Content-ID."""
    return "cid:" + quote(content, safe="@")


def file_name(headers: Mapping[str, str]) -> str:
    """The name of a part as its headers give it: never a path, nothing that a terminal or a file system minds."""
    disposition = media(headers.get("content-disposition", "")).parameters
    name = _extended(disposition.get("filename*", "")) or disposition.get("filename", "")
    name = name or media(headers.get("content-type", "")).parameters.get("name", "")
    last = re.split(r"[/\\]", name)[-1]
    return _UNSAFE_IN_NAMES.sub("", last).strip(" .")[:NAME_CHARACTERS_MAX]


def _extended(value: str) -> str:
    """RFC 8187: `UTF-8''a%20b.txt`."""
    charset, _, rest = value.partition("'")
    _, _, text = rest.partition("'")
    if charset.lower() not in {"utf-8", "iso-8859-1"}:
        return ""
    return unquote(text, encoding=charset, errors="replace")


def disposition(name: str) -> str:
    """The header that names a file."""
    plain = "".join(char if " " <= char <= "~" and char not in '"\\' else "_" for char in name)
    extended = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'attachment; filename="{plain}"{extended}'
