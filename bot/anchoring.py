"""The head of the audit log, kept outside: in a Slack channel, or in a bucket."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.blocks import Message, fallback, rich_block, text_part
from bot.config import Config
from tools.core.errors import InputError, UnavailableError

if TYPE_CHECKING:
    from tools.ledger.audit import Anchor, Audit, Verification

BROKEN = "The audit log is broken, so nothing is anchored; `purser audit verify` says where."


def anchored(audit: Audit, config: Config, *, channel: str | None, s3: str | None) -> str:
    """Keep the head outside, once the log proves whole; where it was kept, in a sentence.

    Args:
        audit: the log.
        config: the clock, and Slack's address and token.
        channel: id of the Slack channel to post it in.
        s3: address to put it at.

    Raises:
        InputError: there is no such place.
        UnavailableError: the log is broken, or the place does not take it.
    """
    from tools.ledger.anchors import Vault

    vault = Vault.parse(s3) if s3 else None
    found = verified(audit, s3 or "")
    if found.faults:
        raise UnavailableError(BROKEN)
    if found.head.seq == 0:
        raise InputError("Nothing is on the record yet, so there is nothing to anchor.")
    if vault is None:
        return _posted(config, channel or "", found.head)
    kept = vault.put(found.head, at=config.clock.now())
    where = f"Kept {found.head.text}\nas s3://{vault.bucket}/{kept.key}"
    if kept.until is None:
        return f"{where}\nThe bucket has no object lock: whoever may delete there can take it away."
    return f"{where}\nlocked until {kept.until:%b} {kept.until.day}, {kept.until.year}."


def verified(audit: Audit, s3: str, *more: Anchor | None) -> Verification:
    """Check the log against every anchor that was kept in a bucket.

    Args:
        audit: the log.
        s3: its address; empty for none.
        more: anchors kept elsewhere.
    """
    from tools.ledger.anchors import Vault

    if not s3:
        return audit.verify(*more)
    vault = Vault.parse(s3)
    kept = vault.anchors()
    found = audit.verify(*kept.anchors, *more)
    said = list(found.unproven)
    if not kept.anchors:
        said.append(f"There is no anchor in {vault.address}.")
    elif not kept.is_locked:
        said.append(f"{vault.address} has no object lock: that no anchor was taken away there.")
    return replace(found, unproven=tuple(said))


def _posted(config: Config, channel: str, head: Anchor) -> str:
    from slack_sdk import WebClient

    from bot.config_people import is_channel
    from bot.delivery import Delivery, Place
    from bot.faults import slack_logger
    from bot.pacing import retry_handlers

    if not is_channel(channel):
        raise InputError("Name the channel by its id, such as C0123456789.")
    if not config.secrets.bot_token:
        raise InputError("Slack needs a bot token: set SLACK_BOT_TOKEN to the app’s xoxb-… token.")
    client = WebClient(
        token=config.secrets.bot_token,
        base_url=config.slack.api_url,
        retry_handlers=retry_handlers(),
        logger=slack_logger(),
    )
    delivery = Delivery(client, logger=slack_logger())
    posted = delivery.speak(Place(channel, ""), anchor_message(head, config))
    if posted is None:
        raise UnavailableError(
            f"Slack does not let me post in {channel}; /invite me there, or check the id."
        )
    return f"Posted {head.text}\nin {channel}."


def anchor_message(head: Anchor, config: Config) -> Message:
    """The anchor as it stands in a channel, to be copied for `--anchor`."""
    now = config.clock.now()
    said = f"Anchor of the audit log, entry {head.seq}, {now:%Y-%m-%d %H:%M} UTC"
    code = text_part(head.text, code=True)
    return Message(fallback(f"{said}: {head.text}"), (rich_block(text_part(f"{said}\n"), code),))
