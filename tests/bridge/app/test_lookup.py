"""What jobs learn about the bridge that they run in."""

from __future__ import annotations

import pytest

from bridge.app.lookup import Lookup
from bridge.config.model import Config
from bridge.errors import NotReady
from bridge.web.snapshot import Mount, Snapshot


def lookup(snapshot: Snapshot, **config: object) -> Lookup:
    found = Config.model_validate(config)
    return Lookup(lambda: snapshot, lambda: found)


def test_an_upstream_that_is_not_connected_yet_is_no_upstream_that_is_not_there() -> None:
    pending = lookup(Snapshot(mounts={"shop": Mount("shop", "/v1/shop")}))
    with pytest.raises(NotReady):
        pending.operation("shop.GetOrder")
    assert pending.operation("other.GetOrder") is None
    assert pending.service("shop.GetOrder") is None


def test_a_principal_is_a_key_by_its_name() -> None:
    keys = [{"name": "web-shop", "key": "env:WEB_KEY", "scopes": ["shop:*"]}]
    found = lookup(Snapshot(), access={"keys": keys}).principal("web-shop")
    assert found is not None
    assert (found.name, found.scopes) == ("web-shop", ("shop:*",))
    assert lookup(Snapshot(), access={"keys": keys}).principal("other") is None
    assert lookup(Snapshot()).principal("web-shop") is None


@pytest.mark.parametrize(("operation", "deadline_s"), [("shop.Slow", 90.0), ("shop.GetOrder", 7.0)])
def test_a_call_has_the_deadline_of_its_operation(operation: str, deadline_s: float) -> None:
    upstreams = {
        "shop": {
            "soap": {"wsdl": "shop.wsdl"},
            "limits": {"deadline": "7s", "timeout": "5s"},
            "operations": {"Slow": {"deadline": "90s"}},
        }
    }
    assert lookup(Snapshot(), upstreams=upstreams).deadline_s(operation) == deadline_s
