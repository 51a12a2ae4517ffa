"""`/purser schedule`: shows what runs by the clock, and lets it be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.blocks import Block, Message, fallback, rich_block, text_part
from bot.cards import person
from bot.delivery import Place
from bot.listeners import digests
from bot.listeners.gate_desk import member
from bot.listeners.hearing import home_of, place_of
from bot.listeners.watch_desk import WatchDesk
from bot.scope import Home
from bot.watch.jobs import Scheduled, jobs, named, off_subject
from bot.watch.schedule_words import Wish, read_wish, schedule_message, timing_text
from tools.core.errors import RefusedError
from tools.gate.roster import is_group

if TYPE_CHECKING:
    from slack_bolt import Ack, App, BoltContext

    from bot.app import Purser

WORD = "schedule"


class ScheduleDesk(WatchDesk):
    """Shows and changes what runs when."""

    def turn(self, text: str, place: Place, home: Home) -> None:
        """What follows `/purser schedule`."""
        with self.failures.told(place):
            purser = self.purser
            user = member(place.user, home, self.people, via="slash").user
            now, zone = purser.config.clock.now(), purser.config.watch.zone
            wish = read_wish(text, channel=place.channel, zone=zone, now=now)
            if wish is None:
                self.delivery.post(place.privately(), self._shown(purser))
                return
            self._check(purser, wish, user, place)
            self._tell(place, user, choose(purser, wish, by=user), zone)

    def _shown(self, purser: Purser) -> Message:
        from tools.ledger.job_runs import JobRuns

        watch = purser.config.watch
        return schedule_message(
            jobs(purser),
            JobRuns(purser.ledger).newest(),
            zone=watch.zone,
            now=purser.config.clock.now(),
            is_on=watch.is_on,
        )

    def _check(self, purser: Purser, wish: Wish, user: str, place: Place) -> None:
        """Whoever reads a channel's digest may change its hour; all else is the admins'.

        A channel's first digest is an admin's to begin: it may show more than its asker sees.
        """
        named(purser, wish.job)
        known = {job.name.rpartition(" ")[0] for job in jobs(purser)}
        if wish.job.startswith(f"digest {place.channel} ") and _group(wish) in known:
            return
        admins = purser.config.policy.admins
        groups = (self.directory.members(name) for name in admins if is_group(name))
        if user not in admins and not any(user in group for group in groups):
            raise RefusedError(
                "Only an admin of the policy may change that; of a channel that has a digest, "
                "everybody in it may change its hour there."
            )

    def _tell(self, place: Place, user: str, job: Scheduled, zone: str) -> None:
        """For all there to read; where Purser may not speak, to who did it."""
        words = job.name.split()
        name = f"{words[2]} digest" if words[0] == "digest" else job.name
        said = f" set the {name}: {timing_text(job, zone)}."
        parts: list[Block] = [person(user), text_part(said)]
        message = Message(fallback(said.strip()), (rich_block(*parts),))
        if self.delivery.share(place, message) is None:
            self.delivery.post(place, message)


def choose(purser: Purser, wish: Wish, *, by: str) -> Scheduled:
    """Keep what was chosen; the job as it runs from now on."""
    from tools.ledger.watch_choices import WatchChoices

    choices, off = WatchChoices(purser.ledger), off_subject(wish.job)
    if wish.value and wish.value.get("off"):
        choices.choose(off, wish.value, by=by, until=wish.until)
        return named(purser, wish.job)
    choices.forget(off)
    if wish.value:
        choices.choose(wish.job, wish.value, by=by)
    elif not wish.keeps_hour:
        choices.forget(wish.job)
    return named(purser, wish.job)


def register(app: App, desk: ScheduleDesk, *, command: str) -> None:
    """Listen before the commands do, and to the menus of digests, which change a schedule, too.

    Of `/purser`, only `schedule` is taken here.
    """

    def is_asked(command: dict[str, Any]) -> bool:
        return _split(command)[0].lower() == WORD

    @app.command(command, matchers=[is_asked])
    def heard(ack: Ack, command: dict[str, Any], context: BoltContext) -> None:
        ack()
        place = place_of(command)
        desk.turn(_split(command)[1], place, home_of(context))

    digests.register(app, desk)


def _split(command: dict[str, Any]) -> tuple[str, str]:
    first, _, rest = (command.get("text") or "").strip().partition(" ")
    return first, rest


def _group(wish: Wish) -> str:
    """`digest C0ML` of `digest C0ML daily`."""
    return wish.job.rpartition(" ")[0]
