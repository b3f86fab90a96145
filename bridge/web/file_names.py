"""Names and media types of files, made harmless on their way in and out. Pure.

A name comes from somebody else in either direction: it has no path, no control character and nothing that turns the
reading direction, so that it can neither leave a folder nor a header, nor look like something else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from urllib.parse import quote

NAME_MAX = 150
OCTETS = "application/octet-stream"
_RESERVED = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')
_MEDIA = re.compile(r"[!#$%&'+.^_`|~0-9a-z-]{1,80}/[!#$%&'+.^_`|~0-9a-z-]{1,80}", re.IGNORECASE)
_CHARSET = re.compile(r";\s*charset=\"?([A-Za-z0-9._-]{1,40})\"?\s*(?:;|$)", re.IGNORECASE)
_RUNS = re.compile(
    r"text/(?!plain$|csv$|calendar$|tab-separated-values$|vcard$|markdown$).*"  # html, xml, javascript and what else
    r"|.*[/+](xml|xsl|xslt|html|svg|xhtml|json-html).*|.*(java|ecma|j|live)script.*|.*shockwave.*"
    r"|(multipart|message|model/vrml|application/x-www).*"
)


def bare_name(text: str) -> str:
    """The last step of a path, without what a file system or a screen could take for something else."""
    last = re.split(r"[/\\]", text)[-1]
    kept = "".join(one for one in last if unicodedata.category(one) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
    kept = _RESERVED.sub("_", kept).strip().lstrip(".").rstrip(". ")
    if len(kept) <= NAME_MAX:
        return kept
    stem, dot, ending = kept.rpartition(".")
    return f"{stem[: NAME_MAX - len(ending) - 1]}.{ending}" if dot and len(ending) <= 10 else kept[:NAME_MAX]


def attachment(name: str) -> str:
    """A Content-Disposition that saves and does not show (RFC 6266, RFC 8187)."""
    bare = bare_name(name)
    if not bare:
        return "attachment"
    plain = re.sub(
        r"[^A-Za-z0-9!#$&+.^_`~ ()-]", "_", unicodedata.normalize("NFKD", bare).encode("ascii", "replace").decode()
    )
    text = f'attachment; filename="{plain}"'
    return text if plain == bare else f"{text}; filename*=UTF-8''{quote(bare, safe='!#$&+.^_`|~-')}"


def harmless_type(media_type: str, kept: Collection[str] = ()) -> str:
    """A media type that no browser runs as a page or script of ours; `kept` are those that somebody wants all the same.

    Of parameters only a charset of text stays.
    """
    media = media_type.partition(";")[0].strip().lower()
    if not _MEDIA.fullmatch(media):
        return OCTETS
    if _RUNS.fullmatch(media) and media not in kept:
        return OCTETS
    charset = _CHARSET.search(media_type) if media.startswith("text/") else None
    return f"{media}; charset={charset[1]}" if charset else media
