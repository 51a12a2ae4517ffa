"""Who and what a stand-in workspace is made of: plain data that its owner may replace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Standing = Literal["member", "guest", "outside", "left"]
ChannelKind = Literal["public", "private"]

BOT_USER = "U0PURSER00"
BOT_ID = "B0PURSER00"
APP_ID = "A0PURSER00"
SLACKBOT = "USLACKBOT"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to act as.

    Args:
        id: Slack's user id, `U…`.
        handle: one word, as in `@ada`.
        name: as shown.
        title: what they do.
        colour: of the avatar, `#rrggbb`.
        standing: a full member, a guest, a member of another organisation's workspace, or
            somebody whose account was deactivated.
        team_id: the workspace they belong to; empty for the one they are shown in.
        zone: IANA time zone.
    """

    id: str
    handle: str
    name: str
    title: str = ""
    colour: str = "#5b6b7f"
    standing: Standing = "member"
    team_id: str = ""
    zone: str = "Europe/London"


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel; members are people's handles.

    Args:
        id: Slack's conversation id, `C…` or `G…`.
        name: without the number sign.
        kind: public or private.
        members: handles of the people in it.
        has_bot: whether Purser was invited.
        topic: the line under its name.
        is_archived: nothing may be posted any more.
    """

    id: str
    name: str
    kind: ChannelKind = "public"
    members: tuple[str, ...] = ()
    has_bot: bool = True
    topic: str = ""
    is_archived: bool = False


@dataclass(frozen=True, slots=True)
class UserGroup:
    """A user group, mentioned as `<!subteam^ID>`; users are handles."""

    id: str
    handle: str
    name: str
    users: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """What the composer offers when somebody types a slash."""

    name: str
    hint: str
    description: str
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cast:
    """A whole workspace before anything was said in it."""

    team_id: str
    team_name: str
    domain: str
    people: tuple[Person, ...]
    channels: tuple[Channel, ...]
    groups: tuple[UserGroup, ...] = ()
    commands: tuple[SlashCommand, ...] = ()
    examples: tuple[str, ...] = ()
    bot_name: str = "Purser"
    email_domain: str = ""
    what_leaves: str = "nothing leaves this machine"

    def email(self, person: Person) -> str:
        """Somebody's e-mail address, made from their name; nobody's where they have none."""
        name = ".".join(person.name.lower().split())
        return f"{name}@{self.email_domain or self.domain + '.example'}" if name else ""


SAMPLE_COMMANDS = (
    SlashCommand(
        "/cost",
        "[period] [by team, model …] [where env=prod] [top 5]",
        "What did it cost?",
        (
            "/cost last 7d by team",
            "/cost yesterday by service vs last week",
            "/cost why last week",
            "/cost tokens by model last month",
            "/cost help",
        ),
    ),
    SlashCommand(
        "/gpu",
        "[idle] [where team=ml] [stop #1]",
        "What runs, what is idle, and stopping it",
        (
            "/gpu",
            "/gpu idle",
            "/gpu ask",
            "/gpu stop #1",
            "/gpu scale #2 1",
            "/gpu tag #1 team=ml-research",
        ),
    ),
    SlashCommand(
        "/budget",
        "[team=ml] [set team=ml 20000]",
        "Where budgets stand, and changing them",
        ("/budget", "/budget set team=growth 9000", "/budget raise team=search 50000"),
    ),
    SlashCommand(
        "/purser",
        "[ask …] [why] [schedule] [health] [alerts] [audit] [freeze] [help]",
        "Everything Purser can do",
        (
            "/purser help",
            "/purser why",
            "/purser schedule",
            "/purser health",
            "/purser alerts",
            "/purser audit",
            "/purser freeze",
        ),
    ),
)

SAMPLE_EXAMPLES = (
    "/cost last 30d by team",
    "/cost yesterday by service vs last week",
    "/cost tokens by model last month",
    "@Purser which teams spend the most this month?",
    "@Purser what do we pay per million tokens by model?",
    "@Purser which GPUs are idle?",
    "/budget",
    "/cost help",
)

_TEAM = "T0SAMPLE00"
_EVERYONE = ("ada", "ben", "chloe", "marcus")

SAMPLE = Cast(
    team_id=_TEAM,
    team_name="Lumen Labs",
    domain="lumen-labs",
    people=(
        Person("U0ADAPARK0", "ada", "Ada Park", "ML engineer · ml-research", "#7c5cd6"),
        Person("U0BENORTIZ", "ben", "Ben Ortiz", "Platform engineer", "#0b7a75"),
        Person("U0CHLOEW00", "chloe", "Chloe Winter", "FinOps lead", "#b4451f"),
        Person(
            "U0MARCUSV0", "marcus", "Marcus Vale", "Research scientist · ml-research", "#2f6fb3"
        ),
        Person("U0DMITRI00", "dmitri", "Dmitri Volkov", "Contractor", "#7a6a00", "guest"),
        Person(
            "U0ELENA000",
            "elena",
            "Elena Rossi",
            "Nordwind GmbH",
            "#a8326b",
            "outside",
            "T0NORDWIND",
        ),
    ),
    channels=(
        Channel("C0PLATFORM", "platform", members=_EVERYONE, topic="Clusters and shared services"),
        Channel(
            "C0MLRESRCH",
            "ml-research",
            members=(*_EVERYONE, "dmitri"),
            topic="Training runs and models; Purser shows this team’s costs here",
        ),
        Channel(
            "C0FINOPS00",
            "finops",
            "private",
            members=("chloe", "ben"),
            topic="Budgets, commitments, month end",
        ),
        Channel(
            "C0INCIDENT",
            "incidents",
            members=_EVERYONE,
            topic="Spend that cannot wait, a thread each",
        ),
        Channel(
            "C0NORDWIND",
            "ext-nordwind",
            members=("chloe", "elena"),
            topic="Shared with Nordwind GmbH",
        ),
        Channel(
            "C0RANDOM00",
            "random",
            members=_EVERYONE,
            has_bot=False,
            topic="Anything else",
        ),
    ),
    groups=(UserGroup("S0FINOPS00", "finops-leads", "FinOps leads", ("chloe",)),),
    commands=SAMPLE_COMMANDS,
    examples=SAMPLE_EXAMPLES,
    email_domain="lumen.example",
)
