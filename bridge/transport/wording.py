"""What of a fault's text may be shown to an end user: no host, no path, no stack, no secret. Pure.

Legacy servers put whole stack traces there; the first sentence is what a person can use.
"""

from __future__ import annotations

import re

TEXT_MAX = 500
_SCAN_MAX = 2_000
GONE = "…"

# Where a trace begins: what stands before it is kept.
_TRACE = re.compile(
    r"""
      \s-{2,3}>\s                              # .NET: "message ---> inner"
    | \s+at\s+[\w.$<>`\[\]/]+[.:][\w.$<>`\[\]]+\s?\(   # "at com.example.Orders.find(Orders.java:42)"
    | \s*\n\s+at\s
    | \s*\n?\s*Caused\s+by:
    | \s*\n?\s*Traceback\s\(most\srecent
    | \s*\n?\s*(Server\s)?[Ss]tack\s?[Tt]race:?
    | \s*\n\s*File\s"
    | \s*\n?\s*\#\d+\s+\S+(\(\d+\))?:          # PHP: "#0 /var/www/x.php(12): …"
    | \s*\n?\s*---\s*End\sof
    """,
    re.VERBOSE,
)
# The class of an exception before its message, as .NET and Java write it; several may follow each other.
_CLASS = re.compile(r"^(?:(?:[A-Za-z_]\w*\.)+[A-Za-z_]\w*:\s*)+")
_SECRETS = re.compile(
    r"\b(password|passwd|pwd|secret|token|api[_-]?key|user\s?id|uid)(\s*[=:]\s*)[^\s;,]+", re.IGNORECASE
)
_PRIVATE = re.compile(
    r"""
      \bjdbc:\S+
    | \b[A-Za-z][\w+.-]*://[^\s'"<>)]+         # any address
    | (?<![\w.])\\\\[\w.$-]+(\\[\w.$ -]+)*     # \\server\share
    | \b[A-Za-z]:[\\/](?:[^\s\\/:*?"<>|]+[\\/])*[^\s:*?"<>|,;]*   # C:\dir\file
    | (?<![\w/])(?:/[\w.+@~-]+){2,}/?(?::\d+)? # /dir/file, /dir/file:12
    | \b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b     # IPv4
    | \[?\b(?:[0-9A-Fa-f]{1,4}:){3,7}[0-9A-Fa-f]{0,4}\b\]?(?::\d+)?   # IPv6
    | (?<![\w:])[0-9A-Fa-f:]{0,30}::[0-9A-Fa-f:]{0,30}
    | \b(?:[a-z]\w{0,62}\.){1,8}[A-Z]\w{0,99}(?:Exception|Error)\b      # an exception without a message
    | \blocalhost(?::\d+)?\b
    | \b[A-Za-z][\w-]{0,62}(?:\.[\w-]{1,63}){1,8}:\d{2,5}\b  # host.domain:port
    | \b[A-Za-z]{1,62}[\d-][\w-]{0,62}:\d{2,5}\b # erp01:8080, and single words only with a port that says it is one
    | \b[A-Za-z]+:(?:80|443|389|636|1433|1521|2181|3306|5432|5672|6379|80\d\d|8443|8888|90\d\d|9200|27017)\b
    | \b[a-z0-9][a-z0-9-]{0,62}(?:\.[a-z0-9-]{1,63}){1,8}\.[a-z]{2,24}\b  # three labels and more
    | \b[a-z0-9][a-z0-9-]{0,62}\.(?:com|net|org|edu|gov|io|local|localdomain|internal|intranet|lan|corp|home)\b
    | \b[a-z0-9][a-z0-9-]{0,62}\.(?:example|test|invalid)\b
    | \b[\w$/\\.-]{1,200}\.(?:java|cs|vb|py|php|rb|js|cpp|dll|exe|jar|war|asmx|aspx|svc|jsp|inc|conf)\b(?::\d+)?
    """,
    re.VERBOSE,
)
_SPACE = re.compile(r"\s+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def public_text(text: str) -> str:
    """One bounded line for an end user; "" when nothing is left."""
    text = _CONTROL.sub("", text[:_SCAN_MAX].replace("\r\n", "\n").replace("\r", "\n")).strip()
    if found := _TRACE.search(text):
        text = text[: found.start()] or ""
    text = _CLASS.sub("", _SPACE.sub(" ", text).strip())
    text = _PRIVATE.sub(GONE, _SECRETS.sub(rf"\1\2{GONE}", text)).strip()
    if not any(char.isalnum() for char in text):
        return ""
    return text if len(text) <= TEXT_MAX else text[: TEXT_MAX - 1].rstrip() + GONE
