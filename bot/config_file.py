"""The shape of `purser.toml`, checked with pydantic and turned into the frozen settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from bot.config import (
    COMMANDS,
    FILE,
    SLACK_API,
    Config,
    Endpoint,
    ModelSettings,
    ScopeSettings,
    Sent,
    SlackSettings,
    goes_safely,
    web_address,
)
from bot.config_clouds import CloudsTable, read_clouds
from bot.config_parts import STRICT, CurrencyCode, Texts, check_known, hint, sentence
from bot.config_people import PeopleTable, read_people
from bot.config_policy import read_policy
from bot.config_sources import SourceTable, read_sources
from bot.config_watch import WatchTable, read_watch
from tools.core.dimensions import BUILT_IN, DEFAULT_DIMENSIONS, Dimension, Rule
from tools.core.errors import ConfigError, NotUnderstoodError
from tools.core.query import Filter
from tools.core.scope import Scope
from tools.core.settings import CurrencySettings, LakeSettings, Rate
from tools.lake.schema import FACTS

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class _Section(BaseModel):
    model_config = STRICT


class _Rule(_Section):
    where: str
    value: str


class _Dimension(_Section):
    tags: Texts = []
    rules: list[_Rule] = []
    sub_accounts: dict[str, str] = {}
    accounts: dict[str, str] = {}
    columns: Texts = []
    aliases: dict[str, str] = {}


def _short_dimension(value: object) -> object:
    return {"tags": value} if isinstance(value, list | str) else value


class _Rate(_Section):
    currency: CurrencyCode
    day: date
    rate: Annotated[Decimal, Field(gt=0)]


class _Currency(_Section):
    report: CurrencyCode | None = None
    rates: list[_Rate] = []


class _Commands(_Section):
    cost: str = COMMANDS["cost"]
    gpu: str = COMMANDS["gpu"]
    budget: str = COMMANDS["budget"]
    purser: str = COMMANDS["purser"]


class _Slack(_Section):
    api_url: str = SLACK_API
    commands: _Commands = _Commands()


class _Scope(_Section):
    guests: bool = False
    users: dict[str, Texts] = {}
    channels: dict[str, Texts] = {}


class _Endpoint(_Section):
    base_url: str | None = None
    small: str | None = None
    large: str | None = None


class _Sends(_Section):
    values: bool = True
    amounts: bool = True
    history: bool = True
    hide: Texts = []


_LIMITS = ModelSettings()


class _Model(_Endpoint):
    enabled: bool = True
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = _LIMITS.timeout_seconds
    max_tokens: Annotated[int, Field(ge=1000)] = _LIMITS.max_tokens
    max_tool_calls: Annotated[int, Field(ge=1, le=50)] = _LIMITS.max_tool_calls
    sends: _Sends = _Sends()
    fallback: _Endpoint | None = None


class _Ledger(_Section):
    url: str | None = None


class _File(_Section):
    sources: list[SourceTable] = []
    dimensions: dict[Name, Annotated[_Dimension, BeforeValidator(_short_dimension)]] = {}
    currency: _Currency = _Currency()
    slack: _Slack = _Slack()
    scope: _Scope = _Scope()
    model: _Model = _Model()
    ledger: _Ledger = _Ledger()
    policy: dict[str, Any] | None = None
    clouds: CloudsTable = CloudsTable()
    people: PeopleTable = PeopleTable()
    watch: WatchTable = WatchTable()


def apply(raw: Mapping[str, Any], config: Config) -> Config:
    """`config` with what the file says.

    Raises:
        ConfigError: one sentence that names the key, and the nearest known one.
    """
    try:
        file = _File.model_validate(raw)
    except ValidationError as error:
        raise ConfigError(sentence(error, _File)) from error
    dimensions = _dimensions(file)
    sources = read_sources(file.sources, home=config.home, secrets=config.secrets)
    return replace(
        config,
        has_file=True,
        lake=LakeSettings(sources, dimensions, _currency(file)),
        slack=SlackSettings(_api_url(file), _commands(file)),
        scope=_scope(file, dimensions),
        model=_model(file.model, config, {d.name for d in dimensions} | set(BUILT_IN)),
        ledger_url=file.ledger.url or config.ledger_url,
        policy=read_policy(
            file.policy, dimensions=[d.name for d in dimensions], read_filters=_filters
        ),
        clouds=read_clouds(file.clouds, home=config.home),
        people=read_people(file.people),
        watch=read_watch(
            file.watch,
            names={d.name for d in dimensions} | set(BUILT_IN),
            read_filters=_filters,
        ),
    )


def _dimensions(file: _File) -> tuple[Dimension, ...]:
    """The defaults, each replaced by the file's one of the same name, then the file's own."""
    names = {d.name for d in DEFAULT_DIMENSIONS} | set(file.dimensions) | set(BUILT_IN)
    written = {name: _dimension(name, d, names) for name, d in file.dimensions.items()}
    kept = [written.pop(d.name, d) for d in DEFAULT_DIMENSIONS]
    return (*kept, *written.values())


def _dimension(name: str, raw: _Dimension, names: set[str]) -> Dimension:
    for column in raw.columns:
        check_known(column, FACTS, f"[dimensions.{name}] columns")
    return Dimension(
        name=name,
        tags=tuple(raw.tags),
        rules=tuple(
            Rule(_filters(r.where, names, f"[dimensions.{name}] rules"), r.value) for r in raw.rules
        ),
        sub_accounts=raw.sub_accounts,
        accounts=raw.accounts,
        columns=tuple(raw.columns),
        aliases=raw.aliases,
    )


def _currency(file: _File) -> CurrencySettings:
    rates = tuple(Rate(r.currency, r.day, r.rate) for r in file.currency.rates)
    if rates and file.currency.report is None:
        raise ConfigError(f"{FILE}: [currency] has rates but no `report` currency to convert to.")
    return CurrencySettings(file.currency.report, rates)


def _model(model: _Model, config: Config, names: set[str]) -> ModelSettings:
    """The file's endpoint, with what the environment says where the file is silent."""
    for name in model.sends.hide:
        if name not in names:
            near = hint(name, list(names))
            raise ConfigError(f"{FILE}: [model.sends] hide: unknown dimension `{name}`; {near}")
    # Without a key an address alone is enough: many local endpoints want none.
    first = config.model.endpoint or (Endpoint() if model.base_url else None)
    return ModelSettings(
        endpoint=_endpoint(model, first, "[model]") if first and model.enabled else None,
        fallback=_fallback(model.fallback) if model.enabled else None,
        timeout_seconds=model.timeout_seconds,
        max_tokens=model.max_tokens,
        max_tool_calls=model.max_tool_calls,
        sent=Sent(
            model.sends.values, model.sends.amounts, model.sends.history, tuple(model.sends.hide)
        ),
    )


