"""The messages that no schema declares, as declarations for the judge: rpc wrappers, parts by type, several parts.

In rpc style the accessors have no namespace and the declared types (WSDL 1.1 §3.5, WS-I Basic Profile 1.1 R2735); a
document whose part has a type is the Body's own content (§3.4).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from adapters.soap.contract import Contract, Message, Part, Use
from adapters.soap.judge_files import SchemaFiles
from bridge.formats.xml.writing import escape_attribute


@dataclass(frozen=True, slots=True)
class Synthesised:
    """`text`: declarations; `names`: message → the local name of its element; `why`: message → why it has none."""

    text: str = ""
    names: dict[str, str] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)


def synthesise(contract: Contract, files: SchemaFiles, use: Use) -> Synthesised:
    """For each message and fault of this use that needs one an element `m<number>`."""
    writer = _Writer(contract, files, use)
    made = Synthesised()
    texts = []
    for key, wrapped, parts in _needed(contract, use):
        try:
            name = f"m{len(made.names)}"
            texts.append(writer.element(name, parts) if wrapped else writer.plain(name, parts[0]))
            made.names[key] = name
        except LookupError as error:
            made.why[key] = str(error.args[0])
    return Synthesised("".join(texts), made.names, made.why)


def _needed(contract: Contract, use: Use) -> Iterator[tuple[str, bool, tuple[Part, ...]]]:
    for operation in contract.operations.values():
        if operation.problem:
            continue
        for side, message in (("request", operation.input), ("answer", operation.output)):
            if message is not None and message.use == use and _is_needed(message):
                yield f"{operation.name}/{side}", True, message.parts
            for header in message.headers if message is not None else ():
                if header.part.type and header.use == use:
                    yield f"{operation.name}/{side}/{header.part.name}", False, (header.part,)
        for number, fault in enumerate(operation.faults):
            if fault.part.type and fault.use == use:
                yield f"{operation.name}/fault{number}", False, (fault.part,)


def _is_needed(message: Message) -> bool:
    return bool(message.wrapper) or len(message.parts) > 1 or any(part.type for part in message.parts)


class _Writer:
    def __init__(self, contract: Contract, files: SchemaFiles, use: Use) -> None:
        self._layout, self._files, self._use = contract.layout, files, use

    def element(self, name: str, parts: tuple[Part, ...]) -> str:
        inner = "".join(self.part(part) for part in parts)
        return (
            f'<xs:element name="{name}"><xs:complexType><xs:sequence>{inner}</xs:sequence>'
            "</xs:complexType></xs:element>"
        )

    def part(self, part: Part) -> str:
        if part.element:
            return f'<xs:element ref="{self._qname(part.element)}"/>'
        return self.plain(part.name, part)

    def plain(self, name: str, part: Part) -> str:
        nil = ' nillable="true"' if self._use == "encoded" else ""
        return f'<xs:element name="{escape_attribute(name)}" type="{self._qname(part.type)}"{nil}/>'

    def _qname(self, name: str) -> str:
        """Raises LookupError."""
        if problem := self._layout.problems.get(name):
            raise LookupError(problem)
        found = self._files.qname(name)
        if found is None:
            raise LookupError(f"there is no schema for {name}")
        return escape_attribute(found)
