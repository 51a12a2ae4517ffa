"""The composition root: `build(config)` wires everything, and nothing else does.

What is expensive is opened on first use, so a command pays only for what it touches.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from bot.config import Config
from bot.router import Router
from bot.wishes import Wishes
from tools.core.context import TERMINAL, Context
from tools.core.scope import EVERYTHING, Scope

if TYPE_CHECKING:
    from bot.conversation import Mind
    from bot.memory import Memory
    from tools.budgets import Budgets
    from tools.clouds.fleet import Fleet
    from tools.gate.desk import Gate
    from tools.gate.people import Directory
    from tools.lake.lake import Lake
    from tools.ledger.accruals import Accruals
    from tools.ledger.answers import Answers
    from tools.ledger.audit import Audit
    from tools.ledger.ledger import Ledger
    from tools.ledger.needs import Needs


@dataclass(frozen=True)
class Purser:
    """Purser, wired. Safe to share between threads.

    Args:
        config: everything that can be set.
    """

    config: Config

    @cached_property
    def router(self) -> Router:
        """Finds the way of a question."""
        return Router(
            mind=lambda: self.mind,
            memory=lambda: self.memory,
            wishes=Wishes(self.equipped),
            commands=self.config.slack.commands,
        )

    @cached_property
    def memory(self) -> Memory:
        """What was talked about in which conversation."""
        from bot.memory import Memory

        return Memory(lambda: self.answers, logging.getLogger("purser.memory"))

    @cached_property
    def mind(self) -> Mind | None:
        """Answers what the grammar cannot read; None where no model is configured.

        It is light; LangChain is loaded with the first question, or by `warm_up`.
        """
        from bot.mind.agent import Agent

        if self.config.model.endpoint is None:
            return None
        return Agent(self.config.model, self.config.secrets, lambda: self.answers)

    @cached_property
    def lake(self) -> Lake:
        """The bills."""
        from tools.lake.lake import Lake

        return Lake(self.config.lake_root, self.config.lake)

    @cached_property
    def ledger(self) -> Ledger:
        """What must never be lost."""
        from tools.ledger.ledger import Ledger

        self.config.home.mkdir(parents=True, exist_ok=True)
        return Ledger(self.config.ledger_url, self.config.clock)

    @cached_property
    def answers(self) -> Answers:
        """What was answered to whom, and how."""
        from tools.ledger.answers import Answers

        return Answers(self.ledger)

    @cached_property
    def budgets(self) -> Budgets:
        """The budgets, and those of the clouds that some are linked to. Asks no cloud yet."""
        from tools.budgets import Budgets
        from tools.clouds.budgets import cloud_budgets
        from tools.ledger.budgets import BudgetRecords

        clouds = cloud_budgets(self.config.clouds, self.config.clock)
        return Budgets(BudgetRecords(self.ledger), clouds)

    @cached_property
    def fleet(self) -> Fleet | None:
        """What runs in the configured clouds; None where none is configured."""
        from bot.acting import fleet_of

        return fleet_of(self.config, self.lake)

    @cached_property
    def directory(self) -> Directory:
        """Who people are."""
        from bot.acting import directory_of

        return directory_of(self.config)

    @cached_property
    def gate(self) -> Gate:
        """Where everything that changes something is proposed, approved and carried out."""
        from bot.acting import gate_of, world_of

        whole = replace(self.context(), budgets=self.budgets, fleet=self.fleet)
        world = world_of(whole)
        return gate_of(self.config, self.ledger, directory=self.directory, world=world)

    @cached_property
    def audit(self) -> Audit:
        """What was proposed, decided and done, by whom."""
        from tools.ledger.audit import Audit

        return Audit(self.ledger)

    @cached_property
    def needs(self) -> Needs:
        """What owners said is still needed."""
        from tools.ledger.needs import Needs

        return Needs(self.ledger)

    def equipped(self, context: Context) -> Context:
        """A context with what a question about costs never opens: clouds, budgets, the gate."""
        seeing = replace(context, fleet=self.fleet, budgets=self.budgets, needs=self.needs)
        # In a terminal nobody can press Approve, so nothing is proposed there.
        return seeing if context.asker == TERMINAL else replace(seeing, gate=self.gate)

    def context(self, scope: Scope = EVERYTHING) -> Context:
        """What a tool is handed when it works for somebody with this scope."""
        config = self.config
        return Context(
            lake=self.lake,
            clock=config.clock,
            scope=scope,
            meter=self._meter if config.watch.is_on else None,
            zone=config.watch.zone,
        )

    def _meter(self) -> Accruals:
        from tools.ledger.accruals import Accruals

        return Accruals(self.ledger)


def build(config: Config) -> Purser:
    """Purser over one configuration."""
    return Purser(config)
