"""The operators' listeners: the socket for this user alone, TCP for keys that were made for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.clock import SystemClock
from bridge.errors import ConfigError
from bridge.events import ServerStopping
from bridge.queue.desk import Desk
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.web.admin_routes import PREFIX, ROUTES
from bridge.web.admin_server import AdminServer
from bridge.web.admin_settings import AdminSettings
from bridge.web.settings import AccessSettings
from tests.bridge.web.operators import KEYS, administering
from tests.contract.operators import SEAL, buried


async def test_the_socket_is_for_this_user_alone_and_goes_with_the_server(tmp_path: Path) -> None:
    async with administering(tmp_path) as admin:
        assert (admin.mode, admin.urls) == (0o600, (f"unix:{admin.socket}",))
        assert (await admin.ask("GET", f"{PREFIX}/health"))[0] == 200
        with pytest.raises(ConfigError, match="another process listens"):
            async with administering(tmp_path):
                pass
        assert (await admin.ask("GET", f"{PREFIX}/health"))[0] == 200
    assert not admin.socket.exists()
    assert not [event for event in admin.events if isinstance(event, ServerStopping)]


async def test_it_may_be_switched_off(tmp_path: Path) -> None:
    async with administering(tmp_path, enabled=False) as admin:
        assert (admin.urls, admin.socket.exists()) == ((), False)


@pytest.mark.parametrize("key", ["", "x" * 20, "shop"])
async def test_no_key_a_wrong_one_and_one_for_calls_do_not_come_in(tmp_path: Path, key: str) -> None:
    async with administering(tmp_path, tcp=True) as admin:
        told = await admin.ask("GET", f"{PREFIX}/health", key=key or "none-at-all-but-long")
        assert told[0] == (403 if key == "shop" else 401)


async def test_each_route_asks_for_its_scope_and_a_reader_changes_nothing(tmp_path: Path) -> None:
    async with administering(tmp_path, tcp=True) as admin:
        [one] = await buried(admin.store, b'"x"')
        for route in ROUTES:
            path = PREFIX + route.path.replace("{id}", one).replace("{name}", "none")
            body = {"ids": [one], "reason": "x"} if route.path in {"/dead/replay", "/dead/discard"} else None
            told, problem = await admin.ask(route.method, path, body, key="reader")
            assert (told == 403) is (route.scope != "read"), (route.path, told, problem)
            assert (await admin.ask(route.method, path, body, key="shop"))[0] == 403
        assert (await admin.ask("GET", f"{PREFIX}/audit", key="reader"))[1]["items"] == []
        status, outcome = await admin.ask("POST", f"{PREFIX}/dead/replay", {"ids": [one]}, key="all")
        assert (status, outcome["done"]) == (200, [one])
        [act] = (await admin.ask("GET", f"{PREFIX}/audit", key="all"))[1]["items"]
        assert act["who"] == "key all"
        assert (await admin.ask("GET", f"{PREFIX}/health", key="all", Host="evil.example"))[0] == 421
        assert (await admin.ask("GET", f"{PREFIX}/health", key="all", Origin="http://127.0.0.1"))[0] == 403


async def test_a_key_that_is_taken_away_does_not_come_in_any_more(tmp_path: Path) -> None:
    async with administering(tmp_path, tcp=True) as admin:
        key = {"name": "all", "key_sha256": "0" * 64, "scopes": ["admin:*"]}
        admin.server.use(AccessSettings.model_validate({"keys": [key]}))
        assert (await admin.ask("GET", f"{PREFIX}/health", key="all"))[0] == 401
        with pytest.raises(ConfigError, match="no key has an admin scope"):
            admin.server.use(None)


@pytest.mark.parametrize("access", [None, {"keys": [{"name": "shop", "key_sha256": "0" * 64}]}])
async def test_tcp_without_a_key_for_it_is_refused(tmp_path: Path, access: object) -> None:
    store = await Store.open(StoreSettings(url=f"sqlite:///{tmp_path / 'bridge.db'}"), SystemClock())
    try:
        settings = AdminSettings(host="127.0.0.1", port=0)
        keys = AccessSettings.model_validate(access) if access else None
        with pytest.raises(ConfigError, match="no key has an admin scope"):
            AdminServer(settings, str(tmp_path), keys, Desk(store, SEAL), lambda _: None, SystemClock())
    finally:
        await store.close()


async def test_what_cannot_listen_leaves_nothing_behind(tmp_path: Path) -> None:
    async with administering(tmp_path, tcp=True) as admin:
        port = int(admin.urls[-1].rpartition(":")[2])
        other = tmp_path / "other"
        other.mkdir()
        with pytest.raises(ConfigError, match="cannot listen"):
            async with administering(other, tcp=True, port=port):
                pass
        assert not (other / "state" / "admin.sock").exists()
    assert KEYS["all"] not in repr(admin.events)
