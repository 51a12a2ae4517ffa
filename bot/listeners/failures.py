"""What goes wrong becomes one sentence where it was asked; nothing ends in silence."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.blocks import Message, not_understood_message, plain_message
from bot.delivery import Delivery, Place
from bot.faults import fault_sentence
from bot.streaming import Reply
from tools.core.errors import InputError, NotUnderstoodError, PurserError


@dataclass(frozen=True, slots=True)
class Failures:
    """Tells people what went wrong.

    Args:
        delivery: brings the sentence.
        logger: told of faults.
    """

    delivery: Delivery
    logger: logging.Logger

    @contextmanager
    def told(self, place: Place, reply: Reply | None = None) -> Iterator[None]:
        """Do the block, and say in one sentence what went wrong; below what was said already."""
        try:
            yield
        except NotUnderstoodError as error:
            self._say(place, not_understood_message(error), reply)
        except InputError as error:
            self._say(place, plain_message(error.sentence), reply)
        except PurserError as error:
            self._say(place.privately(), plain_message(error.sentence), reply)
        except Exception as error:  # noqa: BLE001  a listener's last line: the asker hears an id
            message = plain_message(fault_sentence(error, self.logger))
            self._say(place.privately(), message, reply)
        finally:
            if reply is not None:
                reply.close()

    def _say(self, place: Place, message: Message, reply: Reply | None) -> None:
        if reply is not None and reply.has_begun:
            reply.fail(message)
        else:
            self.delivery.post(place, message)
