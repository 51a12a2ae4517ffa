"""The sample company's `purser.toml`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.samples.company import SampleCompany, SampleSource
from tools.samples.models import KEYHOLDERS
from tools.samples.organisation import COST_CENTERS, PEOPLE

_HEAD = """\
# Lumen Labs, the sample company of `purser demo`. Change it and ask again: dimensions are
# resolved when a question is asked, so nothing needs to be loaded anew.
"""

_TAIL = """\
[currency]
report = "USD"

[slack.commands]
cost = "/cost"
purser = "/purser"

# Who is asked whether an idle machine is still needed, where its owner is nobody here.
[people.channels]
ml-research = "C0MLRESRCH"
platform = "C0PLATFORM"

# What runs is simulated too: machines can be stopped and started here without harm.
[clouds]
simulated = "cloud.sqlite"

# What is said without being asked. Digests come at nine; in another terminal, `purser run-job
# digest C0MLRESRCH daily` has one said at once.
[watch]
zone = "Europe/London"
operators = "C0PLATFORM"
incidents = "C0INCIDENT"
fallback = "C0FINOPS00"
on_call = ["S0FINOPS00"]
needs = true

[[watch.digests]]
channel = "C0MLRESRCH"
scope = "team=ml-research"

[[watch.digests]]
channel = "C0FINOPS00"
weekly = "09:00"
monthly = true

# Nothing is done before the right person pressed the button: the owner or a FinOps lead, and
# never who asked. Production, and what may be, is nobody's to stop.
[policy]
admins = ["U0CHLOEW00"]
production = ["prod"]
environments = ["dev", "staging", "sandbox"]

[[policy.rules]]
name = "tags"
verbs = ["tag"]
approve = ["owner", "S0FINOPS00", "admins"]

[[policy.rules]]
name = "machines"
verbs = ["stop", "start", "scale", "terminate"]
approve = ["owner", "S0FINOPS00"]

[[policy.rules]]
name = "budgets"
verbs = ["budget"]
approve = ["S0FINOPS00", "admins", "U0BENORTIZ"]

[[policy.stakes]]
monthly = 50000
approvals = 2

[scope]
guests = false

# In #ml-research only that team's costs are shown, in the channel shared with a customer only
# what runs for enterprise customers, whoever asks.
[scope.channels]
C0MLRESRCH = "team=ml-research"
C0NORDWIND = "project=enterprise"
"""

# As the clouds' tags spell them; the last two only differ in capitals from what is shown.
_ENVIRONMENTS = {
    "production": "prod",
    "prd": "prod",
    "stg": "staging",
    "development": "dev",
    "staging": "staging",
    "sandbox": "sandbox",
}


@dataclass(frozen=True, slots=True)
class Billed:
    """Where bills lie and whose they are: of a company, all that its configuration names."""

    folder: Path
    sources: tuple[SampleSource, ...]


def sample_config(company: SampleCompany | Billed) -> str:
    """A `purser.toml` for `company.folder`, its paths relative to that folder."""
    return "\n".join([_HEAD, *_sources(company), *_dimensions(), _TAIL])


def _sources(company: SampleCompany | Billed) -> Iterable[str]:
    for source in company.sources:
        path = source.path.relative_to(company.folder).as_posix()
        yield (
            f'[[sources]]\nname = "{source.name}"\npath = "{path}"\nlag_days = {source.lag_days}\n'
        )


def _dimensions() -> Iterable[str]:
    """Tags for the clouds; the model vendors know projects only, so those are mapped."""
    held = KEYHOLDERS.items()
    yield _dimension("team", tags=["team"], sub_accounts={name: label.pays for name, label in held})
    yield _dimension(
        "project",
        tags=["project", "app"],
        sub_accounts={name: label.project for name, label in held},
        aliases={name: label.project for name, label in held},
    )
    yield _dimension(
        "env",
        tags=["environment", "env"],
        sub_accounts={name: label.env for name, label in held},
        aliases=_ENVIRONMENTS,
    )
    yield _dimension(
        "workload", tags=["workload"], sub_accounts={name: label.workload for name, label in held}
    )
    yield _dimension("model", tags=["model"], columns=["model"])
    yield _dimension(
        "owner",
        tags=["owner"],
        sub_accounts={name: label.owner.email for name, label in held},
        aliases={person.slug: person.email for person in PEOPLE},
    )
    yield _dimension(
        "cost_center",
        tags=["cost-center", "cost_center", "costcenter"],
        sub_accounts={name: COST_CENTERS[label.pays] for name, label in held},
        aliases={center.lower(): center for center in COST_CENTERS.values()},
    )


def _dimension(name: str, **parts: list[str] | Mapping[str, str]) -> str:
    lines = [f"[dimensions.{name}]"]
    for key, value in parts.items():
        if isinstance(value, list):
            listed = ", ".join(f'"{item}"' for item in value)
            lines.append(f"{key} = [{listed}]")
    for key, value in parts.items():
        if isinstance(value, Mapping):
            lines.append(f"[dimensions.{name}.{key}]")
            lines += [f'"{left}" = "{right}"' for left, right in value.items()]
    return "\n".join(lines) + "\n"
