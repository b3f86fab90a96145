"""zeep by itself, as its documentation has it used, in a process of its own: a second reader of what servers answer.

    python zeep_calls.py WSDL NAMESPACE SCHEMA-OF-SOAP-ENCODING < calls.json > answers.json

A call is `[operation, argument]`; `{"@type": name, …}` in an argument is an object of that type and
`{"@array": name, "items": […]}` an array. An answer is `{"value": …}` or `{"error": class}`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import zeep
import zeep.exceptions
import zeep.helpers
import zeep.transports

SOAP_ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"
# zeep is not typed.
CLIENT: Any = zeep.Client
PLAIN: Any = zeep.helpers.serialize_object
TRANSPORT: Any = zeep.transports.Transport
FAILURES = (zeep.exceptions.Error, TypeError, ValueError, LookupError, RecursionError)


class Offline:
    """zeep fetches the schema of SOAP encoding from its home; here it is a file."""

    def __init__(self, schema: Path) -> None:
        self.schema, self.transport = schema, TRANSPORT()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)

    def load(self, url: str) -> bytes:
        if url == SOAP_ENCODING:
            return self.schema.read_bytes()
        content: bytes = self.transport.load(url)
        return content


def made(client: Any, namespace: str, value: Any) -> Any:
    """The argument that zeep wants."""
    if isinstance(value, list):
        return [made(client, namespace, one) for one in value]
    if not isinstance(value, dict):
        return value
    if "@array" in value:
        return client.get_type(f"{{{namespace}}}{value['@array']}")(made(client, namespace, value["items"]))
    members = {key: made(client, namespace, one) for key, one in value.items() if key != "@type"}
    return client.get_type(f"{{{namespace}}}{value['@type']}")(**members) if "@type" in value else members


def plain(value: Any) -> Any:
    """What it gave back, as JSON; None and absent are one to zeep."""
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return float(value) if isinstance(value, Decimal) else value


def main(wsdl: str, namespace: str, schema: str) -> None:
    try:
        client = CLIENT(wsdl, transport=Offline(Path(schema)))
    except FAILURES as error:
        json.dump({"error": type(error).__name__}, sys.stdout)
        return
    answers = []
    for operation, argument in json.load(sys.stdin):
        try:
            given = () if argument is None else (made(client, namespace, argument),)
            answer = PLAIN(getattr(client.service, operation)(*given), dict)
            answers.append({"value": plain(answer)})
        except FAILURES as error:
            answers.append({"error": type(error).__name__})
    json.dump(answers, sys.stdout, default=str)


if __name__ == "__main__":
    main(*sys.argv[1:])
