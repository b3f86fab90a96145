"""Installs what a foreign server stands on into a folder outside version control, once for all test processes."""

from __future__ import annotations

import fcntl
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.programs import absent, need

INSTALL_S_MAX = 240


def installed(stamp: Path, wanted: str, steps: Sequence[Sequence[str]], folder: Path) -> None:
    """Run `steps` in `folder` unless `stamp` says that `wanted` (exact versions) is there already."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    with (stamp.parent / f"{stamp.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text("utf-8") == wanted:
            return
        for step in steps:
            done = subprocess.run(
                step, cwd=folder, env=os.environ, capture_output=True, text=True, timeout=INSTALL_S_MAX, check=False
            )
            if done.returncode:
                absent(f"{' '.join(step)} failed in {folder.name}/:\n{done.stdout}{done.stderr}")
        stamp.write_text(wanted, "utf-8")


def node_with(folder: Path, stamp: Path) -> str:
    """The path of node, with the packages that are locked in a folder installed there."""
    node, npm = need("node", "nodejs"), need("npm", "npm")
    if not (folder / "node_modules").exists():
        stamp.unlink(missing_ok=True)
    locked = (folder / "package-lock.json").read_text("utf-8")
    installed(stamp, locked, [[npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]], folder)
    return node
