"""Who is asked whether a machine is still needed: by table."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from tests.clouds.simulated_clouds import NOW, resource
from tools.core.errors import UnavailableError
from tools.core.machines import Idleness, Machine
from tools.ledger.needs import Need, Said
from tools.needs import Ask, Asking, who_to_ask

ADA, BEN, ML = "U0ADA", "U0BEN", "C0ML"
CHANNELS = {"ML": ML}


@dataclass
class Members:
    """Ada and Ben are members; Dmitri is a guest with an address."""

    asked: list[str] = field(default_factory=list)
    is_away: bool = False

    def members(self, group: str) -> frozenset[str]:
        raise AssertionError(group)

    def is_member(self, user: str) -> bool:
        self.asked.append(user)
        return user in (ADA, BEN)

    def find(self, email: str) -> str | None:
        self.asked.append(email)
        if self.is_away:
            raise UnavailableError("Slack does not answer.")
        return {"ada@lumen.example": ADA, "dmitri@lumen.example": "U0DMITRI"}.get(email.lower())


def machine(name: str = "i-1", owner=None, team=None, idleness=Idleness.IDLE) -> Machine:
    labels = {"owner": owner, "team": team}
    return Machine(resource=resource(name=name), labels=labels, idleness=idleness)


def need(person: str, said: Said, *, days: float = 0, ago: float = 2, name: str = "i-1") -> Need:
    until = NOW + timedelta(days=days) if said is Said.KEEP else None
    return Need(resource(name=name).id, person, said, until, NOW - timedelta(days=ago))


def asking(*machines: Machine, needs=(), directory=None, **more) -> Asking:
    by_id = {m.resource.id: [n for n in needs if n.resource == m.resource.id] for m in machines}
    return who_to_ask(
        machines,
        needs=by_id,
        directory=directory or Members(),
        channels=CHANNELS,
        now=NOW,
        **more,
    )


@pytest.mark.parametrize(
    ("owner", "team", "to"),
    [
        ("ada@lumen.example", "ml", ADA),
        (" Ada@Lumen.example ", None, ADA),
        (BEN, None, BEN),
        ("dmitri@lumen.example", "ml", ML),
        ("U0DMITRI", "Ml", ML),
        ("ada", "ml", ML),
        ("<@U0ADA>", None, None),
        ("nobody@lumen.example", None, None),
        (f"{'a' * 300}@lumen.example", None, None),
        (None, "platform", None),
        (None, None, None),
    ],
)
def test_the_owner_is_asked_else_the_teams_channel_else_nobody(owner, team, to):
    one = machine(owner=owner, team=team)
    found = asking(one)
    assert [ask.to for ask in found.asks] == ([to] if to else [])
    assert found.nobody == (() if to else (one,))


def test_each_gets_one_message_that_lists_only_theirs():
    one, two = machine("i-1", "ada@lumen.example"), machine("i-2", ADA)
    three, four = machine("i-3", BEN), machine("i-4", None, "ml")
    found = asking(one, two, three, four)
    assert found.asks == (
        Ask(to=ADA, machines=(one, two)),
        Ask(to=BEN, machines=(three,)),
        Ask(to=ML, team="ml", machines=(four,)),
    )
    assert [ask.is_person for ask in found.asks] == [True, True, False]


@pytest.mark.parametrize(
    ("idleness", "is_asked"),
    [
        (Idleness.IDLE, True),
        (Idleness.ZOMBIE, True),
        (Idleness.UNKNOWN, True),
        (Idleness.BUSY, False),
        (Idleness.NOT_ASKED, False),
    ],
)
def test_only_what_is_idle_or_unknown_is_asked_about(idleness, is_asked):
    found = asking(machine(owner=ADA, idleness=idleness))
    assert bool(found.asks) is is_asked
    assert found.nobody == ()


@pytest.mark.parametrize(
    ("needs", "where"),
    [
        ([need(ADA, Said.KEEP, days=1)], "kept"),
        ([need("U0ANYBODY", Said.KEEP, days=1)], "kept"),
        ([need(ADA, Said.KEEP, days=-0.1)], ADA),
        ([need(ADA, Said.ASKED, ago=0.9)], "asked"),
        ([need(ADA, Said.ASKED, ago=1)], ADA),
        ([need(BEN, Said.ASKED, ago=0.1)], ADA),
        ([need(ADA, Said.NOT_MINE, ago=90)], ML),
        ([need(BEN, Said.NOT_MINE)], ADA),
        ([need(ADA, Said.NOT_MINE), need(ML, Said.ASKED, ago=0.5)], "asked"),
        ([need(ADA, Said.NOT_MINE), need(ML, Said.NOT_MINE)], "nobody"),
        ([need(ADA, Said.NOT_MINE, name="i-2")], ADA),
    ],
)
def test_what_was_said_decides_who_is_asked_next(needs, where):
    found = asking(machine(owner=ADA, team="ml"), needs=needs)
    groups = {"kept": found.kept, "asked": found.asked, "nobody": found.nobody}
    assert [name for name, group in groups.items() if group] == ([where] if where in groups else [])
    assert [ask.to for ask in found.asks] == ([] if where in groups else [where])


def test_nobody_is_asked_about_what_they_may_not_see():
    one = machine(owner=ADA, team="ml")
    assert asking(one, sees=lambda who, _: who == ML).asks == (
        Ask(to=ML, team="ml", machines=(one,)),
    )
    assert asking(one, sees=lambda _who, _machine: False).nobody == (one,)


def test_an_owner_of_many_is_looked_up_once():
    directory = Members()
    asking(*(machine(f"i-{n}", "ada@lumen.example") for n in range(5)), directory=directory)
    assert directory.asked == ["ada@lumen.example", ADA]


def test_where_slack_does_not_say_who_is_who_nobody_is_asked():
    with pytest.raises(UnavailableError):
        asking(machine(owner="ada@lumen.example"), directory=Members(is_away=True))
