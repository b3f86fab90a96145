"""A store with something in it, and the commands of operators on it, as typed."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from click.testing import Result
from typer.testing import CliRunner

from bridge.__main__ import app
from bridge.clock import SystemClock
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from tests.bridge.cli.running import WSDL

T = TypeVar("T")
KEY = base64.b64encode(b"k" * 32).decode()


@dataclass(frozen=True)
class Operators:
    """A folder with a configuration, its store, and its key (that of tests/contract/operators.py)."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "bridge.yaml"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'bridge.db'}"

    def begin(self) -> None:
        (self.folder / "key").write_text(KEY)
        value = {
            "store": {"url": self.url, "key": f"file:{self.folder / 'key'}"},
            "state": str(self.folder / "state"),
            "upstreams": {"shop": {"soap": {"wsdl": str(WSDL)}}},
        }
        self.config.write_text(json.dumps(value))

    def fill(self, work: Callable[[Store], Awaitable[T]]) -> T:
        async def whole() -> T:
            store = await Store.open(StoreSettings(url=self.url), SystemClock())
            try:
                return await work(store)
            finally:
                await store.close()

        return asyncio.run(whole())

    def __call__(self, *words: str, stdin: str | None = None) -> Result:
        """Whatever is not our way of ending is raised here."""
        result = CliRunner().invoke(app, [*words, "-c", str(self.config)], input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def json(self, *words: str) -> Any:
        result = self(*words, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)
