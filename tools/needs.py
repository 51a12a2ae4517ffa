"""Still needed? Who is asked about which idle machine: its owner, else the team's channel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tools.core.machines import Idleness, Machine
from tools.gate.people import Directory
from tools.gate.roster import OWNED_BY, is_user
from tools.ledger.needs import Need, is_kept, not_theirs

ASKED_OF = (Idleness.IDLE, Idleness.ZOMBIE, Idleness.UNKNOWN)
PAUSE = timedelta(days=1)  # between two questions to the same one about the same resource
TEAM = "team"  # the dimension whose value names a channel
_LONGEST = 254  # characters of an e-mail address

Sees = Callable[[str, Machine], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One message: who is asked about what.

    Args:
        to: Slack user id of the owner, or the channel id of the team.
        machines: theirs alone, in the order of the list.
        team: whose channel it is; empty where a person is asked.
    """

    to: str
    machines: tuple[Machine, ...]
    team: str = ""

    @property
    def is_person(self) -> bool:
        """Whether an owner is asked, and not a channel."""
        return not self.team


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who is to be asked, and about what nobody is.

    Args:
        asks: one for each owner and channel.
        kept: somebody keeps it until a day: not asked before.
        asked: was asked less than a day ago.
        nobody: neither owner nor channel is known, or both said that it is not theirs.
    """

    asks: tuple[Ask, ...] = ()
    kept: tuple[Machine, ...] = ()
    asked: tuple[Machine, ...] = ()
    nobody: tuple[Machine, ...] = ()


def who_to_ask(
    machines: Iterable[Machine],
    *,
    needs: Mapping[str, Iterable[Need]],
    directory: Directory,
    channels: Mapping[str, str],
    now: datetime,
    sees: Sees = lambda _who, _machine: True,
) -> Asking:
    """Sort machines by who is asked about them.

    Args:
        machines: as `idle_gpus` found them; those that are busy are left out.
        needs: by resource, what people said of it.
        directory: who people are, live.
        channels: team → id of its channel.
        now: the time.
        sees: whether a person, or a channel, may be shown a machine.

    Raises:
        UnavailableError: the directory does not say who is who; nobody is asked then.
    """
    owners = _Owners(directory)
    asks: dict[tuple[str, str], list[Machine]] = {}
    kept, asked, nobody = [], [], []
    by_team = {team.lower(): channel for team, channel in channels.items()}
    for machine in machines:
        said = tuple(needs.get(machine.resource.id, ()))
        if machine.idleness not in ASKED_OF:
            continue
        if is_kept(said, now=now):
            kept.append(machine)
            continue
        found = _one_to_ask(machine, said, owners=owners, channels=by_team, sees=sees)
        if found is None:
            nobody.append(machine)
        elif was_asked(said, found[0], now=now):
            asked.append(machine)
        else:
            asks.setdefault(found, []).append(machine)
    return Asking(
        asks=tuple(
            Ask(to=to, team=team, machines=tuple(mine)) for (to, team), mine in asks.items()
        ),
        kept=tuple(kept),
        asked=tuple(asked),
        nobody=tuple(nobody),
    )


def was_asked(needs: Iterable[Need], who: str, *, now: datetime) -> bool:
    """Whether somebody was asked about it, or has answered, less than a day ago."""
    return any(n.person == who and now - n.at < PAUSE for n in needs)


class _Owners:
    """The people whom owner labels name, each looked up once."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._known: dict[str, str | None] = {}

    def of(self, machine: Machine) -> str | None:
        """The user id of a full member; None where the label names none."""
        named = (machine.labels.get(OWNED_BY) or "").strip()
        if named not in self._known:
            self._known[named] = self._look_up(named)
        return self._known[named]

    def _look_up(self, named: str) -> str | None:
        if len(named) > _LONGEST:
            return None
        user = named if is_user(named) else None
        if "@" in named:
            user = self._directory.find(named)
        return user if user and self._directory.is_member(user) else None


def _one_to_ask(
    machine: Machine,
    said: tuple[Need, ...],
    *,
    owners: _Owners,
    channels: Mapping[str, str],
    sees: Sees,
) -> tuple[str, str] | None:
    """The owner, else the team's channel with the team's name; None where there is neither."""
    declined = not_theirs({machine.resource.id: said}, machine.resource.id)
    user = owners.of(machine)
    if user and user not in declined and sees(user, machine):
        return user, ""
    team = (machine.labels.get(TEAM) or "").strip()
    channel = channels.get(team.lower())
    if channel and channel not in declined and sees(channel, machine):
        return channel, team
    return None