def _fallback(raw: _Endpoint | None) -> Endpoint | None:
    if raw is None:
        return None
    if not raw.base_url or not raw.small:
        raise ConfigError(f"{FILE}: [model.fallback] needs base_url and small.")
    return _endpoint(raw, Endpoint(), "[model.fallback]")


def _endpoint(raw: _Endpoint, before: Endpoint, section: str) -> Endpoint:
    base_url = web_address(raw.base_url or before.base_url, f"{FILE}: {section} base_url")
    small = raw.small or raw.large or before.small
    return Endpoint(base_url, small, raw.large or raw.small or before.large)


def _api_url(file: _File) -> str:
    url = file.slack.api_url
    if not goes_safely(url):
        raise ConfigError(
            f"{FILE}: [slack] api_url must be https, or http on this machine; tokens go there."
        )
    return url if url.endswith("/") else url + "/"


def _commands(file: _File) -> dict[str, str]:
    commands = file.slack.commands.model_dump()
    for what, name in commands.items():
        if not name.startswith("/") or " " in name:
            raise ConfigError(f"{FILE}: [slack.commands] {what} must look like “/{what}”.")
    if len(set(commands.values())) != len(commands):
        raise ConfigError(f"{FILE}: [slack.commands] names one command twice.")
    return commands


def _scope(file: _File, dimensions: tuple[Dimension, ...]) -> ScopeSettings:
    names = {d.name for d in dimensions} | set(BUILT_IN)

    def scopes(section: str, raw: Mapping[str, list[str]]) -> dict[str, Scope]:
        return {
            # No condition at all reads like one that is empty: refused, not everything.
            who: Scope(tuple(f for text in texts or [""] for f in _filters(text, names, section)))
            for who, texts in raw.items()
        }

    return ScopeSettings(
        users=scopes("[scope.users]", file.scope.users),
        channels=scopes("[scope.channels]", file.scope.channels),
        guests=file.scope.guests,
    )


def _filters(text: str, names: set[str], section: str) -> tuple[Filter, ...]:
    from bot.grammar import Vocabulary, read_filters

    if not text.strip():
        raise ConfigError(f"{FILE}: {section}: an empty condition would allow everything.")
    vocabulary = Vocabulary(dimensions=tuple(sorted(names)), units=(), today=date.min, values={})
    try:
        return read_filters(text, vocabulary)
    except NotUnderstoodError as error:
        raise ConfigError(f"{FILE}: {section}: “{text}”: {error.sentence}") from error
