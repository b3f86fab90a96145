"""Which Host, target and Origin are answered, and whom a request comes from. Pure: texts in, verdicts out.

What two HTTP programs could read in two ways is refused instead of repaired: routing, keys and logs must all see the
same string.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Protocol
from urllib.parse import unquote_to_bytes

from bridge.errors import BadRequest, Forbidden, Misdirected

Networks = Sequence[IPv4Network | IPv6Network]

_AUTHORITY = re.compile(r"(?P<name>[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?")
_TARGET = re.compile(r"[\x21\x23-\x3b\x3d\x3f-\x5b\x5d-\x7e]*")  # no control, space, quote, <, >, backslash, non-ASCII
_PLAIN = re.compile(r"(?:/[A-Za-z0-9_~-]+)+(?:\?[A-Za-z0-9_.~=&,:%+-]*)?")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_REFUSED_ESCAPE = re.compile(r"%(2[Ff]|5[Cc]|3[Bb]|[01][0-9A-Fa-f]|7[Ff])")  # / \ ; and control characters
_DOTS = re.compile(r"(^|/)(\.|%2e){1,2}(/|$)", re.IGNORECASE)
_ABSOLUTE = re.compile(r"https?://([^/?]*)(.*)", re.IGNORECASE)
_DEFAULT_PORT = {"http": 80, "https": 443}
_HOPS_MAX = 32


class Headers(Protocol):
    """Request headers: names in any case, each possibly more than once."""

    def getall(self, key: str, default: list[str], /) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Authority:
    """A host name in lower case (an IPv6 address in brackets) and a port, None where none is written."""

    name: str
    port: int | None = None

    @property
    def is_loopback(self) -> bool:
        if self.name == "localhost":
            return True
        address = _address(self.name.strip("[]"))
        if address is not None:
            return address.is_loopback
        return self.name.endswith(".localhost")

    @property
    def is_address(self) -> bool:
        return _address(self.name.strip("[]")) is not None


@dataclass(frozen=True, slots=True)
class Seen:
    """Where a request comes from, and under which name it reached us, after our own proxies were taken off."""

    client: str
    scheme: str
    host: str


@dataclass(frozen=True, slots=True)
class HostRules:
    """What is answered. `keyless`: no keys are configured, so names and origins are all that protects us from a web
    page in the browser of someone near. `beyond_loopback`: we were told to serve other machines, so they may name us
    by address; no foreign page can do that (DNS rebinding needs a name)."""

    keyless: bool = True
    beyond_loopback: bool = False
    hosts: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()

    def check_host(self, authority: Authority) -> None:
        known = authority.is_loopback or authority.name in self.hosts
        if self.keyless and not known and not (self.beyond_loopback and authority.is_address):
            raise Misdirected("This server answers only for the hosts it is configured for (server.hosts).")

    def check_origin(self, origins: Sequence[str], scheme: str, authority: Authority) -> None:
        if not origins or not self.keyless:
            return
        origin = origins[0].lower()
        if len(origins) > 1 or not (
            origin in self.origins or "*" in self.origins or _same_origin(origin, scheme, authority)
        ):
            raise Forbidden("Web pages of another origin may not call this server (server.cors.origins).")


@lru_cache(maxsize=1024)  # callers name the same few hosts again and again
def parse_authority(text: str) -> Authority:
    """`host`, `host:port`, `[v6]:port`. Raises BadRequest for anything else: user info, spaces, lists, emptiness."""
    match = _AUTHORITY.fullmatch(text)
    if match is None or int(match["port"] or 0) > 65535:
        raise BadRequest("The Host header is not a host name.")
    name = match["name"].lower()
    if name.startswith("["):
        if not isinstance(_address(name[1:-1]), IPv6Address):
            raise BadRequest("The Host header is not a host name.")
    else:
        name = name.removesuffix(".")
        if not name or ".." in name or name.startswith("."):
            raise BadRequest("The Host header is not a host name.")
    return Authority(name, int(match["port"]) if match["port"] else None)


def read_host(hosts: Sequence[str], version: tuple[int, int]) -> Authority | None:
    """The one Host of a request; None only in HTTP/1.0, where it is optional."""
    if len(hosts) > 1:
        raise BadRequest("There is more than one Host header.")
    if not hosts:
        if version >= (1, 1):
            raise BadRequest("The Host header is missing.")
        return None
    return parse_authority(hosts[0])


def check_target(target: str, host: Authority | None) -> None:
    """The request target as it came: origin form, or absolute form that agrees with Host. Raises BadRequest."""
    if _PLAIN.fullmatch(target):  # nothing below could find fault with it
        return
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute is not None:
        if host is None or parse_authority(absolute[1]) != host:
            raise BadRequest("The target names another host than the Host header.")
        target = absolute[2] or "/"
    if not target.startswith("/") or "#" in target or not _TARGET.fullmatch(target):
        raise BadRequest("The request target is not a path.")
    _check_path(target.partition("?")[0])


def _check_path(path: str) -> None:
    if "//" in path or ";" in path or _DOTS.search(path):
        raise BadRequest("The path has empty or dotted segments, or a semicolon.")
    if "%" not in path:
        return
    if _BAD_ESCAPE.search(path) or _REFUSED_ESCAPE.search(path):
        raise BadRequest("The path has an escape that is not allowed.")
    try:
        unquote_to_bytes(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest("The path is not UTF-8.") from error


def client_address(peer: str, headers: Headers, proxies: Networks) -> str:
    """The address of the caller: the peer itself, or what our own proxies say about it."""
    if not _trusted(peer, proxies):
        return peer
    client = peer
    for hop in reversed(_hops(headers)):
        address = _address(hop)
        if address is None:
            break  # what stands further left was written by someone we cannot name
        client = str(address)
        if not _trusted(client, proxies):
            break
    return client


def seen_from(peer: str, scheme: str, host: str, headers: Headers, proxies: Networks) -> Seen:
    """As `client_address`, with scheme and host. Headers count only when the peer is one of our proxies."""
    if not proxies or not _trusted(peer, proxies):
        return Seen(peer, scheme, host)
    forwarded = _last_forwarded(headers)
    told_scheme = (_last(headers, "X-Forwarded-Proto") or forwarded.get("proto", "")).lower()
    told_host = _last(headers, "X-Forwarded-Host") or forwarded.get("host", "")
    return Seen(
        client_address(peer, headers, proxies),
        told_scheme if told_scheme in _DEFAULT_PORT else scheme,
        told_host or host,
    )


def _hops(headers: Headers) -> list[str]:
    """Addresses from the farthest to the nearest; the last few only, a longer list is somebody playing."""
    listed = ",".join(headers.getall("X-Forwarded-For", []))
    if listed:
        hops = [_without_port(hop.strip()) for hop in listed.split(",")]
    else:
        hops = [_without_port(element.get("for", "")) for element in _forwarded(headers)]
    return hops[-_HOPS_MAX:]


def _forwarded(headers: Headers) -> list[dict[str, str]]:
    elements = ",".join(headers.getall("Forwarded", [])).split(",")[-_HOPS_MAX:]
    return [
        {name.strip().lower(): value.strip().strip('"') for name, _, value in (p.partition("=") for p in e.split(";"))}
        for e in elements
    ]


def _last_forwarded(headers: Headers) -> dict[str, str]:
    return _forwarded(headers)[-1]


def _last(headers: Headers, name: str) -> str:
    # Our own proxy appends, so only the last value is its own word.
    return ",".join(headers.getall(name, [])).rpartition(",")[2].strip()


def _without_port(hop: str) -> str:
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


def _trusted(address: str, proxies: Networks) -> bool:
    parsed = _address(address)
    return parsed is not None and any(parsed in network for network in proxies)


@lru_cache(maxsize=4096)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    """An address, an IPv4 one in IPv6 clothes undressed."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _same_origin(origin: str, scheme: str, authority: Authority) -> bool:
    its_scheme, separator, rest = origin.partition("://")
    if not separator or its_scheme not in _DEFAULT_PORT or (scheme == "https" and its_scheme != "https"):
        return False
    try:
        its_authority = parse_authority(rest)
    except BadRequest:
        return False
    return its_authority.name == authority.name and (its_authority.port or _DEFAULT_PORT[its_scheme]) == (
        authority.port or _DEFAULT_PORT[its_scheme]
    )
