"""The text of a drafted configuration: YAML with comments, written by hand so that people can read it. Pure.

Whatever comes from a WSDL stands in quotes or in a comment of one line; a guess is a comment until a person takes the
mark `# guess: ` away.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bridge.cli.draft_guess import Guess
from bridge.config.model import UpstreamSettings
from bridge.contracts import FaultInfo
from bridge.shapes.json import quote
from bridge.shapes.naming import kebab

MARK = "# guess: "
POLICY_MARK = "# policy: "
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
_DOC_MAX = 200
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class DraftOperation:
    """One operation as the draft shows it."""

    name: str
    doc: str
    faults: Sequence[FaultInfo]
    guess: Guess


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything that is written. `soap`: the keys of the `soap:` block, as texts or mappings of texts; `security`:
    lines that are proposed for it, from the policy of the WSDL."""

    name: str
    title: str
    doc: str
    soap: Mapping[str, str | Mapping[str, str]]
    operations: Sequence[DraftOperation]
    left_out: Mapping[str, str] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    security: Sequence[str] = ()


def write(draft: Draft) -> str:
    """The whole file."""
    return "\n".join([*_head(draft), *_upstream(draft), ""])


def _head(draft: Draft) -> Iterator[str]:
    yield f"# {comment(draft.title)}: drafted from its WSDL. It can be served as it is, and is safe: nothing is taken"
    yield "# to be readable, repeatable or worth keeping before a person says so. Every key: config/reference.md"
    if any(operation.guess for operation in draft.operations):
        yield "#"
        yield "# Guesses are made from names, and inactive. To take one, delete its mark at the beginning of its lines:"
        yield f'# "{MARK}". Only you know whether an operation is `safe` (changes nothing). Then run `check`.'
    if draft.warnings:
        yield "#"
        yield "# What the WSDL says that should be known:"
        yield from (f"#   {comment(line)}" for line in draft.warnings[:20])


def _upstream(draft: Draft) -> Iterator[str]:
    yield from ("", "upstreams:", f"  {key(draft.name)}:")
    if draft.doc:
        yield from ("    about:", f"      description: {quoted(_one_line(draft.doc)[:2000])}")
    yield "    soap:"
    for name, value in draft.soap.items():
        if isinstance(value, str):
            yield f"      {name}: {quoted(value)}"
        elif value:
            yield f"      {name}:"
            yield from (f"        {quoted(inner)}: {quoted(text)}" for inner, text in value.items())
    if draft.security:
        yield "      # The policy of the WSDL asks for this. Delete the marks and put your own files and variables in:"
        yield from (f"      {POLICY_MARK}{line}" for line in draft.security)
    yield f"    # Its addresses begin with {default_prefix(draft.name)}"
    yield "    operations:" if draft.operations else "    operations: {}"
    alike = Counter(kebab(operation.name) for operation in draft.operations)
    for operation in draft.operations:
        word = kebab(operation.name)
        yield from _operation(operation, word if alike[word] == 1 else operation.name)
    if draft.left_out:
        yield "      # Left out, because they cannot be offered:"
        yield from (f"      #   {comment(name)}: {comment(why)}" for name, why in draft.left_out.items())


def _operation(operation: DraftOperation, address: str) -> Iterator[str]:
    yield ""
    if operation.doc:
        yield f"      # {comment(operation.doc)}"
    yield f"      {key(operation.name)}:      # POST /{comment(address)}"
    if operation.faults:
        yield "        faults:                 # declared; the statuses are the ones they become anyway"
        statuses = {fault.name: fault.status for fault in operation.faults}
        yield from (f"          {key(name)}: {status}" for name, status in statuses.items())
    else:
        yield "        faults: {}"
    if operation.guess.route:
        yield f"        {MARK}route: {quoted(operation.guess.route)}"
    if operation.guess.safe:
        yield f"        {MARK}safe: true"
        yield f"        {MARK}cache: {{ttl: 60s}}"


def default_prefix(name: str) -> str:
    """The prefix that an upstream of this name gets."""
    return f"/v{UpstreamSettings.model_fields['api'].default}/{name}"


def key(name: str) -> str:
    """A mapping key, in quotes unless it is a plain word."""
    return name if _PLAIN.fullmatch(name) and name.lower() not in _WORDS else quoted(name)


def quoted(text: str) -> str:
    """A double-quoted scalar. JSON strings are YAML once the characters are escaped that YAML does not print."""
    return "".join(char if char.isprintable() else f"\\U{ord(char):08X}" for char in quote(text))


def comment(text: str) -> str:
    """One line without anything that could end it."""
    line = "".join(char for char in _one_line(text) if char.isprintable())
    return line if len(line) <= _DOC_MAX else line[: _DOC_MAX - 1] + "…"


def _one_line(text: str) -> str:
    return _SPACE.sub(" ", text).strip()
