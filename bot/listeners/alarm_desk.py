"""What people make of anomalies, and `/purser alerts`: whoever may see the costs may say it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bot.blocks import Block, Message, actions_block, button, plain_message, rich_block, text_part
from bot.cards import person
from bot.delivery import Place
from bot.listeners.gate_desk import member
from bot.listeners.pressing import Press
from bot.listeners.watch_desk import WatchDesk
from bot.scope import Home
from bot.watch.alarm_words import Chosen, alarms_message, threshold_text
from bot.watch.anomalies import channel_filters, chosen_of, sensitivity_subject
from bot.watch.anomaly_blocks import MUTE, UNMUTE, VERDICTS
from tools.core.conditions import lies_within
from tools.core.errors import RefusedError
from tools.core.query import Filter
from tools.ledger.feedback import Feedback, Verdict
from tools.watch.accrual import read_group
from tools.watch.outgoing import Outgoing, Sort, mute_subject
from tools.watch.precision import better, precisions

OLD = "This alarm is not on my record any more."
UNSEEN_HERE = "What is told here is about costs that you may not see."


class AlarmDesk(WatchDesk):
    """Takes what people think of alarms."""

    def judge(self, press: Press, *, verdict: Verdict) -> None:
        """Keep what somebody thinks, and show it."""
        with self.failures.told(press.place):
            user = member(press.user, press.home, self.people).user
            alarm = self._alarm(press)
            self.check_seen(self._about(alarm), press)
            Feedback(self.purser.ledger).say(
                alarm.key,
                person=user,
                sort=alarm.sort.value,
                channel=alarm.channel,
                verdict=verdict,
            )
            self._redraw(press, alarm)

    def mute(self, press: Press, *, is_muted: bool) -> None:
        """Nothing of this kind in its channel any more, or again."""
        from tools.ledger.watch_choices import WatchChoices

        with self.failures.told(press.place):
            user = member(press.user, press.home, self.people).user
            alarm, choices = self._alarm(press), WatchChoices(self.purser.ledger)
            self.check_seen(self._about(alarm), press)
            subject = mute_subject(alarm.channel, alarm.sort)
            if is_muted:
                choices.choose(subject, {}, by=user)
            else:
                choices.forget(subject)
            self._redraw(press, alarm)

    def tell(self, place: Place, home: Home) -> None:
        """How alarms were judged: in a channel that channel's, elsewhere all."""
        with self.failures.told(place):
            member(place.user, home, self.people, via="slash")
            seen = self.scope(place.user, None, home).filters
            self.delivery.post(place.privately(), self._told(place.channel, seen))

    def choose(self, press: Press) -> None:
        """Other thresholds for a channel's anomalies, or the usual ones again."""
        from tools.ledger.watch_choices import WatchChoices

        with self.failures.told(press.place):
            actor = member(press.user, press.home, self.people)
            channel, choices = press.place.channel, WatchChoices(self.purser.ledger)
            self.check_seen(channel_filters(self.purser, channel), press)
            chosen = Chosen.parse(press.value)
            if chosen.sizes:
                choices.choose(sensitivity_subject(channel), chosen.kept, by=actor.user)
                sizes = threshold_text(chosen.sizes, chosen.currency)
                said = f"Anomalies here are told of {sizes} now."
            else:
                choices.forget(sensitivity_subject(channel))
                said = "Anomalies here are told by the usual thresholds again."
            self.purser.audit.record("thresholds", channel, actor=actor, after=chosen.sizes)
            self.delivery.post(press.place, plain_message(said))

    def _told(self, channel: str, seen: Sequence[Filter]) -> Message:
        """As far as somebody may see what its channels are about.

        Raises:
            RefusedError: they may not see what is told in the channel they ask in.
        """
        from tools.ledger.anomalies import Anomalies

        purser = self.purser
        feedback, store = Feedback(purser.ledger), Anomalies(purser.ledger)
        said = feedback.all()
        every = [p for p in precisions(feedback.sent(), said) if p.sort in _ALARMS]
        able = [p for p in every if lies_within(channel_filters(purser, p.channel), tuple(seen))]
        mine = [p for p in able if p.channel == channel]
        if not mine and any(p.channel == channel for p in every):
            raise RefusedError(UNSEEN_HERE)
        own = [known for known in store.told() if known.channel == channel] if mine else []
        offer, now = better(own, said), chosen_of(purser, channel) if mine else None
        return alarms_message(
            mine or able,
            offer=None if offer and now and now.has(offer.chosen) else offer,
            now=now,
            names_channels=not mine,
        )

    def _about(self, alarm: Outgoing) -> tuple[Filter, ...]:
        """The conditions that an alarm's charges meet; none where they are not known.

        Then whoever sees everything may judge it, and nobody else.
        """
        from tools.ledger.accruals import Accruals
        from tools.ledger.anomalies import Anomalies

        if alarm.sort is Sort.ANOMALY:
            known = Anomalies(self.purser.ledger).of_message(alarm.key)
            return known.scope if known else ()
        told = Accruals(self.purser.ledger).runaways()
        mine = (one for one in told if one.message in (alarm.key, alarm.thread))
        return next((read_group(one.cause)[0] for one in mine), ())

    def _alarm(self, press: Press) -> Outgoing:
        """The alarm that a button is of.

        Raises:
            RefusedError: it is gone, or the value is none of ours.
        """
        from tools.ledger.outbox import Outbox

        found = Outbox(self.purser.ledger).find(press.value)
        if found is None:
            raise RefusedError(OLD)
        return found.outgoing

    def _redraw(self, press: Press, alarm: Outgoing) -> None:
        """Show in the alarm what people make of it."""
        from tools.ledger.watch_choices import WatchChoices

        ledger = self.purser.ledger
        notes = [
            rich_block(person(one.person), text_part(f": {VERDICTS[one.verdict].lower()}."))
            for one in Feedback(ledger).of_message(alarm.key)
        ]
        muted = WatchChoices(ledger).find(mute_subject(alarm.channel, alarm.sort))
        back: list[Block] = []
        if muted:
            is_anomaly = alarm.sort is Sort.ANOMALY
            named = "anomalies" if is_anomaly else f"alerts of {alarm.sort.value}"
            notes.append(rich_block(person(muted.by), text_part(f" muted {named} here.")))
            back = [button("Unmute", UNMUTE, value=alarm.key)]
        kept = [_without(block, MUTE) if muted else block for block in json.loads(alarm.blocks)]
        self.redraw(press, alarm, Message(alarm.text, (*kept, *notes, *actions_block(back))))


_ALARMS = frozenset(
    s.value for s in (Sort.BUDGET, Sort.FORECAST, Sort.ACCRUAL, Sort.ANOMALY, Sort.INCIDENT)
)


def _without(block: Block, action: str) -> Block:
    if block["type"] != "actions":
        return block
    return {**block, "elements": [e for e in block["elements"] if e["action_id"] != action]}
