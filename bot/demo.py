"""The sample company on stage: its bills loaded, Purser answering, a local workspace around it.

Nothing of the environment but the clock is used, and the model endpoint where the caller adds
it: the configuration is the sample's own, the tokens are the local workspace's. What `make demo`
shows, tests and benchmarks stand on too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.app import Purser, build
from bot.config import FILE, Config, Secrets, load
from tools.core.clock import Clock, today
from tools.core.errors import UnavailableError

if TYPE_CHECKING:
    from bot.console.cast import Cast
    from bot.console.workspace import Workspace
    from tools.lake.report import Progress
    from tools.samples.company import SampleCompany

STAMP = "sample.json"
EDITION = 6  # of what is written; another one is written anew


@dataclass(frozen=True, slots=True)
class Stage:
    """A running demo.

    Args:
        workspace: the local workspace; its `address` opens the page.
        purser: Purser, answering in it.
        events_url: where Purser hears Slack's requests.
    """

    workspace: Workspace
    purser: Purser
    events_url: str


def prepare(home: Path, *, clock: Clock, seed: int = 7, progress: Progress | None = None) -> Config:
    """The sample company's bills, loaded in `home`, machines and budgets; again another day."""
    stamp = {"today": today(clock).isoformat(), "seed": seed, "edition": EDITION}
    if _read(home / STAMP) != stamp:
        _write_sample(home, clock=clock, seed=seed, progress=progress)
        (home / STAMP).write_text(json.dumps(stamp), encoding="utf-8")
    return replace(load(home, environ={}), clock=clock)


def with_model(sample: Config, own: Config) -> Config:
    """The sample's configuration, asking the model that one's own configuration names."""
    keys = Secrets(model_key=own.secrets.model_key, fallback_key=own.secrets.fallback_key)
    return replace(sample, model=own.model, secrets=keys)


@contextmanager
def stage(config: Config, *, port: int = 0, runs_jobs: bool = False) -> Iterator[Stage]:
    """Serve Purser and the local workspace until the block ends.

    Args:
        config: the sample's, from `prepare`.
        port: the console's port; 0 takes a free one.
        runs_jobs: say by itself, too, what its configuration lets it say.
    """
    from bot.console.serve import serve_wsgi
    from bot.console.workspace import Workspace
    from bot.rehearsal import StageClock, begins, on_stage
    from bot.slack_app import build_app, finish, http_app

    clock = StageClock(config.clock)
    if runs_jobs:
        clock.at = begins(config.clock)
    with Workspace.serve(_cast(config), port=port, clock=clock) as workspace:
        local = replace(
            config,
            slack=replace(config.slack, api_url=workspace.api_url),
            secrets=replace(
                config.secrets,
                bot_token=workspace.bot_token,
                app_token=None,
                signing_secret=workspace.signing_secret,
            ),
        )
        purser = build(local)
        app = build_app(purser)
        with serve_wsgi(http_app(app)) as address:
            events_url = f"{address}slack/events"
            workspace.connect(events_url)
            if runs_jobs:
                workspace.plays |= _plays(local)
            try:
                with on_stage(purser, clock=clock) if runs_jobs else nullcontext():
                    yield Stage(workspace, purser, events_url)
            finally:
                finish(app)


def _plays(config: Config) -> dict[str, Callable[[], object]]:
    """What can be let happen on the page, for Purser to notice by itself."""
    from bot.next_stop import play_next_stop
    from tools.samples.fleet import FILE as CLOUD
    from tools.samples.fleet import launch_sweep

    cloud = config.home / CLOUD
    return {
        "A sweep launches eight GPU machines": lambda: launch_sweep(cloud, clock=config.clock),
        "The clock comes to the next stop or start": lambda: play_next_stop(config),
    }


def _cast(config: Config) -> Cast:
    """The sample's people, who hears most of it first, and where questions go."""
    from bot.console.cast import SAMPLE

    people = tuple(sorted(SAMPLE.people, key=lambda person: person.handle != "chloe"))
    cast, endpoint = replace(SAMPLE, people=people), config.model.endpoint
    if endpoint is None:
        return cast
    return replace(cast, what_leaves=f"what the grammar cannot read goes to {endpoint.host}")


def _write_sample(home: Path, *, clock: Clock, seed: int, progress: Progress | None) -> None:
    import shutil

    from tools.lake.ingest import ingest_sources
    from tools.samples.company import write_company
    from tools.samples.fleet import FILE as CLOUD
    from tools.samples.fleet import write_fleet
    from tools.samples.settings import sample_config

    tell: Callable[[str], None] = progress.note if progress else lambda _text: None
    for name in ("bills", "lake"):
        shutil.rmtree(home / name, ignore_errors=True)
    home.mkdir(parents=True, exist_ok=True)
    tell("Writing the sample company's bills")
    company = write_company(home, today=today(clock), seed=seed)
    (home / FILE).write_text(sample_config(company), encoding="utf-8")
    write_fleet(home / CLOUD, clock=clock)
    config = load(home, environ={})
    report = ingest_sources(
        config.lake.sources, root=config.lake_root, clock=clock, progress=progress
    )
    if report.failures:
        raise UnavailableError(f"The sample bills did not load: {report.failures[0]}")
    _write_ledger(replace(config, clock=clock), company)


def _write_ledger(config: Config, company: SampleCompany) -> None:
    from tools.ledger.budgets import BudgetRecords
    from tools.ledger.happenings import Happenings
    from tools.samples.budgets import write_budgets
    from tools.samples.happenings import tell_happenings

    purser = build(config)
    write_budgets(BudgetRecords(purser.ledger), context=purser.context())
    tell_happenings(Happenings(purser.ledger), company=company)
    purser.ledger.close()


def _read(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
