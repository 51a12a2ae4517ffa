"""One frozen `Config` from `purser.toml` and the environment; nobody else reads either."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools.core.clock import Clock, FixedClock, SystemClock
from tools.core.errors import ConfigError
from tools.core.scope import Scope
from tools.core.settings import LakeSettings

FILE = "purser.toml"
SLACK_API = "https://slack.com/api/"
COMMANDS = {"cost": "/cost", "purser": "/purser"}


@dataclass(frozen=True, slots=True)
class Secrets:
    """Slack's tokens. They never appear in a repr, a log or an error."""

    bot_token: str | None = field(default=None, repr=False)
    app_token: str | None = field(default=None, repr=False)
    signing_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """Where Slack's Web API is, and what the slash commands are called there.

    Args:
        api_url: base address of the Web API; any stand-in can take Slack's place.
        commands: what the command does → its name in the workspace.
    """

    api_url: str = SLACK_API
    commands: Mapping[str, str] = field(default_factory=lambda: dict(COMMANDS))


@dataclass(frozen=True, slots=True)
class ScopeSettings:
    """Who may see what; somebody who is not named sees everything, guests nothing.

    Args:
        users: Slack user id → what they may see.
        channels: Slack channel id → what may be shown there.
        guests: whether guests and people of other organisations are answered at all.
    """

    users: Mapping[str, Scope] = field(default_factory=dict)
    channels: Mapping[str, Scope] = field(default_factory=dict)
    guests: bool = False


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that can be set, checked.

    Args:
        home: the folder of configuration, lake and ledger.
        lake: sources, dimensions and currency.
        slack: Slack's address and command names.
        scope: who may see what.
        secrets: Slack's tokens.
        ledger_url: SQLAlchemy address of the ledger.
        clock: the machine's, or the moment `PURSER_NOW` names.
        has_file: whether `purser.toml` was there.
    """

    home: Path
    lake: LakeSettings
    ledger_url: str = field(repr=False)
    slack: SlackSettings = field(default_factory=SlackSettings)
    scope: ScopeSettings = field(default_factory=ScopeSettings)
    secrets: Secrets = field(default_factory=Secrets)
    clock: Clock = field(default_factory=SystemClock)
    has_file: bool = False

    @property
    def lake_root(self) -> Path:
        """Where the bills are kept."""
        return self.home / "lake"


def load(home: Path | None = None, *, environ: Mapping[str, str] | None = None) -> Config:
    """The configuration of `home`, else of `PURSER_HOME`, else of `~/.purser`.

    Raises:
        ConfigError: with one sentence that names the key and how to mend it.
    """
    environ = os.environ if environ is None else environ
    home = (home or Path(environ.get("PURSER_HOME") or "~/.purser")).expanduser().absolute()
    raw = _read(home / FILE)
    clock = _clock(environ.get("PURSER_NOW"))
    config = Config(
        home=home,
        lake=LakeSettings(),
        ledger_url=f"sqlite:///{home / 'ledger.sqlite'}",
        secrets=_secrets(environ),
        clock=clock,
    )
    if raw is None:
        return config
    from bot.config_file import apply

    return apply(raw, config)


def foreign_credentials(environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Names of Slack and cloud credentials in the environment, which the console leaves alone."""
    environ = os.environ if environ is None else environ
    names = (
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "SLACK_SIGNING_SECRET",
        "SLACK_CLIENT_SECRET",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_PROFILE",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "AZURE_CLIENT_SECRET",
        "OPENAI_API_KEY",
        "ANTHROPIC_API_KEY",
    )
    return tuple(name for name in names if environ.get(name))


def hide_tokens(environ: MutableMapping[str, str] | None = None) -> None:
    """Take an OAuth client and a bot token out of this process's environment.

    Bolt would find them there: it would ask its own installation store for tokens, instead of
    using the one that Purser is configured with, and complain of being given two.
    """
    environ = os.environ if environ is None else environ
    for name in ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_BOT_TOKEN"):
        environ.pop(name, None)


def has_display(environ: Mapping[str, str] | None = None) -> bool:
    """Whether a browser could show a window: a desktop session, and nobody's CI."""
    import sys

    environ = os.environ if environ is None else environ
    if environ.get("CI") or environ.get("SSH_CONNECTION"):
        return False
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{FILE} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{FILE} is not valid TOML: {error}.") from error


def _clock(text: str | None) -> Clock:
    if not text:
        return SystemClock()
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            f"PURSER_NOW is “{text}”; write a date or time such as 2026-11-21T09:00:00Z."
        ) from error
    return FixedClock(at if at.tzinfo else at.replace(tzinfo=UTC))


def _secrets(environ: Mapping[str, str]) -> Secrets:
    return Secrets(
        bot_token=environ.get("SLACK_BOT_TOKEN") or None,
        app_token=environ.get("SLACK_APP_TOKEN") or None,
        signing_secret=environ.get("SLACK_SIGNING_SECRET") or None,
    )
