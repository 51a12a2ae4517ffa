"""Faults: a traceback in the log, a short id for the person, a secret in neither."""

from __future__ import annotations

import logging
import re
import secrets

_SECRET = re.compile(
    r"xox[a-z]-[\w-]{6,}|xapp-[\w-]{6,}|https://hooks\.slack\.com/\S+|(?<=/hooks/)[\w-]{8,}|"
    r"\bsk-[\w-]{8,}"
)


def fault_sentence(error: BaseException, logger: logging.Logger) -> str:
    """Log an error nobody foresaw, and say so without telling what was in it."""
    name = secrets.token_hex(3)
    logger.error("fault %s", name, exc_info=error)
    return f"Something went wrong on my side; I logged it as {name}. Please try again."


def redacted(text: str) -> str:
    """The text without Slack tokens, response addresses and model keys."""
    return _SECRET.sub("[secret]", text)


class Redaction(logging.Filter):
    """Takes tokens out of whatever is logged, tracebacks included."""

    _formatter = logging.Formatter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, cleaned."""
        record.msg, record.args = redacted(record.getMessage()), None
        if record.exc_info:
            record.exc_text = redacted(self._formatter.formatException(record.exc_info))
            record.exc_info = None  # a handler would otherwise write it out again, secrets and all
        return True


def slack_logger() -> logging.Logger:
    """The logger of everything that talks to Slack."""
    logger = logging.getLogger("purser.slack")
    if not any(isinstance(f, Redaction) for f in logger.filters):
        logger.addFilter(Redaction())
    return logger
