"""What is said of incidents: the head of a thread, its lines, and how it ended.

What bills, clouds and people wrote stands in text elements that Slack does not parse. A mention
is made only of ids: of configuration, of Slack's directory, of a signed request.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from bot.blocks import (
    ASK,
    VALUE_LIMIT,
    Block,
    Message,
    actions_block,
    button,
    clip,
    context_blocks,
    fallback,
    rich_block,
    text_part,
)
from bot.cards import person
from bot.conversation import Reading
from bot.machine_words import clean_line, counted
from bot.proposal_words import moment_text
from bot.watch.accrual_blocks import stop_button
from tools.core.money import about_text, sums_text
from tools.core.periods import Rolling
from tools.core.query import Preceding, Query
from tools.watch.accrual import Burning
from tools.watch.incidents import Alarm, Incident, Line, Standing, burnt_until

ACKNOWLEDGE, RESOLVE = "purser.incident.acknowledge", "purser.incident.resolve"
POST_MORTEM = "purser.incident.postmortem"
EVERYBODY = "channel"  # among those who are called: whoever is in the channel
METERED_AT_ONCE = timedelta(minutes=3)  # after its opening
SHOWN = 4  # lines of the timeline in the head; the thread has them all
_GROUP = re.compile(r"S[A-Z0-9]{2,30}")
_USER = re.compile(r"[UW][A-Z0-9]{2,30}")


def head_message(
    incident: Incident, *, burn: Burning | None, lines: Sequence[Line], at: datetime
) -> Message:
    """The head of the thread, as things stand.

    Args:
        incident: which.
        burn: of its machines now; None where it is not known.
        lines: its timeline so far, oldest first.
        at: the time.
    """
    title = f"{severity_text(incident)} · {clip(clean_line(incident.title), 300)}"
    blocks: list[Block] = [
        rich_block(text_part(title, bold=True), *_standing(incident, at)),
        *_burning(incident, burn, at),
        *_timeline(lines, at),
        *_scope(incident),
        *_buttons(incident),
    ]
    mentions = "" if incident.acknowledged_by else mention_text(incident.called)
    return Message(f"{fallback(title)} {mentions}".strip(), tuple(blocks))


def evidence_message(alarm: Alarm, *, called: Sequence[str] = (), at: datetime) -> Message:
    """What raised an alarm, in the thread of its incident.

    Args:
        alarm: the alarm.
        called: who has to hear of it, as it makes matters worse.
        at: the time.
    """
    first, *more = [clean_line(text) for text in alarm.evidence] or [clean_line(alarm.title)]
    parts = [text_part(clip(first, 600), bold=True)]
    parts += [text_part(f"\n• {clip(text, 400)}") for text in more[:12]]
    if mentions := list(mentions_of(called)):
        worse = text_part(f"\nThis is worse now, severity {alarm.severity}: ", bold=True)
        parts += [worse, *mentions, text_part(", please look.")]
    shown = f"{fallback(first)} {mention_text(called)}".strip()
    return Message(shown, (rich_block(*parts), *context_blocks(f"As of {_when(at, at)}")))


def acknowledged_message(by: str) -> Message:
    """Somebody took it on."""
    return Message("Acknowledged.", (rich_block(person(by), text_part(" acknowledged this.")),))


def resolved_message(incident: Incident, *, actions: str, burn: Burning | None) -> Message:
    """How it ended, for the thread."""
    took = lasted_text((incident.resolved_at or incident.opened) - incident.opened)
    said = f"Resolved after {took}. "
    parts = [text_part(said, bold=True), text_part(clip(clean_line(incident.summary), 1500))]
    if actions:
        parts += [text_part("\nActions: ", bold=True), text_part(clip(clean_line(actions), 1500))]
    parts += [text_part("\nBy "), person(incident.resolved_by), text_part(".")]
    left = f"{burn_text(burn)} at its end, an estimate." if burn else ""
    shown = fallback(f"{said}{clean_line(incident.summary)}")
    return Message(shown, (rich_block(*parts), *context_blocks(left)))


def lasted_text(time: timedelta) -> str:
    """`4 min`, `1 h 12 min`, `3 days 4 h`."""
    minutes = max(0, int(time.total_seconds() // 60))
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes // 1440} days {minutes % 1440 // 60} h"


def escalation_message(
    incident: Incident, called: Sequence[str], *, at: datetime, trouble: str = ""
) -> Message:
    """Somebody else is called; `trouble` says who could not be found out."""
    said = f"Nobody has acknowledged this for {lasted_text(at - incident.opened)}. "
    parts = [text_part(said, bold=True), *mentions_of(called), text_part(", please look.")]
    blocks = (rich_block(*parts), *context_blocks(trouble))
    return Message(f"{said}{mention_text(called)}", blocks)


def severity_text(incident: Incident) -> str:
    """`Severity 1`, with its end where it has ended."""
    return f"Severity {incident.severity}{', resolved' if incident.is_over else ''}"


def mentions_of(called: Iterable[str]) -> Iterator[Block]:
    """Those who are called, as mentions; what is no id is left out."""
    for index, one in enumerate(one for one in called if _syntax(one)):
        if index:
            yield text_part(", ")
        if one == EVERYBODY:
            yield {"type": "broadcast", "range": "channel"}
        elif _GROUP.fullmatch(one):
            yield {"type": "usergroup", "usergroup_id": one}
        else:
            yield {"type": "user", "user_id": one}


def mention_text(called: Iterable[str]) -> str:
    """The same in the field that makes Slack notify."""
    return " ".join(filter(None, map(_syntax, called)))


def burn_text(burn: Burning) -> str:
    """`$3.42 a minute ($205.20 an hour) from 12 machines`."""
    if not burn.machines:
        return "No machine of it is running now"
    if not burn.hourly:
        return f"{counted(burn.machines)} run, and I know no price of any"
    minute = sums_text({currency: hour / 60 for currency, hour in burn.hourly.items()})
    hour = sums_text(burn.hourly)
    unpriced = f", {burn.unpriced} of them with no known price" if burn.unpriced else ""
    return f"{minute} a minute ({hour} an hour) from {counted(burn.machines)}{unpriced}"


def burnt_text(incident: Incident, at: datetime) -> str:
    """`about $235 since it was opened`; since when it was metered, where that came later."""
    burnt = {name: sum for name, sum in burnt_until(incident, at).items() if sum > 0}
    if not burnt or incident.metered is None:
        return ""
    is_whole = incident.metered - incident.opened < METERED_AT_ONCE
    since = "it was opened" if is_whole else _when(incident.metered, at)
    return f"about {sums_text(burnt, each=about_text)} since {since}"


def why_line(incident: Incident) -> str:
    """The question why its charges cost what they do, as the grammar writes it."""
    query = Query(period=Rolling(7), compare=Preceding(), filters=incident.scope)
    try:
        return Reading(query, is_why=True).text()
    except ValueError:
        return ""


def _syntax(one: str) -> str:
    if one == EVERYBODY:
        return "<!channel>"
    if _GROUP.fullmatch(one):
        return f"<!subteam^{one}>"
    return f"<@{one}>" if _USER.fullmatch(one) else ""


def _standing(incident: Incident, at: datetime) -> Iterator[Block]:
    yield text_part("\n")
    match incident.standing:
        case Standing.RESOLVED if incident.resolved_at:
            yield from [text_part("Resolved by "), person(incident.resolved_by)]
            yield text_part(f" at {_when(incident.resolved_at, at)}.")
        case Standing.ACKNOWLEDGED if incident.acknowledged_at:
            yield from [text_part("Acknowledged by "), person(incident.acknowledged_by)]
            yield text_part(f" at {_when(incident.acknowledged_at, at)}.")
        case _:
            called = list(mentions_of(incident.called))
            yield from [text_part("On call: "), *called, text_part(". ")] if called else []
            yield text_part("Nobody has acknowledged it yet.")
    if incident.summary:
        yield text_part(f"\n{clip(clean_line(incident.summary), 1200)}")


def _burning(incident: Incident, burn: Burning | None, at: datetime) -> tuple[Block, ...]:
    if incident.is_over:
        return ()
    if burn is None:
        return context_blocks(
            "I don’t know what it burns now: what runs was not counted, or does not tell."
        )
    burnt = burnt_text(incident, at)
    so_far = f" {burnt[0].upper()}{burnt[1:]}." if burnt else ""
    said = [text_part(burn_text(burn), bold=True), text_part(f".{so_far}")]
    moment = _when(burn.through, at)
    note = f"Price × running time, an estimate, at {moment}; not billed yet."
    return (
        rich_block(*said),
        *context_blocks(note if burn.machines else f"As metered at {moment}."),
    )


def _timeline(lines: Sequence[Line], at: datetime) -> tuple[Block, ...]:
    left = len(lines) - SHOWN
    shown = [
        f"{_when(line.at, at)} · {clip(clean_line(line.text), 250)}" for line in lines[-SHOWN:]
    ]
    earlier = f"{counted(left, 'earlier line')} in the thread." if left > 0 else ""
    return context_blocks(earlier, *shown)


def _scope(incident: Incident) -> tuple[Block, ...]:
    about = " and ".join(f.text() for f in incident.scope) or "everything"
    return context_blocks(f"About {clean_line(about)}. Mention me in the thread to ask.")


def _buttons(incident: Incident) -> tuple[Block, ...]:
    found: list[Block] = []
    if incident.standing is Standing.OPEN:
        found.append(button("Acknowledge", ACKNOWLEDGE, value=incident.id, style="primary"))
    if incident.is_over:
        found.append(button("Post-mortem file", POST_MORTEM, value=incident.id))
    else:
        found.append(button("Resolve…", RESOLVE, value=incident.id))
    launched = sorted(cause for cause in incident.causes if cause.startswith("accrual/"))
    if launched and not incident.is_over:
        found.append(stop_button(launched[-1]))
    why = why_line(incident)
    if 0 < len(why) <= VALUE_LIMIT:
        found.append(button("Ask why", f"{ASK}.0", value=why))
    idle = f"/gpu idle where {' and '.join(f.text() for f in incident.scope)}"
    if incident.scope and not incident.is_over and len(idle) <= VALUE_LIMIT:
        found.append(button("What is idle", f"{ASK}.1", value=idle))
    return actions_block(found)


def _when(moment: datetime, at: datetime) -> str:
    return moment_text(moment, now=at)
