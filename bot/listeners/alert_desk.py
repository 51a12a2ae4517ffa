"""What a press on a budget alert does. Who presses is Slack's signed user; any full member may."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.blocks import plain_message
from bot.delivery import Place
from bot.listeners.gate_desk import member
from bot.listeners.pressing import Press
from bot.listeners.watch_desk import WatchDesk
from bot.proposal_words import moment_text
from bot.watch.alert_blocks import ACKNOWLEDGE, MUTE, SNOOZE, Done, noted_message
from bot.watch.alerting import snooze_subject
from tools.core.errors import RefusedError
from tools.watch.outgoing import mute_subject

if TYPE_CHECKING:
    from tools.core.budget import Budget
    from tools.gate.people import Actor
    from tools.watch.outgoing import Outgoing

OLD = "This alert is not on my record any more; /budget shows where the budgets stand."
NOT_IDLE = "Nothing of it is idle now, as far as I see; /gpu shows what runs."
PAUSE = timedelta(days=1)
_MOST = 25  # machines of one proposal


class AlertDesk(WatchDesk):
    """Takes presses on budget alerts."""

    def acknowledge(self, press: Press) -> None:
        """Somebody takes care of it; the first one stays."""
        from tools.ledger.alerts import Alerts

        with self.failures.told(press.place):
            user, _ = self._presser(press).user, self._seen(press)
            Alerts(self.purser.ledger).acknowledge(_key(press), user)
            self._redraw(press)

    def snooze(self, press: Press) -> None:
        """Nothing of this budget for a day, but that it is gone."""
        from tools.ledger.watch_choices import WatchChoices

        with self.failures.told(press.place):
            user, budget = self._presser(press).user, self._seen(press)
            until = self.purser.config.clock.now() + PAUSE
            choices = WatchChoices(self.purser.ledger)
            choices.choose(snooze_subject(budget.id), {}, by=user, until=until)
            self._redraw(press)

    def mute(self, press: Press) -> None:
        """Nothing of this kind in the alert's channel any more."""
        from tools.ledger.watch_choices import WatchChoices

        with self.failures.told(press.place):
            user, _ = self._presser(press).user, self._seen(press)
            alert = self._alert(press)
            choices = WatchChoices(self.purser.ledger)
            choices.choose(mute_subject(alert.channel, alert.sort), {}, by=user)
            self._redraw(press)

    def unmute(self, press: Press) -> None:
        """This kind in the alert's channel again."""
        from tools.ledger.watch_choices import WatchChoices

        with self.failures.told(press.place):
            self._presser(press)
            self._seen(press)
            alert = self._alert(press)
            WatchChoices(self.purser.ledger).forget(mute_subject(alert.channel, alert.sort))
            self._redraw(press)

    def raise_budget(self, press: Press) -> None:
        """Propose the raise that the button names; its card lets another amount be written."""
        from tools.proposing import propose_budget

        with self.failures.told(press.place):
            context, budget = self.acting(press), self._there(press)
            (_, amount, until), reason = _words(press), "It was spent faster than planned."
            proposal = propose_budget(budget.id, amount, reason, until, context=context)
            self.show(proposal, _in_thread(press))

    def prolong(self, press: Press) -> None:
        """Propose an exception until the day, or the amount for good, that the button names."""
        from tools.proposing import propose_budget

        with self.failures.told(press.place):
            context, (id, amount, until) = self.acting(press), _words(press)
            if self.purser.budgets.records.find(id) is None:
                raise RefusedError(OLD)
            reason = "It is needed for longer." if until else "Its exception is over."
            proposal = propose_budget(id, amount, reason, until, context=context)
            self.show(proposal, _in_thread(press))

    def stop_idle(self, press: Press) -> None:
        """Propose to stop what the budget pays for and nobody uses."""
        from tools.gpus import idle_gpus
        from tools.proposing import propose_stop

        with self.failures.told(press.place):
            context, budget = self.acting(press), self._there(press)
            found = idle_gpus(budget.scope, context=context).machines
            if not found:
                self.delivery.post(press.place, plain_message(NOT_IDLE))
                return
            ids, reason = [m.resource.id for m in found[:_MOST]], "Idle, and its budget is short."
            proposal = propose_stop(ids, reason, because_idle=True, context=context)
            self.show(proposal, _in_thread(press))

    def _presser(self, press: Press) -> Actor:
        return member(press.user, press.home, self.people)

    def _seen(self, press: Press) -> Budget:
        """The budget, for whoever may see what it covers: nobody else takes or quiets its alerts.

        Raises:
            RefusedError: it is gone, or the presser may not.
        """
        budget = self._there(press)
        self.check_seen(budget.scope, press)
        return budget

    def _there(self, press: Press) -> Budget:
        """The budget that the alert is about.

        Raises:
            RefusedError: it is gone, or the value is none of ours.
        """
        from tools.ledger.alerts import Alerts

        id = Alerts(self.purser.ledger).budget_of(_key(press))
        budget = self.purser.budgets.records.find(id) if id else None
        if budget is None:
            raise RefusedError(OLD)
        return budget

    def _alert(self, press: Press) -> Outgoing:
        from tools.ledger.outbox import Outbox

        found = Outbox(self.purser.ledger).find(_key(press))
        if found is None:
            raise RefusedError(OLD)
        return found.outgoing

    def _redraw(self, press: Press) -> None:
        """Show in the alert what people did about it."""
        alert = self._alert(press)
        self.redraw(press, alert, noted_message(alert, [*self._done(press, alert)]))

    def _done(self, press: Press, alert: Outgoing) -> Iterator[Done]:
        from tools.ledger.alerts import Alerts
        from tools.ledger.watch_choices import WatchChoices

        choices, now = WatchChoices(self.purser.ledger), self.purser.config.clock.now()
        if taken := Alerts(self.purser.ledger).acknowledged(alert.key):
            yield Done(taken.by, " takes care of it.", ACKNOWLEDGE)
        quiet = choices.find(snooze_subject(self._there(press).id))
        if quiet and quiet.until:
            until = moment_text(quiet.until, now=now)
            said = f" put it off until {until}; that the budget is gone is told anyway."
            yield Done(quiet.by, said, SNOOZE)
        if muted := choices.find(mute_subject(alert.channel, alert.sort)):
            yield Done(muted.by, f" muted every {alert.sort.value} here.", MUTE)


def _key(press: Press) -> str:
    return press.value.partition(" ")[0]


def _words(press: Press) -> tuple[str, str, str]:
    """A budget's id, an amount, and a day; empty where the button names none."""
    id, amount, until = (*press.value.split(" ", 2), "", "")[:3]
    return id, amount, until


def _in_thread(press: Press) -> Place:
    """Below the alert, for everybody there to see."""
    ts = press.message.ts if press.message else None
    return replace(press.place, is_private=False, thread_ts=press.place.thread_ts or ts)
