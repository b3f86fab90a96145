"""Where a reference leads and whether it may be followed: local copies, host rewriting, same origin, built-in copies.

Pure but for looking whether a local file is there. The rules are those of DESIGN "Safe by default".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from adapters.soap.known_wsdls import known_wsdl
from bridge.formats.xml.xsd.known import known_location
from bridge.transport.origins import origin


@dataclass(frozen=True, slots=True)
class Sourcing:
    """What an operator says about getting documents.

    `resolve`: URL → path of a local copy, wins over everything. `rewrite`: URL prefix → prefix, for services that
    advertise an internal address. `allow_imports`: further origins or URL prefixes that may be imported from.
    `tolerate_missing`: schemas that cannot be had become notes instead of an error.
    """

    resolve: Mapping[str, str] = field(default_factory=dict)
    rewrite: Mapping[str, str] = field(default_factory=dict)
    allow_imports: tuple[str, ...] = ()
    tolerate_missing: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document is. `path`: read it from there; `refusal`: it may not be had; `built_in`: the schema reader
    brings its own copy."""

    location: str
    path: str | None = None
    refusal: str = ""
    built_in: bool = False


def is_remote(location: str) -> bool:
    """Whether it is an http(s) URL."""
    return location.lower().startswith(("http://", "https://"))


def entry_place(location: str, sourcing: Sourcing) -> Place:
    """The WSDL itself: a URL, a file URL or a path."""
    if location.lower().startswith("file:"):
        location = _path_of(location)
    if location in sourcing.resolve:
        return Place(location if is_remote(location) else _absolute(location), path=sourcing.resolve[location])
    if is_remote(location):
        return Place(location)
    path = _absolute(location)
    return Place(path, path=path)


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules for what one WSDL at `entry` imports."""

    entry: str
    sourcing: Sourcing

    def place(self, base: str, base_path: str | None, reference: str, namespace: str) -> Place:
        """Where `reference`, written in the document at `base` (itself read from `base_path`, if so), leads."""
        try:
            return self._place(base, base_path, reference, namespace)
        except ValueError:
            return Place(reference, refusal="the address is malformed")

    def _place(self, base: str, base_path: str | None, reference: str, namespace: str) -> Place:
        location = self._rewritten(_joined(base, reference))
        mapped = self.sourcing.resolve.get(location) or self.sourcing.resolve.get(reference)
        if mapped is not None:
            return Place(location, path=mapped)
        if base_path is not None and "://" not in reference:
            beside = _beside(base_path, reference)
            if Path(beside).is_file():
                return Place(beside, path=beside)
        if not is_remote(location):
            return self._local(base, base_path, location, namespace)
        if known_location(location):
            return Place(location, built_in=True)
        if (copy := known_wsdl(location)) is not None:
            return Place(location, path=copy)
        if self._allowed(location):
            return Place(location)
        if known_location(namespace):
            return Place(location, built_in=True)
        return Place(location, refusal=f"it lies on another origin; allow it with allow_imports: [{origin(location)}]")

    def _local(self, base: str, base_path: str | None, path: str, namespace: str) -> Place:
        if is_remote(base) and base_path is None:
            return Place(path, refusal="a document from the network may not refer to a local file")
        if Path(path).is_file():
            return Place(path, path=path)
        return Place(path, built_in=True) if known_location(namespace) else Place(path, refusal="there is no such file")

    def _rewritten(self, location: str) -> str:
        """Applies `rewrite`, and the transport security of the entry to its own host: a TLS proxy hides it."""
        for prefix, replacement in self.sourcing.rewrite.items():
            if location.startswith(prefix):
                return replacement + location[len(prefix) :]
        if not (is_remote(location) and is_remote(self.entry)):
            return location
        there, ours = urlsplit(location), urlsplit(self.entry)
        hidden = (there.scheme, ours.scheme) == ("http", "https") and there.hostname == ours.hostname
        if hidden and there.port in {None, 80, ours.port}:
            return there._replace(scheme="https", netloc=ours.netloc).geturl()
        return location

    def _allowed(self, location: str) -> bool:
        if is_remote(self.entry) and origin(self.entry) == origin(location) != "":
            return True
        return any(
            is_remote(listed)
            and origin(listed) == origin(location)
            and urlsplit(location).path.startswith(urlsplit(listed).path)
            for listed in self.sourcing.allow_imports
        )


def _joined(base: str, reference: str) -> str:
    if reference.lower().startswith("file:"):
        return _path_of(reference)
    if is_remote(reference):
        return urldefrag(reference).url
    if is_remote(base):
        return urldefrag(urljoin(base, reference.replace("\\", "/"))).url
    return _beside(base, reference)


def _beside(base: str, reference: str) -> str:
    """A path relative to a file; references are URIs, so what is not there as written may be there unquoted."""
    folder, written = Path(base).parent, reference.replace("\\", "/")
    path = (folder / written).resolve()
    unquoted = (folder / unquote(written.partition("#")[0])).resolve()
    return str(unquoted if unquoted.is_file() and not path.is_file() else path)


def _absolute(path: str) -> str:
    return str(Path(path).resolve())


def _path_of(file_url: str) -> str:
    """`file:///a/b`, `file:/a/b` and the wrong but common `file:a/b`."""
    path = unquote(urlsplit(file_url).path) or file_url[len("file:") :]
    return _absolute(path)
