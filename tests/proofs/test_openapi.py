"""OpenAPI documents of real services, accepted by openapi-spec-validator.

`make test` does the demo and a slice, `make test-long` every WSDL of the collection.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.adapters.soap.corpus import PROJECT, corpus

SEED, SLICE, SMALL_OPERATIONS = 20261121, 7, 40
SHOP = str(PROJECT / "bridge" / "demo" / "shop.wsdl")


def document_of(wsdl: str, resolve: dict[str, str], state: str) -> bytes:
    """What `legacy-bridge openapi` prints."""
    pairs = [part for url, path in resolve.items() for part in ("--resolve", f"{url}={path}")]
    command = [sys.executable, "-m", "bridge", "openapi", "--wsdl", f"it={wsdl}", "--state", state, *pairs]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, timeout=300, check=False)
    if done.returncode:
        raise AssertionError(done.stderr.decode()[-500:])
    return done.stdout


def faults_of(name: str, state: str) -> list[str]:
    """What the validator has against the document of one WSDL of the collection."""
    entry = corpus().named(name)
    folder = f"{state}/{sha256(name.encode()).hexdigest()[:12]}"
    try:
        document = json.loads(document_of(str(entry.path), dict(corpus().sourcing(entry).resolve), folder))
    except AssertionError as error:
        return [f"{name}: {error}"]
    return [f"{name}: {fault.message[:300]}" for fault in OpenAPIV31SpecValidator(document).iter_errors()][:3]


def test_the_document_of_the_demo(tmp_path: Path) -> None:
    document = json.loads(document_of(SHOP, {}, str(tmp_path)))
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []
    assert len(document["paths"]) == 7


def complete(operations_max: int | None = None) -> list[str]:
    """WSDLs whose documents are all there; small ones only where a number is given."""
    return [
        entry.id
        for entry in corpus().entries
        if entry.complete and (operations_max is None or (entry.n_ops or 0) <= operations_max)
    ]


@pytest.mark.corpus
@pytest.mark.timeout(300)
def test_documents_of_a_slice(tmp_path: Path) -> None:
    names = random.Random(SEED).sample(complete(SMALL_OPERATIONS), SLICE)
    faults = [fault for name in names for fault in faults_of(name, str(tmp_path))]
    print(f"{len(names)} documents validated")
    assert faults == []


@pytest.mark.long
@pytest.mark.corpus
def test_documents_of_the_whole_collection(tmp_path: Path) -> None:
    names = complete()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        found = list(pool.map(faults_of, names, [str(tmp_path)] * len(names)))
    lines = [fault for faults in found for fault in faults]
    text = "# OpenAPI documents of the collection\n\nWritten by `make test-long` (tests/proofs/test_openapi.py).\n\n"
    text += f"{len(names)} documents, {sum(not faults for faults in found)} accepted by openapi-spec-validator.\n"
    (PROJECT / "docs" / "proofs" / "openapi.md").write_text(text + "".join(f"\n- {line}" for line in lines) + "\n")
    print(f"{len(names)} documents validated")
    assert lines == []
