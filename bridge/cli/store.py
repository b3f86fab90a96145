"""`store`: the database behind the bridge: saved, brought back, looked at, brought up to date."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.output import pretty, result, say, told
from bridge.clock import SystemClock
from bridge.config.check import read_config
from bridge.config.model import Config
from bridge.errors import StoreError
from bridge.shapes.json import Number
from bridge.store import backup as saving
from bridge.store.engines import Database
from bridge.store.keys import unlock
from bridge.store.migrate import checked, looked_at, migrate
from bridge.store.reseal import reseal
from bridge.store.settings import StoreSettings
from bridge.store.store import Store, opened
from bridge.streams.settings import beside, log_url

ConfigFile = Annotated[
    Path | None, typer.Option("--config", "-c", metavar="FILE", help="Configuration file (YAML) that names the store.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
store_app = typer.Typer(no_args_is_help=True, help="The database behind the bridge.")


@store_app.command("backup")
def backup(
    to: Annotated[Path, typer.Argument(metavar="FILE", help="Written anew; a backup of before is replaced.")],
    config: ConfigFile = None,
) -> None:
    """Save the store in FILE, also while a bridge runs on it; its topics in a file beside that (`…-streams.db`)."""
    with told():
        settings = _settings(config)
        database, topics, topics_to = _there(opened(settings)), _topics(settings), Path(beside(str(to)))
        if topics is None and topics_to.exists():
            raise StoreError(f"{topics_to} is of an earlier backup, and there are no topics now: put it elsewhere")
        # What the store says was published is in the topics, which are copied after it.
        for each, file in ((database, to), (topics, topics_to)):
            if each is not None:
                revision = saving.backup(each, file)
                say(f"{file}: revision {revision}, {file.stat().st_size / 1e6:.1f} MB, checked")


@store_app.command("restore")
def restore(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="What `store backup` has written.")],
    config: ConfigFile = None,
) -> None:
    """Put a backup in the place of the store. No bridge may run on it; what was there is kept beside it."""
    with told():
        settings, topics_source = _settings(config), Path(beside(str(source)))
        pairs = [(opened(settings), source)]
        if topics_source.exists():
            checked(topics_source)
            pairs.append((opened(_of_topics(settings)), topics_source))
        for each, file in pairs:
            revision = saving.restore(each, file)
            say(f"{each.place}: revision {revision}; what was there before ends in {saving.BEFORE}")


@store_app.command("check")
def check(config: ConfigFile = None, json: Json = False) -> None:
    """Read the whole store and tell whether it is sound."""
    with told():
        found = looked_at(_there(_database(config)))
        if json:
            result(
                pretty(
                    {
                        "place": found.place,
                        "revision": found.revision,
                        "newest": found.newest,
                        "bytes": Number(found.bytes),
                    }
                )
            )
        else:
            result(f"{found.place}: sound, revision {found.revision} of {found.newest}, {found.bytes / 1e6:.1f} MB")


@store_app.command("migrate")
def bring_up_to_date(config: ConfigFile = None) -> None:
    """Bring the tables up to date, as a start would."""
    with told():
        database = _database(config)
        result(f"{database.place}: revision {migrate(database)}")


@store_app.command("reseal")
def seal_anew(config: ConfigFile = None) -> None:
    """Seal every value with the key of today, also while bridges run that know it; then the keys of before can go."""
    with told():
        settings = _settings(config)
        if settings.key is None:
            raise StoreError("there is no store.key to seal with: give one in the configuration (-c FILE)")
        _there(opened(settings))
        count, key_id = asyncio.run(_resealed(settings))
        say(f"{count} values sealed anew with the key {key_id}")


async def _resealed(settings: StoreSettings) -> tuple[int, str]:
    store = await Store.open(settings, SystemClock())
    try:
        seal = await unlock(store, settings)
        return await reseal(store, seal), seal.key_id
    finally:
        await store.close()


def _database(config: Path | None) -> Database:
    return opened(_settings(config))


def _settings(config: Path | None) -> StoreSettings:
    return (read_config(config)[0] if config is not None else Config()).store


def _of_topics(settings: StoreSettings) -> StoreSettings:
    return settings.model_copy(update={"url": log_url(settings.url)})


def _topics(settings: StoreSettings) -> Database | None:
    """Where topics have a file of their own, and it is there."""
    database = opened(_of_topics(settings))
    return database if database.path is not None and database.path.exists() else None


def _there(database: Database) -> Database:
    if database.path is not None and not database.path.exists():
        raise StoreError(f"there is no store at {database.path}: name the configuration with -c FILE")
    return database
