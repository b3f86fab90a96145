"""The text of a configuration that is drafted from an OpenAPI document. Pure.

What is in a document stands in quotes or in a comment of one line. Every operation is offered without being written
down, so what is written here is only what a person may want to say of each.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin

from adapters.http.api import Api
from adapters.http.config import SAFE
from adapters.http.plan import Plan
from bridge.cli.draft_text import MARK, comment, default_prefix, key, quoted
from bridge.transport.origins import is_http, origin

WHERE = "https://put-its-address-here.example"


def base_of(api: Api, location: str) -> str:
    """The address of its first server, "" where nobody can tell."""
    whole = urljoin(location, api.address or "/") if is_http(location) else api.address
    usable = origin(whole) and not any(char in whole for char in "{}?#@")
    return whole.rstrip("/") if usable else ""


def draft_text(name: str, api: Api, document: str, base: str) -> str:
    """The whole file. `document`: where it is, as the file says it; `base` "": a person has to say it."""
    return "\n".join([*_head(name, api, document, base), *_operations(api), ""])


def _head(name: str, api: Api, document: str, base: str) -> Iterator[str]:
    yield f"# {comment(api.title or name)}: drafted from its OpenAPI document. It can be served as it is, and each"
    yield "# operation has its own method and path. Every key: config/reference.md, docs/http.md"
    if any(plan.method in SAFE for plan in api.plans.values()):
        yield "#"
        yield "# What is proposed is inactive. To take it, delete its mark at the beginning of its line:"
        yield f'# "{MARK}". Then run `check`.'
    yield from (f"#   {comment(line)}" for line in api.problems[:20])
    yield from ("", "upstreams:", f"  {key(name)}:", "    http:")
    yield f"      base: {quoted(base or WHERE)}" + ("" if base else "      # the document does not say where it is")
    yield f"      openapi: {quoted(document)}"
    yield f"    # Its addresses begin with {default_prefix(name)}"


def _operations(api: Api) -> Iterator[str]:
    yield "    operations:" if api.plans else "    operations: {}"
    for name, plan in api.plans.items():
        yield ""
        if plan.doc:
            yield f"      # {comment(plan.doc)}"
        yield f"      {key(name)}:      # {comment(f'{plan.method} {plan.path}')}"
        yield f"        safe: {_word(plan)}"
        if plan.method in SAFE:
            yield f"        {MARK}cache: {{ttl: 60s}}"
    if api.left_out:
        yield "      # Left out, because they cannot be sent:"
        yield from (f"      #   {comment(name)}: {comment(why)}" for name, why in api.left_out.items())


def _word(plan: Plan) -> str:
    return "true" if plan.method in SAFE else "false"
