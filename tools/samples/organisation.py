"""Lumen Labs: who works there, on what, and how each cloud's tags say so.

About 120 people build a visual search and writing assistant. Everything here is made up; the
e-mail domain is one that can never exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NAME = "Lumen Labs"
DOMAIN = "lumen.example"

COST_CENTERS: Mapping[str, str] = {
    "ml-research": "CC-410",
    "assistant": "CC-420",
    "search": "CC-430",
    "platform": "CC-510",
    "data": "CC-520",
    "growth": "CC-610",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at Lumen Labs."""

    name: str
    team: str
    title: str

    @property
    def email(self) -> str:
        """Their address."""
        return f"{self.slug.replace('-', '.')}@{DOMAIN}"

    @property
    def slug(self) -> str:
        """Their name where a cloud allows no `@` in a label."""
        return self.name.lower().replace(" ", "-")


ADA = Person("Ada Park", "ml-research", "ML engineer")
MARCUS = Person("Marcus Vale", "ml-research", "Research scientist")
BEN = Person("Ben Ortiz", "platform", "Platform engineer")
CHLOE = Person("Chloe Winter", "platform", "FinOps lead")
PRIYA = Person("Priya Nair", "search", "Search engineer")
HANA = Person("Hana Sato", "assistant", "Assistant lead")
SOFIA = Person("Sofia Lind", "data", "Data engineer")
TOM = Person("Tom Okafor", "growth", "Growth engineer")
PEOPLE = (ADA, MARCUS, BEN, CHLOE, PRIYA, HANA, SOFIA, TOM)


@dataclass(frozen=True, slots=True)
class Label:
    """To whom and what a charge belongs."""

    owner: Person
    project: str
    env: str
    workload: str
    model: str | None = None
    team: str | None = None  # where it is not the owner's

    @property
    def pays(self) -> str:
        """The team that pays."""
        return self.team or self.owner.team

    def aws(self) -> dict[str, str]:
        """As AWS cost allocation tags."""
        tags = {
            "team": self.pays,
            "project": self.project,
            "environment": self.env,
            "workload": self.workload,
            "owner": self.owner.email,
            "cost-center": COST_CENTERS[self.pays],
        }
        return {**tags, "model": self.model} if self.model else tags

    def gcp(self) -> dict[str, str]:
        """As Google Cloud labels: lower case, no `@`, no dots."""
        tags = {
            "team": self.pays,
            "app": self.project,
            "env": {"prod": "prd", "staging": "stg"}.get(self.env, self.env),
            "workload": self.workload,
            "owner": self.owner.slug,
            "cost_center": COST_CENTERS[self.pays].lower(),
        }
        return {**tags, "model": self.model} if self.model else tags

    def azure(self) -> dict[str, str]:
        """As Azure tags, in the capitals people give them there."""
        environments = {"prod": "Production", "dev": "Development", "staging": "Staging"}
        tags = {
            "Team": self.pays,
            "Project": self.project,
            "Environment": environments.get(self.env, self.env.capitalize()),
            "Workload": self.workload,
            "Owner": self.owner.email,
            "CostCenter": COST_CENTERS[self.pays],
        }
        return {**tags, "Model": self.model} if self.model else tags
