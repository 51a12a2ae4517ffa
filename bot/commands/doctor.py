"""`purser doctor`: what is connected, what is not, and the step that would connect it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.app import Purser, build
from bot.config import FILE, NO_POLICY, Config
from tools.core.errors import PurserError
from tools.core.settings import Source
from tools.lake.manifest import Generation, Manifest
from tools.lake.second_views import SecondView


class State(StrEnum):
    """How something stands."""

    GOOD = "✓"
    OFF = "–"
    BAD = "✗"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's: what, how it stands, and what to do."""

    state: State
    what: str
    text: str


def run(args: argparse.Namespace) -> int:
    """Look at everything and print it; 1 where something is broken."""
    findings = list(examine(build(args.config)))
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        print(f"{finding.state} {finding.what:<{width}}  {finding.text}")
    return 1 if any(finding.state is State.BAD for finding in findings) else 0


def examine(purser: Purser) -> Iterator[Finding]:
    """Everything Purser stands on, in the order one would set it up."""
    config = purser.config
    yield _configuration(config)
    yield from _bills(purser)
    yield _ledger(purser)
    yield _slack(config)
    yield _policy(config)
    yield _watch(config)
    yield from _logs(purser)
    yield from _models(config)


def _configuration(config: Config) -> Finding:
    path = config.home / FILE
    if config.has_file:
        return Finding(State.GOOD, "configuration", str(path))
    return Finding(State.OFF, "configuration", f"no {path}; `purser init` writes one")


def _bills(purser: Purser) -> Iterator[Finding]:
    try:
        snapshot = purser.lake.snapshot()
    except PurserError as error:
        yield Finding(State.BAD, "lake", error.sentence)
        return
    sources = {source.name: source for source in purser.config.lake.sources}
    live = [*snapshot.manifest.generations, *(view.generation for view in snapshot.aside)]
    for name in sorted({*sources, *(g.source for g in live)}):
        mine = [g for g in live if g.source == name]
        finding = _source(name, sources.get(name), mine)
        views = [view for view in snapshot.aside if view.generation.source == name]
        yield _reached(_marked(finding, views), sources.get(name), purser.config)
    if not sources and not live:
        yield Finding(State.OFF, "bills", "none yet; `purser ingest PATH --source NAME` loads some")


def _source(name: str, source: Source | None, mine: list[Generation]) -> Finding:
    what = f"bills {name}"
    if source and not source.origin and not source.path.exists():
        return Finding(State.BAD, what, f"{source.path} is not there; mend its path in {FILE}")
    if not mine:
        return Finding(State.OFF, what, "nothing loaded yet; run `purser ingest`")
    rows = sum(g.rows for g in mine)
    days = f"{min(g.first_day for g in mine)} to {max(g.last_day for g in mine)}"
    through = Manifest(generations=tuple(mine)).complete_through(name) or "no day yet"
    return Finding(State.GOOD, what, f"{rows:,} lines, {days}, complete through {through}")


def _marked(finding: Finding, views: list[SecondView]) -> Finding:
    """The finding with the periods that are a second view of another source."""
    if not views:
        return finding
    others = ", ".join(dict.fromkeys(view.of for view in views))
    months = sorted({f"{view.generation.billing_period:%Y-%m}" for view in views})
    when = months[0] if len(months) == 1 else f"{months[0]} … {months[-1]}"
    text = f"{finding.text}; a second view of {others} in {when}, not added"
    return replace(finding, text=text)


def _reached(finding: Finding, source: Source | None, config: Config) -> Finding:
    """The finding with whether the place that bills are fetched from answers."""
    if source is None or source.origin is None:
        return finding
    from tools.landing.land import check

    try:
        return replace(finding, text=f"{finding.text}; {check(source, clock=config.clock)}")
    except PurserError as error:
        # Nothing was to be loaded here, so nothing needs to be said to stand.
        said = error.sentence.removesuffix(" What stood before still stands.")
        return Finding(State.BAD, finding.what, said)


