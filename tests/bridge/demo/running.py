"""The demo's shop in this process, on a port of its choice: to be there, to go away, to come back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import ThreadingHTTPServer

from bridge.demo.shop import serve


@dataclass
class Shop:
    """`port` stays the same from start to start."""

    port: int = 0
    server: ThreadingHTTPServer | None = None
    thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/shop"

    @property
    def wsdl(self) -> str:
        return f"{self.address}?wsdl"

    def start(self) -> None:
        self.server = serve(self.port, 0.0)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        if self.server is not None and self.thread is not None:
            self.server.shutdown()
            self.server.server_close()
            self.thread.join()
            self.server = None


@contextmanager
def shop_running() -> Iterator[Shop]:
    shop = Shop()
    shop.start()
    try:
        yield shop
    finally:
        shop.stop()
