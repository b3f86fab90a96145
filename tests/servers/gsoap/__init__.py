"""gSOAP: soapcpp2 makes a server and its WSDL of a header file; nobody here wrote either."""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.conftest import ARTIFACTS
from tests.programs import need
from tests.servers.installing import installed
from tests.servers.recorder import Recorder
from tests.servers.running import Running, running

SOURCES = Path(__file__).parent
PACKAGES = "gsoap libgsoap-dev g++"


@asynccontextmanager
async def gsoap_server(folder: Path, name: str) -> AsyncIterator[Running]:
    """Runs `graph` (rpc/encoded) or `shop` (document/literal); its own WSDLs for SOAP 1.1 and 1.2 are
    `<name>.wsdl` and `<name>12.wsdl` in `folder`, with the recorder's address."""
    built = build(name)

    def command(recorder: Recorder) -> list[str]:
        for wsdl, suffix in (("11", ""), ("12", "12")):
            text = (built / wsdl / f"{name}.wsdl").read_text("utf-8")
            address = f"{recorder.url}/{name}{suffix}"
            (folder / f"{name}{suffix}.wsdl").write_text(text.replace("http://localhost/service", address), "utf-8")
        return [str(built / name)]

    async with running(name, command, r"listening on (\d+)", folder, os.environ) as server:
        yield server


def build(name: str) -> Path:
    """Generates and compiles once; again when a source has changed."""
    generator, compiler = need("soapcpp2", PACKAGES), need("g++", PACKAGES)
    sources = [SOURCES / f"{name}.h", SOURCES / f"{name}.cpp", SOURCES / "listen.h"]
    content = b"".join(source.read_bytes() for source in sources)
    # Another release of gSOAP makes another server.
    wanted = f"{hashlib.sha256(content).hexdigest()} {Path(generator).stat().st_mtime_ns}"
    folder = ARTIFACTS / "gsoap" / name
    for part in ("11", "12"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    header, generated = str(sources[0]), [f"11/{part}.cpp" for part in ("soapC", "soapServer")]
    steps = [
        [generator, "-S", "-x", "-d", "11", header],
        [generator, "-S", "-x", "-2", "-d", "12", header],
        [compiler, "-O0", "-I11", f"-I{SOURCES}", *generated, str(sources[1]), "-lgsoap++", "-o", name],
    ]
    installed(folder / "stamp", wanted, steps, folder)
    return folder
