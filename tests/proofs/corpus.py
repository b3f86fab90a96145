"""What is proved of one WSDL of the collection: every literal operation has a codec, a schema and samples that an
independent judge finds valid, and what is encoded can be read back.

Run in a process of its own per WSDL, so that one that misbehaves is a finding and not the end.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from adapters.soap.codec import OperationCodec, Projection
from adapters.soap.contract import OperationContract
from adapters.soap.wsdl.reader import read_contract
from bridge.errors import BridgeError
from bridge.shapes.json import loads
from tests.adapters.soap.corpus import FOLDER, corpus
from tests.judge import Judge


@dataclass
class Findings:
    """`counts` by what happened to operations; `problems`: (operation, what, detail)."""

    id: str
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[tuple[str, str, str]] = field(default_factory=list)
    unread: str = ""
    unjudged: str = ""


def prove(name: str) -> Findings:
    """Everything about one WSDL of the manifest."""
    entry = corpus().named(name)
    found = Findings(name)
    try:
        docs = asyncio.run(corpus().documents(entry))
        contract = read_contract(docs, every_port=True)
    except BridgeError as error:
        found.unread = " ".join(error.detail.replace(f"{FOLDER}/", "").split())[:300]
        return found
    projection = Projection(contract)
    with tempfile.TemporaryDirectory() as folder:
        judge = Judge(docs, Path(folder))
        found.unjudged = judge.why
        for operation in contract.operations.values():
            _prove_operation(projection, operation, judge, found)
    return found


def _prove_operation(projection: Projection, operation: OperationContract, judge: Judge, found: Findings) -> None:
    found.counts["operations"] += 1
    if is_encoded(operation):
        found.counts["encoded"] += 1
        return
    found.counts["literal"] += 1
    if operation.problem:
        found.counts["left out"] += 1
        found.problems.append((operation.name, "left out", operation.problem))
        return
    try:
        codec = projection.operation(operation.name)
        sides = _messages(codec)
    except Exception as error:  # noqa: BLE001  a finding of any kind is listed and does not stop the others
        detail = f"{type(error).__name__}: {error} {getattr(error, 'errors', '')}"[:300]
        found.counts["no sample"] += 1
        found.problems.append((operation.name, "no sample", detail + traceback.format_exc(limit=-1)[-200:]))
        return
    verdicts = [_verdict(judge, side, xml, operation.name, found) for side, xml in sides]
    found.counts[
        "valid" if "valid" in verdicts and "invalid" not in verdicts else verdicts[0] if verdicts else "none"
    ] += 1


def is_encoded(operation: OperationContract) -> bool:
    return "encoded" in {message.use for message in (operation.input, operation.output) if message}


def _messages(codec: OperationCodec) -> list[tuple[str, bytes]]:
    """Request and answer made of the samples; what is encoded must read back to the same."""
    example = codec.example
    request = codec.encode_request(loads(example.request))
    back = codec.decode_request(etree.fromstring(request)) or "{}"
    _same(example.request, back.encode(), "request")
    sides = [("request", request)]
    if example.answer is not None:
        answer = codec.encode_answer(loads(example.answer))
        decoded = codec.decode_answer(etree.fromstring(answer), strict=True).json
        _same(example.answer, (decoded or "null").encode(), "answer")
        sides.append(("answer", answer))
    return sides


def _same(sent: bytes, back: bytes, side: str) -> None:
    one, other = _plain(json.loads(sent, parse_float=str)), _plain(json.loads(back, parse_float=str))
    if one != other:
        raise AssertionError(f"the {side} reads back otherwise: {_difference(one, other, '')}")


def _plain(value: Any) -> Any:
    """A list that is absent and one that is empty are the same on the wire (DESIGN: `[]`); so are empty headers."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items() if one != [] and not (key == "headers" and one == {})}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value


def _difference(one: Any, other: Any, path: str) -> str:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one.keys() | other.keys():
            if one.get(key) != other.get(key):
                return _difference(one.get(key), other.get(key), f"{path}/{key}")
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (left, right) in enumerate(zip(one, other, strict=True)):
            if left != right:
                return _difference(left, right, f"{path}/{index}")
    return f"{path}: {str(one)[:80]} / {str(other)[:80]}"


def _verdict(judge: Judge, side: str, xml: bytes, name: str, found: Findings) -> str:
    if judge.schema is None:
        return "not judged"
    try:
        complaint = judge.fresh().verdict(xml)
    except LookupError:
        return "not judged"
    if complaint is None:
        return "valid"
    found.problems.append((name, f"invalid {side}", complaint[:300]))
    return "invalid"
