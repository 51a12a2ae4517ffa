"""One frozen `Config` from `purser.toml` and the environment; nobody else reads either."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools.clouds.settings import CloudSettings
from tools.core.clock import Clock, FixedClock, SystemClock
from tools.core.errors import ConfigError
from tools.core.scope import Scope
from tools.core.settings import LakeSettings
from tools.gate.policy import Policy
from tools.watch.settings import WatchSettings

FILE = "purser.toml"
NO_POLICY = f"There is no {FILE}; `purser init` writes one that works."
SLACK_API = "https://slack.com/api/"
OPENAI_API = "https://api.openai.com/v1"
COMMANDS = {"cost": "/cost", "gpu": "/gpu", "budget": "/budget", "purser": "/purser"}


@dataclass(frozen=True, slots=True)
class Secrets:
    """Slack's tokens and API keys. They never appear in a repr, a log or an error.

    Args:
        bot_token: Slack's `xoxb-…`.
        app_token: Slack's `xapp-…`, for Socket Mode.
        signing_secret: Slack's, for HTTP.
        model_key: of the model endpoint (`OPENAI_API_KEY`).
        fallback_key: of the second model endpoint (`PURSER_FALLBACK_API_KEY`).
        openai_admin_key: reads OpenAI's organization costs (`OPENAI_ADMIN_KEY`).
        anthropic_admin_key: reads Anthropic's cost report (`ANTHROPIC_ADMIN_KEY`).
        pagerduty_token: asks PagerDuty who is on call (`PAGERDUTY_TOKEN`).
    """

    bot_token: str | None = field(default=None, repr=False)
    app_token: str | None = field(default=None, repr=False)
    signing_secret: str | None = field(default=None, repr=False)
    model_key: str | None = field(default=None, repr=False)
    fallback_key: str | None = field(default=None, repr=False)
    openai_admin_key: str | None = field(default=None, repr=False)
    anthropic_admin_key: str | None = field(default=None, repr=False)
    pagerduty_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An OpenAI-compatible endpoint.

    Args:
        base_url: up to and with `/v1`.
        small: the model for most questions.
        large: the model for hard ones; the same as `small` where only one is named.
    """

    base_url: str = OPENAI_API
    small: str = "gpt-5-mini"
    large: str = "gpt-5.1"

    @property
    def host(self) -> str:
        """As it is shown and recorded."""
        from urllib.parse import urlsplit

        return urlsplit(self.base_url).netloc.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Sent:
    """What may be sent to a model besides the question; the README lists it all.

    Args:
        values: names of teams, services, models … that bills hold.
        amounts: figures of results; without them a model sees names and their order only.
        history: earlier questions of the conversation.
        hidden: dimensions whose values are replaced by stand-ins (`owner 1`) on the way out.
    """

    values: bool = True
    amounts: bool = True
    history: bool = True
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Which models answer what the grammar cannot read, and within which limits.

    Args:
        endpoint: who is asked; None where no model is configured.
        fallback: who is asked when the endpoint is out.
        timeout_seconds: of silence, until a call is given up.
        max_tokens: of one question, prompts and answers of all calls together.
        max_tool_calls: of one question.
        sent: what may leave the house.
    """

    endpoint: Endpoint | None = None
    fallback: Endpoint | None = None
    timeout_seconds: float = 30.0
    max_tokens: int = 60_000
    max_tool_calls: int = 8
    sent: Sent = field(default_factory=Sent)


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
class PeopleSettings:
    """Where people are found whom Slack's directory does not know.

    Args:
        channels: team → id of its Slack channel, asked where a machine has no owner.
    """

    channels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that can be set, checked.

    Args:
        home: the folder of configuration, lake and ledger.
        lake: sources, dimensions and currency.
        slack: Slack's address and command names.
        scope: who may see what.
        secrets: Slack's tokens and API keys.
        model: which models answer what the grammar cannot read.
        ledger_url: SQLAlchemy address of the ledger.
        policy: who may propose and approve what.
        clouds: where to look at what runs, and with whose rights.
        people: whose channel is whose.
        watch: what is said without being asked.
        clock: the machine's, or the moment `PURSER_NOW` names.
        has_file: whether `purser.toml` was there.
    """

    home: Path
    lake: LakeSettings
    ledger_url: str = field(repr=False)
    slack: SlackSettings = field(default_factory=SlackSettings)
    scope: ScopeSettings = field(default_factory=ScopeSettings)
    secrets: Secrets = field(default_factory=Secrets)
    model: ModelSettings = field(default_factory=ModelSettings)
    policy: Policy = field(default_factory=lambda: Policy(trouble=NO_POLICY))
    clouds: CloudSettings = field(default_factory=CloudSettings)
    people: PeopleSettings = field(default_factory=PeopleSettings)
    watch: WatchSettings = field(default_factory=WatchSettings)
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
        model=ModelSettings(endpoint=_endpoint(environ)),
        clock=clock,
    )
    if raw is None:
        return config
    from bot.config_file import apply

    return apply(raw, config)


def foreign_credentials(
    environ: Mapping[str, str] | None = None, *, but_model: bool = False
) -> tuple[str, ...]:
    """Names of credentials in the environment that the console leaves alone.

    Args:
        environ: the environment.
        but_model: the model's key is used, so it is not among them.
    """
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
        "OPENAI_ADMIN_KEY",
        "PAGERDUTY_TOKEN",
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_ADMIN_KEY",
    )
    used = {"OPENAI_API_KEY"} if but_model else set()
    return tuple(name for name in names if environ.get(name) and name not in used)


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
        model_key=environ.get("OPENAI_API_KEY") or None,
        fallback_key=environ.get("PURSER_FALLBACK_API_KEY") or None,
        openai_admin_key=environ.get("OPENAI_ADMIN_KEY") or None,
        anthropic_admin_key=environ.get("ANTHROPIC_ADMIN_KEY") or None,
        pagerduty_token=environ.get("PAGERDUTY_TOKEN") or None,
    )


def _endpoint(environ: Mapping[str, str]) -> Endpoint | None:
    """As the OpenAI client reads it: a key alone is enough, and so is an address without one."""
    base_url = environ.get("OPENAI_BASE_URL") or ""
    if not base_url and not environ.get("OPENAI_API_KEY"):
        return None
    return Endpoint(web_address(base_url, "OPENAI_BASE_URL") if base_url else OPENAI_API)


def web_address(text: str, name: str) -> str:
    """An http(s) address without the slash at its end.

    Raises:
        ConfigError: it is none; the sentence names what it was said for.
    """
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(text)
        is_sound = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_sound = False
    if not is_sound:
        raise ConfigError(f"{name} must be an address that starts with https:// or http://.")
    return text.rstrip("/")


def goes_safely(url: str) -> bool:
    """Whether a secret may be sent to an address: over https, or on this machine."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme == "http":
        return parts.hostname in ("127.0.0.1", "localhost", "::1")
    return parts.scheme == "https" and bool(parts.hostname)
