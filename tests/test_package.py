"""What is shipped: wheel and sdist build to the same bytes each time, and the wheel runs outside the repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.programs import absent

REPOSITORY = Path(__file__).parents[1]
SOURCES = ("bridge", "adapters", "config", "mappings", "pyproject.toml", "README.md", "LICENSE", "uv.lock")
EPOCH = "1735689600"

# Installing takes the network or uv's own cache.
pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("package")]


def run(*command: str | Path, cwd: Path, **extra: str) -> str:
    """A program's output, in an environment that knows nothing of the repository."""
    known = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=known | extra,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def uv() -> Path:
    """The uv of `make`; a person who has it elsewhere has it on PATH."""
    own = sorted((REPOSITORY / ".tools").glob("uv-*"))
    path = own[-1] if own else shutil.which("uv")
    return Path(path) if path else absent("uv is not there: run `make setup`")


def built(uv: Path, copy: Path, out: Path) -> tuple[Path, Path]:
    """Wheel (by way of the sdist, as pip does it) and sdist of a copy of the sources."""
    copy.mkdir(parents=True)
    for name in SOURCES:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, copy / name)
    run(uv, "build", "--quiet", "--out-dir", out, cwd=copy, SOURCE_DATE_EPOCH=EPOCH, UV_PYTHON=sys.executable)
    [wheel], [sdist] = out.glob("*.whl"), out.glob("*.tar.gz")
    return wheel, sdist


@pytest.fixture(scope="module")
def packages(uv: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    root = tmp_path_factory.mktemp("package")
    return built(uv, root / "source", root / "dist")


@pytest.fixture(scope="module")
def installed(uv: Path, packages: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of a fresh environment with the wheel and the locked versions of what it needs."""
    root = tmp_path_factory.mktemp("installed")
    venv = root / "venv"
    locked = root / "locked.txt"
    run(
        uv,
        "export",
        "--frozen",
        "--quiet",
        "--no-dev",
        "--no-emit-project",
        "--no-hashes",
        "-o",
        locked,
        cwd=REPOSITORY,
    )
    run(uv, "venv", "--quiet", "--python", sys.executable, venv, cwd=root)
    python = venv / "bin" / "python"
    run(uv, "pip", "install", "--quiet", "--python", python, "-c", locked, packages[0], cwd=root)
    return venv / "bin"


def test_two_builds_are_the_same_bytes(uv: Path, packages: tuple[Path, Path], tmp_path: Path) -> None:
    again = built(uv, tmp_path / "elsewhere", tmp_path / "dist")
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in packages]


def test_the_wheel_carries_code_data_and_licence(packages: tuple[Path, Path]) -> None:
    names = set(zipfile.ZipFile(packages[0]).namelist())
    for folder in ("config", "mappings"):
        for file in (REPOSITORY / folder).rglob("*"):
            if file.is_file():
                assert f"bridge/shipped/{file.relative_to(REPOSITORY)}" in names
    assert {"bridge/clock.py", "adapters/soap/contract.py"} <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith("tests/") or "__pycache__" in name]


def test_the_sdist_can_be_built_from(packages: tuple[Path, Path]) -> None:
    with tarfile.open(packages[1]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "bridge/clock.py", "adapters/soap/contract.py"} <= names


def test_the_command_answers_outside_the_repository(installed: Path, tmp_path: Path) -> None:
    command = installed / "legacy-bridge"
    assert "0.1.0" in run(command, "--version", cwd=tmp_path)
    assert "--wsdl" in run(command, "openapi", "--help", cwd=tmp_path, COLUMNS="200", TERM="dumb")


@pytest.mark.parametrize("folder", ["config", "mappings"])
def test_shipped_data_is_found_in_the_wheel(installed: Path, tmp_path: Path, folder: str) -> None:
    program = f"from bridge.shipped import shipped; print(shipped({folder!r}))"
    path = Path(run(installed / "python", "-c", program, cwd=tmp_path).strip())
    assert path.is_relative_to(installed.parent.resolve())
    ours = {file.relative_to(REPOSITORY / folder) for file in (REPOSITORY / folder).rglob("*") if file.is_file()}
    assert {file.relative_to(path) for file in path.rglob("*") if file.is_file()} == ours