def _ledger(purser: Purser) -> Finding:
    try:
        return Finding(State.GOOD, "ledger", purser.ledger.check())
    except PurserError as error:
        return Finding(State.BAD, "ledger", error.sentence)


def _slack(config: Config) -> Finding:
    secrets = config.secrets
    if not secrets.bot_token:
        return Finding(
            State.OFF, "slack", "SLACK_BOT_TOKEN is not set; deploy/README.md shows how to connect"
        )
    if not secrets.app_token and not secrets.signing_secret:
        return Finding(
            State.BAD,
            "slack",
            "set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP",
        )
    return _auth(config)


def _auth(config: Config) -> Finding:
    from slack_sdk import WebClient
    from slack_sdk.errors import SlackApiError

    mode = "Socket Mode" if config.secrets.app_token else "HTTP"
    client = WebClient(config.secrets.bot_token, base_url=config.slack.api_url, timeout=5)
    try:
        who = client.auth_test()
    except SlackApiError as error:
        return Finding(
            State.BAD, "slack", f"Slack refused the bot token ({error.response['error']})"
        )
    except OSError:
        return Finding(State.BAD, "slack", f"{config.slack.api_url} does not answer")
    return Finding(State.GOOD, "slack", f"{who['team']} as @{who['user']}, {mode}")


def _policy(config: Config) -> Finding:
    """Who may have something done; where nobody was named yet, that is no mistake."""
    from bot.config_policy import NO_ADMINS, NO_SECTION

    policy = config.policy
    if policy.trouble:
        unset = policy.trouble in (NO_POLICY, NO_SECTION, NO_ADMINS)
        state = State.OFF if unset else State.BAD
        return Finding(state, "policy", f"every action is refused: {policy.trouble}")
    rules = "1 rule" if len(policy.rules) == 1 else f"{len(policy.rules)} rules"
    return Finding(State.GOOD, "policy", f"{rules}, admins {', '.join(policy.admins)}")


def _watch(config: Config) -> Finding:
    """What is said without being asked; that nothing is, is no mistake."""
    watch = config.watch
    loads = f"bills are loaded every {watch.ingest} minutes" if watch.ingest else "no bills loaded"
    if not watch.is_on:
        text = f"no channel is named under [watch]: nothing is said unasked; {loads}"
        return Finding(State.OFF, "watch", text)
    digests = "1 digest" if len(watch.digests) == 1 else f"{len(watch.digests)} digests"
    missing = [key for key in ("operators", "incidents", "fallback") if not getattr(watch, key)]
    if watch.pagerduty and not config.secrets.pagerduty_token:
        missing.append("PAGERDUTY_TOKEN in the environment")
    lacks = f"; not named: {', '.join(missing)}" if missing else ""
    return Finding(State.GOOD, "watch", f"{digests}, {watch.zone} time, {loads}{lacks}")


def _logs(purser: Purser) -> Iterator[Finding]:
    """Whether it can be known who started what; that it cannot be is no mistake."""
    accounts = purser.config.clouds.aws
    if not accounts or purser.fleet is None:
        return
    troubles = purser.fleet.trace_troubles()
    for trouble in troubles:
        yield Finding(State.OFF, "CloudTrail", f"who started what is not known: {trouble}")
    if not troubles:
        many = "1 account" if len(accounts) == 1 else f"{len(accounts)} accounts"
        yield Finding(State.GOOD, "CloudTrail", f"tells who started what in {many}")


def _models(config: Config) -> Iterator[Finding]:
    if config.model.endpoint is None:
        yield Finding(State.OFF, "model", "none needed: commands and the phrasebook answer")
        return
    from bot.mind.checkup import check_endpoint

    second = (config.model.fallback, config.secrets.fallback_key, "second model")
    for endpoint, key, what in ((config.model.endpoint, config.secrets.model_key, "model"), second):
        if endpoint is None:
            continue
        try:
            yield Finding(State.GOOD, what, check_endpoint(endpoint, key))
        except PurserError as error:
            yield Finding(State.BAD, what, error.sentence)
