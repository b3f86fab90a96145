"""How commands come to the desk: whose store, with which key, and in whose name."""

from __future__ import annotations

import os

from bridge.cli.desk import lines_of, who
from bridge.errors import CallError, StoreUnavailable
from bridge.store.store import Store
from bridge.web.admin_socket import user_name
from tests.bridge.cli.operators import Operators
from tests.contract.operators import buried


def test_a_store_that_is_not_there_is_not_made(operators: Operators) -> None:
    told = operators("dead", "list")
    assert (told.exit_code, "there is no store at" in told.stderr) == (2, True)
    assert not (operators.folder / "bridge.db").exists()


def test_a_configuration_that_is_none(operators: Operators) -> None:
    operators.config.write_text("stor: x")
    told = operators("dead", "list")
    assert (told.exit_code, "unknown key 'stor'" in told.stderr) == (2, True)


def test_another_key_hides_payloads_and_tells_so(operators: Operators) -> None:
    async def work(store: Store) -> list[str]:
        return await buried(store, b'{"operation":"shop.GetOrder","args":{}}')

    [one] = operators.fill(work)
    (operators.folder / "key").write_text("AAAA" * 10 + "AAA=")
    assert one in operators("dead", "list").stdout
    shown = operators.json("dead", "show", one)
    assert (shown["payload"], bool(shown["note"])) == (None, True)
    told = operators("dead", "edit", one, "--payload", "{}", "--unchecked")
    assert told.exit_code != 0
    assert "Traceback" not in told.output
    (operators.folder / "key").write_text("short")
    told = operators("dead", "list")
    assert (told.exit_code, "32 bytes in base64" in told.stderr) == (1, True)


def test_a_name_stands_beside_the_user_and_not_instead() -> None:
    user = user_name(os.getuid())
    assert (who(), who("ada")) == (user, f"ada ({user})")


def test_an_upstream_that_the_configuration_does_not_have_is_said(operators: Operators) -> None:
    async def work(store: Store) -> list[str]:
        return await buried(store, b'{"operation":"crm.Get","args":{}}', b'{"operation":"shop.None","args":{}}')

    one, other = operators.fill(work)
    assert "no upstream 'crm'" in operators("dead", "replay", one, "--dry-run").stdout
    assert "shop has no operation 'None'" in operators("dead", "replay", other, "--dry-run").stdout


def test_an_operator_is_told_why_the_store_cannot_be_used_and_a_cause_of_nothing_else() -> None:
    title = "This cannot be kept safe right now"
    assert list(lines_of(StoreUnavailable(cause="the disk is full"))) == [f"{title}: the disk is full"]
    assert list(lines_of(StoreUnavailable())) == [title]
    assert "secret" not in "".join(lines_of(CallError("It failed", cause="a secret")))
