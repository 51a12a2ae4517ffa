"""`/purser health`: how Purser is, told to whoever asks and to nobody else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.delivery import Place
from bot.listeners.gate_desk import member
from bot.listeners.hearing import home_of, place_of
from bot.listeners.watch_desk import WatchDesk
from bot.proposal_words import moment_text
from bot.scope import Home
from bot.watch.burns import reconciled
from bot.watch.causing import unread
from bot.watch.health_words import Health, health_message
from tools.clouds.resources import Verb
from tools.gate.timetable import PlannedStep, StepState
from tools.watch.outgoing import Told
from tools.watch.quiet import is_quiet

if TYPE_CHECKING:
    from slack_bolt import Ack, App, BoltContext

    from bot.app import Purser

WORD = "health"
DAYS = 7  # back
FAULTS = (StepState.MISSED, StepState.FAILED, StepState.UNKNOWN)  # of what the clock was to do


class HealthDesk(WatchDesk):
    """Looks and tells."""

    def tell(self, place: Place, home: Home) -> None:
        """How it is now."""
        with self.failures.told(place):
            member(place.user, home, self.people, via="slash")
            self.delivery.post(place.privately(), health_message(health(self.purser)))


def health(purser: Purser) -> Health:
    """How it stands with the outbox, the bills and the jobs."""
    from tools.ledger.ingests import Ingests
    from tools.ledger.job_runs import JobRuns, RunState
    from tools.ledger.outbox import Outbox

    outbox, now = Outbox(purser.ledger), purser.config.clock.now()
    backlog = outbox.backlog()
    watch = purser.config.watch
    is_night = is_quiet(now, watch.quiet, zone=watch.zone)  # what waits then waits for the morning
    sources, runs = Ingests(purser.ledger).all(), JobRuns(purser.ledger).newest()
    return Health(
        now=now,
        waiting=backlog.counts.get(Told.WAITING, 0) + backlog.counts.get(Told.SENDING, 0),
        doubtful=backlog.counts.get(Told.SENDING, 0),
        oldest=None if is_night else backlog.oldest,
        days=DAYS,
        failures=outbox.failures(since=now - timedelta(days=DAYS)),
        sources={name: found.trouble for name, found in sources.items() if found.trouble},
        estimates=reconciled(purser, at=now),
        unread=unread(purser),
        jobs={name: run.said for name, run in runs.items() if run.state is RunState.FAILED},
        steps=_not_done(purser, now),
    )


def _not_done(purser: Purser, now: datetime) -> dict[str, str]:
    """Stops by the clock that were missed or failed, and starts of what it had stopped."""
    from tools.ledger.timetables import Timetables

    store = Timetables(purser.ledger)
    found = [s for s in store.between(now - timedelta(days=DAYS), now) if s.state in FAULTS]
    wanted = [s for s in found if s.verb is Verb.STOP or _was_stopped(store.last_stop(s))]
    return {
        f"{step.verb} {step.title}, {moment_text(step.at, now=now)}": step.said or step.state.value
        for step in reversed(wanted)
    }


def _was_stopped(stop: PlannedStep | None) -> bool:
    return stop is not None and stop.state is StepState.DONE


def register(app: App, desk: HealthDesk, *, command: str) -> None:
    """Listen before the commands do: of `/purser`, only `health` is taken here."""

    def is_asked(command: dict[str, Any]) -> bool:
        return str(command.get("text") or "").strip().lower().rstrip("?") == WORD

    @app.command(command, matchers=[is_asked])
    def heard(ack: Ack, command: dict[str, Any], context: BoltContext) -> None:
        ack()
        place = place_of(command)
        desk.tell(place, home_of(context))
