"""What a press on an incident does. Who presses is Slack's signed user; any full member may."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from bot.blocks import plain_message
from bot.delivery import Place
from bot.listeners.gate_desk import member
from bot.listeners.pressing import Press, in_thread
from bot.listeners.watch_desk import WatchDesk
from bot.watch.burns import Burns
from bot.watch.incident_blocks import acknowledged_message, resolved_message
from bot.watch.incident_views import Opened, resolving_view
from bot.watch.incidents import head_again, said_in
from bot.watch.metering import launched
from bot.watch.post_mortem import ACTIONS, file_name, post_mortem
from tools.core.errors import RefusedError
from tools.watch.accrual import HOUR
from tools.watch.incidents import Incident, Line, Standing

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.clouds.resources import Resource
    from tools.gate.people import Actor
    from tools.ledger.incidents import Incidents
    from tools.watch.outgoing import Outgoing

OLD_BURN = "This burn is not on my record any more; /gpu shows what runs."
NOT_LAUNCHED = "Nothing that was launched then runs any more; /gpu shows what does."
OLD = "This incident is not on my record any more."


class IncidentDesk(WatchDesk):
    """Takes presses on incidents."""

    def acknowledge(self, press: Press) -> None:
        """Somebody takes it on; nobody else is called any more."""
        from tools.ledger.incidents import acknowledge

        with self.failures.told(press.place):
            actor, at = self._actor(press), self._now()
            incident = self._seen(press, press.value)
            by = actor.user
            after = replace(
                incident,
                standing=Standing.ACKNOWLEDGED,
                acknowledged_by=by,
                acknowledged_at=at,
            )
            lines = (Line(at, by, "Acknowledged.", "acknowledged"),)
            said = (said_in(incident, "acknowledged", acknowledged_message(by)),)
            done = self._changed(
                after,
                lines,
                said,
                actor=actor,
                change=lambda c: acknowledge(c, incident.id, by=by, at=at),
            )
            if not done:
                self._tell_where_it_stands(press, incident.id)

    def open_resolving(self, press: Press) -> None:
        """Ask what it was and what was done."""
        with self.failures.told(press.place):
            self._actor(press)
            incident = self._seen(press, press.value)
            if incident.is_over:
                self._tell_where_it_stands(press, incident.id)
                return
            message = press.message
            opened = Opened(
                incident.id,
                message.channel if message else "",
                str(message.ts or "") if message else "",
            )
            view = resolving_view(incident, opened)
            self.delivery.client.views_open(trigger_id=press.trigger, view=view)

    def resolve(self, press: Press, opened: Opened, *, summary: str, actions: str) -> None:
        """It is over: the summary is posted, and the post-mortem in the thread as a file."""
        from tools.ledger.incidents import resolve

        with self.failures.told(press.place):
            actor, at = self._actor(press), self._now()
            incident = self._seen(press, opened.incident)
            by = actor.user
            after = replace(
                incident,
                standing=Standing.RESOLVED,
                resolved_by=by,
                resolved_at=at,
                summary=summary,
            )
            lines = [Line(at, by, f"Resolved: {summary}", "resolved")]
            lines += [Line(at, by, actions, ACTIONS)] if actions else []
            burn = Burns(self.purser, at=at).of(incident.scope)
            said = said_in(
                incident, "resolved", resolved_message(after, actions=actions, burn=burn)
            )
            done = self._changed(
                after,
                tuple(lines),
                (said,),
                actor=actor,
                change=lambda c: resolve(c, incident.id, by=by, at=at, summary=summary),
            )
            if not done:
                self._tell_where_it_stands(press, incident.id)
                return
            self._attach(after, Place(opened.channel, by, thread_ts=opened.ts), at=at)

    def stop_launched(self, press: Press) -> None:
        """Propose to stop what was launched when a burn alarmed, and since; dearest first."""
        from tools.proposing import MOST_TARGETS, propose_stop

        with self.failures.told(press.place):
            context, found = self.acting(press), self._launched(press)
            if not found:
                self.delivery.post(press.place, plain_message(NOT_LAUNCHED))
                return
            limits = self.purser.config.policy.limits
            most = min(MOST_TARGETS, *filter(None, (limits.per_hour, limits.per_day)))
            ids = [one.id for one in found[:most]]
            proposal = propose_stop(ids, "Launched at once, far above usual.", context=context)
            self.show(proposal, in_thread(press))
            if left := len(found) - len(ids):
                said = f"No more than {len(ids)} at once; {left} more run. Press again after it."
                self.delivery.post(press.place, plain_message(said))

    def _launched(self, press: Press) -> list[Resource]:
        """What runs of it, as far as the presser may see it.

        Raises:
            RefusedError: it is gone, or the presser may not see it.
        """
        from tools.ledger.accruals import Accruals
        from tools.watch.accrual import read_group

        told = Accruals(self.purser.ledger).runaways()
        one = next((r for r in told if press.value.startswith(r.message)), None)
        if one is None or self.purser.fleet is None:
            raise RefusedError(OLD_BURN)
        scope, _currency = read_group(one.cause)
        self.check_seen(scope, press)
        seen = self.scope(press.user, press.place.channel, press.home)
        return launched(self.purser.fleet, scope, since=one.since - HOUR, seen=seen)

    def send_post_mortem(self, press: Press) -> None:
        """The file once more, with what was billed since, to the presser alone."""
        with self.failures.told(press.place):
            self._actor(press)
            incident = self._seen(press, press.value)
            text = post_mortem(self.purser, incident, names=self.directory.name, at=self._now())
            name, comment = file_name(incident), f"Post-mortem: {incident.title}"
            if not self.delivery.send_file(press.place, text, name=name, comment=comment):
                raise RefusedError("Slack did not take the file; please try again in a minute.")

    def _attach(self, incident: Incident, place: Place, *, at: datetime) -> None:
        """The post-mortem in the thread; where Slack refuses it, the head's button has it."""
        if not place.channel or not place.thread_ts:
            return
        text = post_mortem(self.purser, incident, names=self.directory.name, at=at)
        self.delivery.share_file(place, text, name=file_name(incident), comment="Post-mortem")

    def _changed(
        self,
        after: Incident,
        lines: tuple[Line, ...],
        said: tuple[Outgoing, ...],
        *,
        actor: Actor,
        change: Callable[..., bool],
    ) -> bool:
        """Do it, with its lines, its record and what is said of it in one transaction."""
        from tools.ledger.audit import append, take_head
        from tools.ledger.incidents import add_line
        from tools.ledger.outbox import Outbox

        at, store = self._now(), self._store()
        burn = Burns(self.purser, at=at).of(after.scope)
        told = (*store.lines(after.id), *lines)
        head = head_again(after, burn, told, fact=after.standing.value, at=at)
        outbox = Outbox(self.purser.ledger)
        with self.purser.ledger.begin() as connection:
            take_head(connection)
            if not change(connection):
                return False
            for line in lines:
                add_line(connection, after.id, line)
            outbox.put(connection, (*said, head))
            kept = {"standing": after.standing.value, "summary": after.summary}
            append(connection, "incident", after.id, at=at, actor=actor, after=kept)
        return True

    def _tell_where_it_stands(self, press: Press, id: str) -> None:
        incident = self._there(id)
        word = "resolved" if incident.is_over else "acknowledged"
        said = plain_message(f"This incident was {word} already; its thread says by whom.")
        self.delivery.post(press.place, said)

    def _seen(self, press: Press, id: str) -> Incident:
        """The incident, for whoever may see what it costs.

        Raises:
            RefusedError: it is gone, or the presser may not.
        """
        found = self._there(id)
        self.check_seen(found.scope, press)
        return found

    def _there(self, id: str) -> Incident:
        found = self._store().find(id)
        if found is None:
            raise RefusedError(OLD)
        return found

    def _store(self) -> Incidents:
        from tools.ledger.incidents import Incidents

        return Incidents(self.purser.ledger)

    def _actor(self, press: Press) -> Actor:
        return member(press.user, press.home, self.people)

    def _now(self) -> datetime:
        return self.purser.config.clock.now()
