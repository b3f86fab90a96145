"""Time is virtual here as in the tests of the layers."""

from tests.bridge.layers.conftest import pytest_asyncio_loop_factories

__all__ = ["pytest_asyncio_loop_factories"]
