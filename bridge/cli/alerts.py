"""`alerts`: whether whoever is to be told of them can be told."""

from __future__ import annotations

import typer

from bridge.cli.desk import ConfigFile
from bridge.cli.output import FAILED, result, run, say
from bridge.clock import SystemClock
from bridge.config.check import read_config
from bridge.config.model import Config
from bridge.errors import CallError, ConfigError, Place
from bridge.streams.alert_outbox import trial
from bridge.streams.alert_webhook import Webhook

alerts = typer.Typer(no_args_is_help=True, help="Alerts: test.")


@alerts.callback()
def _alerts() -> None:
    """Alerts: test."""


@alerts.command("test")
def try_it(config: ConfigFile = None) -> None:
    """Send a test alert to the webhook now, and say what came back."""
    if code := run(_test(read_config(config)[0] if config is not None else Config())):
        raise typer.Exit(code)


async def _test(config: Config) -> int:
    settings = config.alerts
    if settings.webhook is None:
        hint = "give its url under alerts: webhook:, and name the configuration with -c"
        raise ConfigError([Place("alerts", 1, 1, "there is no webhook to send it to", hint)])
    clock = SystemClock()
    webhook = Webhook(settings.webhook, clock, lambda _: None)
    try:
        answer = await webhook.send(*trial(settings.name, clock.wall()))
    except CallError as error:
        say(f"It could not be delivered: {error.detail} {error.cause}".rstrip())
        return FAILED
    finally:
        await webhook.close()
    if answer.status // 100 != 2:
        say(f"The receiver refuses it: {answer.status}")
        return FAILED
    result(f"The receiver has taken it: {answer.status}")
    return 0
