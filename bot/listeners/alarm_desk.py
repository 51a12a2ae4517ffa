"""What people make of anomalies, and `/purser alerts`. Any full member may say what they think."""

from __future__ import annotations

import json

from bot.blocks import Block, Message, actions_block, button, plain_message, rich_block, text_part
from bot.cards import person
from bot.delivery import Place
from bot.listeners.gate_desk import member
from bot.listeners.pressing import Press
from bot.listeners.watch_desk import WatchDesk
from bot.scope import Home
from bot.watch.alarm_words import alarms_message, threshold_text
from bot.watch.anomalies import chosen_sizes, sensitivity_subject
from bot.watch.anomaly_blocks import MUTE, UNMUTE, VERDICTS
from tools.core.errors import RefusedError
from tools.ledger.feedback import Feedback, Verdict
from tools.watch.outgoing import Outgoing, Sort, mute_subject
from tools.watch.precision import better, precisions
from tools.watch.unusual import Sensitivity

OLD = "This alarm is not on my record any more."
_SIZES = ("score", "relative", "absolute")


class AlarmDesk(WatchDesk):
    """Takes what people think of alarms."""

    def judge(self, press: Press, *, verdict: Verdict) -> None:
        """Keep what somebody thinks, and show it."""
        with self.failures.told(press.place):
            user = member(press.user, press.home, self.people).user
            alarm = self._alarm(press)
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
            self.delivery.post(place.privately(), self._told(place.channel))

    def choose(self, press: Press) -> None:
        """Other thresholds for a channel's anomalies, or the usual ones again."""
        from tools.ledger.watch_choices import WatchChoices

        with self.failures.told(press.place):
            user = member(press.user, press.home, self.people).user
            channel, choices = press.place.channel, WatchChoices(self.purser.ledger)
            sizes = _sizes(press.value)
            if sizes:
                choices.choose(sensitivity_subject(channel), sizes, by=user)
                said = f"Anomalies here are told of {threshold_text(sizes.items(), 'USD')} now."
            else:
                choices.forget(sensitivity_subject(channel))
                said = "Anomalies here are told by the usual thresholds again."
            self.delivery.post(press.place, plain_message(said))

    def _told(self, channel: str) -> Message:
        from tools.ledger.anomalies import Anomalies

        purser = self.purser
        feedback, store = Feedback(purser.ledger), Anomalies(purser.ledger)
        said = feedback.all()
        every = [p for p in precisions(feedback.sent(), said) if p.sort in _ALARMS]
        mine = [p for p in every if p.channel == channel]
        own = [known for known in store.told() if known.channel == channel]
        sizes = chosen_sizes(purser, channel)
        return alarms_message(
            mine or every,
            offer=better(own, said),
            now=Sensitivity(**sizes) if sizes else None,
            names_channels=not mine,
        )

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
        """Show in the alarm what people make of it; where that cannot be, tell the presser."""
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
        message = Message(alarm.text, (*kept, *notes, *actions_block(back)))
        if press.message is None or not self.delivery.update(press.message, message):
            self.delivery.post(press.place, plain_message("Noted."))


_ALARMS = frozenset(
    s.value for s in (Sort.BUDGET, Sort.FORECAST, Sort.ACCRUAL, Sort.ANOMALY, Sort.INCIDENT)
)


def _without(block: Block, action: str) -> Block:
    if block["type"] != "actions":
        return block
    return {**block, "elements": [e for e in block["elements"] if e["action_id"] != action]}


def _sizes(value: str) -> dict[str, float]:
    """`absolute=240.0`; empty where it names none of the sizes."""
    pairs = (pair.partition("=") for pair in value.split())
    return {name: float(size) for name, _, size in pairs if name in _SIZES}
