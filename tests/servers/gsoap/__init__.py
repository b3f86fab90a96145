"""gSOAP: soapcpp2 makes a server and its WSDL of a header file; nobody here wrote either."""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.conftest import ARTIFACTS
from tests.programs import absent, need
from tests.servers.installing import installed
from tests.servers.recorder import Recorder
from tests.servers.running import Running, running

SOURCES = Path(__file__).parent
PACKAGES = "gsoap libgsoap-dev g++ libssl-dev"
PLUGINS = Path("/usr/share/gsoap")
# What the service with WS-Security is compiled of beside its own source: gSOAP ships its plug-ins as sources.
_SECURITY = ("plugin/wsseapi.cpp", "plugin/smdevp.c", "plugin/mecevp.c", "plugin/threads.c", "custom/struct_timeval.c")


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


@asynccontextmanager
async def gsoap_guard(folder: Path, mode: str, key: tuple[Path, Path], trusted: Path) -> AsyncIterator[Running]:
    """Runs `guard`, which wants a `password` or a `signature` of every request; its WSDL is `guard.wsdl` in `folder`.
    `key`: its own key and certificate, PEM; `trusted`: whom it verifies."""
    built = build_guard()

    def command(recorder: Recorder) -> list[str]:
        text = (built / "guard.wsdl").read_text("utf-8")
        (folder / "guard.wsdl").write_text(text.replace("http://localhost/service", f"{recorder.url}/guard"), "utf-8")
        return [str(built / "guard"), mode, *map(str, key), str(trusted)]

    async with running("gsoap", command, r"listening on (\d+)", folder, os.environ) as server:
        yield server


def build_guard() -> Path:
    """The same as `build`, with gSOAP's plug-in for WS-Security."""
    generator, compiler = need("soapcpp2", PACKAGES), need("g++", PACKAGES)
    if not Path("/usr/include/openssl/ssl.h").exists():
        absent(f"OpenSSL's headers are not installed: apt-get install {PACKAGES}")
    header, source = SOURCES / "guard.h", SOURCES / "guard.cpp"
    folder = ARTIFACTS / "gsoap" / "guard"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = (
        f"{hashlib.sha256(header.read_bytes() + source.read_bytes()).hexdigest()} {Path(generator).stat().st_mtime_ns}"
    )
    parts = [str(PLUGINS / part) for part in _SECURITY]
    flags = ["-O0", "-w", "-DWITH_OPENSSL", "-DWITH_DOM", "-I.", f"-I{PLUGINS}/plugin", f"-I{PLUGINS}"]
    links = ["-x", "none", "-lgsoapssl++", "-lssl", "-lcrypto", "-lz"]
    steps = [
        [generator, "-S", "-x", "-d", ".", f"-I{PLUGINS}/import:{PLUGINS}", str(header)],
        [compiler, *flags, "soapC.cpp", "soapServer.cpp", str(source), "-x", "c++", *parts, *links, "-o", "guard"],
    ]
    installed(folder / "stamp", wanted, steps, folder)
    return folder
