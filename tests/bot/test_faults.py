"""Faults: an id for the person, a clean traceback for the log."""

from __future__ import annotations

import logging

import pytest

from bot.faults import fault_sentence, redacted, slack_logger

SECRETS = (
    "xoxb-1234567890-abcdef",
    "xapp-1-A111-222-abcdef",
    "https://hooks.slack.com/commands/T1/2/abc",
    "sk-proj-1234567890abcdef",
)


@pytest.mark.parametrize("secret", SECRETS)
def test_secrets_are_cut_out(secret):
    assert redacted(f"before {secret} after") == "before [secret] after"


@pytest.mark.parametrize("secret", SECRETS)
def test_nothing_logged_of_slack_holds_a_secret(secret, caplog):
    logger = slack_logger()
    with caplog.at_level(logging.INFO, logger="purser.slack"):
        logger.info("calling with %s", secret)
        try:
            int(secret)  # its message quotes what it was given
        except ValueError as error:
            words = fault_sentence(error, logger)
    formatter = logging.Formatter()
    written = [formatter.format(record) for record in caplog.records]
    assert not any(secret in text for text in (*written, words))
    assert any("ValueError" in text for text in written)


def test_the_id_a_person_sees_stands_in_the_log(caplog):
    logger = slack_logger()
    words = fault_sentence(KeyError("x"), logger)
    (record,) = caplog.records
    assert record.getMessage().split()[-1] in words
