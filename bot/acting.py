"""Wires what acts: the clouds as one fleet, the budgets, and the gate in front of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.config import Config

if TYPE_CHECKING:
    from tools.clouds.fleet import Fleet
    from tools.core.context import Context
    from tools.gate.desk import Gate
    from tools.gate.people import Directory
    from tools.gate.world import World
    from tools.lake.lake import Lake
    from tools.ledger.ledger import Ledger


def fleet_of(config: Config, lake: Lake) -> Fleet | None:
    """What runs in the configured clouds; None where none is configured. Asks no cloud yet."""
    from tools.clouds.connections import open_fleet
    from tools.gate.guards import guarded_tags

    guarded = guarded_tags(config.policy, config.lake)
    return open_fleet(config.clouds, lake, clock=config.clock, guarded=guarded)


def gate_of(config: Config, ledger: Ledger, *, directory: Directory, world: World) -> Gate:
    """The gate in front of a world. Asks nobody yet."""
    from tools.gate.desk import Gate
    from tools.gate.ground import Ground
    from tools.gate.guards import guarded_tags
    from tools.gate.rules import Book
    from tools.gate.timetable_world import TimetableWorld
    from tools.ledger.audit import Audit
    from tools.ledger.freezes import Freezes
    from tools.ledger.proposals import Proposals
    from tools.ledger.timetables import Timetables

    timetables = Timetables(ledger)
    ground = Ground(
        records=Proposals(ledger),
        freezes=Freezes(ledger),
        audit=Audit(ledger),
        timetables=timetables,
        world=TimetableWorld(world, timetables),
        book=Book(config.policy, guarded_tags(config.policy, config.lake)),
        directory=directory,
        clock=config.clock,
    )
    return Gate(ground)


def world_of(context: Context) -> World:
    """The clouds and the budgets as one world.

    Args:
        context: bills, clouds and budgets, under no scope.
    """
    from tools.gate.budget_world import BudgetWorld
    from tools.gate.resources import Resources
    from tools.gate.worlds import Worlds

    clouds = Resources(context.fleet, context.clock) if context.fleet else None
    return Worlds(clouds, BudgetWorld(context))


def directory_of(config: Config) -> Directory:
    """Slack, asked who people are; without a token nobody is anybody."""
    from tools.gate.people import Nobody

    if not config.secrets.bot_token:
        return Nobody()
    from slack_sdk import WebClient

    from bot.directory import SlackDirectory
    from bot.faults import slack_logger
    from bot.pacing import retry_handlers

    client = WebClient(
        token=config.secrets.bot_token,
        base_url=config.slack.api_url,
        retry_handlers=retry_handlers(),
        logger=slack_logger(),
    )
    return SlackDirectory(client)
