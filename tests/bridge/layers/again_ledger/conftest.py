"""The store and the time of the layer's own tests."""

from __future__ import annotations

from tests.bridge.layers.again.conftest import inner, kept, pytest_asyncio_loop_factories

__all__ = ["inner", "kept", "pytest_asyncio_loop_factories"]
