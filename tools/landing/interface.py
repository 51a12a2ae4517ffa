"""A vendor's HTTP interface: bounded patience, and an answer read field by field.

No sentence holds a body, an address with a query, or a header: a key could be in any of them.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from tools.core.clock import Clock
from tools.core.errors import InputError, UnavailableError
from tools.core.periods import Period
from tools.core.settings import Interface

if TYPE_CHECKING:
    import httpx

Parameters = Sequence[tuple[str, str]]
Sleep = Callable[[float], None]
_STANDS = "What stood before still stands."
_TRIES = 6
_FIRST_WAIT = 0.5  # seconds; doubles with every try
_LONGEST_WAIT = 60.0
_MOST_PAGES = 200
_LONGEST_ANSWER = 300.0  # seconds, of one body that keeps coming
_MOST_BYTES = 256 << 20
_LARGEST, _SMALLEST = 15, -30  # decimal places of a number that can be meant
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class NotTakenError(InputError):
    """The vendor does not take a request as it was put (400): it may take a plainer one."""


class _EndlessError(Exception):
    """A body that does not end, or not in time."""


@dataclass(frozen=True)
class Caller:
    """Calls one vendor's interface.

    Args:
        vendor: as people call it.
        place: where it is, and the key.
        http: an open client; its headers carry the key.
        clock: the time, for dates to wait until.
        sleep: waits so many seconds.
        tries: how often trouble that passes is met before giving up.
    """

    vendor: str
    place: Interface
    http: httpx.Client
    clock: Clock
    sleep: Sleep = time.sleep
    tries: int = _TRIES

    def pages(self, path: str, parameters: Parameters, *, what: str) -> Iterator[Fields]:
        """Every element of `data`, page after page, as `has_more` and `next_page` lead on.

        Raises:
            InputError: the key is refused, or the answer has another shape than published.
            UnavailableError: the vendor does not answer.
        """
        page: list[tuple[str, str]] = []
        for _ in range(_MOST_PAGES):
            answer = self.get(path, [*parameters, *page], what=what)
            yield from answer.items("data")
            if not answer.flag("has_more"):
                return
            following = [("page", answer.text("next_page"))]
            if following == page:
                break
            page = following
        raise InputError(f"{self.vendor}'s pages of {what} do not end. {_STANDS}")

    def days(
        self, path: str, parameters: Parameters, *, within: Period, start: str, what: str
    ) -> Iterator[tuple[date, Fields]]:
        """Results by day: none of a day outside `within`, and none that only comes again.

        Args:
            path: of the report.
            parameters: of the request.
            within: the days asked for; every other day is asked for in its own month.
            start: the field that says when a bucket begins.
            what: the report, for sentences.
        """
        seen: dict[date, list[Sequence[object]]] = {}
        for bucket in self.pages(path, parameters, what=what):
            day, items = bucket.moment(start).date(), bucket.items("results")
            told = [item.raw for item in items]
            if not within.start <= day < within.end or told in seen.get(day, ()):
                continue
            seen.setdefault(day, []).append(told)
            yield from ((day, item) for item in items)

    def listed(self, path: str, *, after: str, what: str) -> Iterator[Fields]:
        """Every element of a list that is paged by the last one's id."""
        page: list[tuple[str, str]] = []
        for _ in range(_MOST_PAGES):
            answer = self.get(path, [("limit", "100"), *page], what=what)
            yield from answer.items("data")
            if not answer.flag("has_more"):
                return
            following = [(after, answer.text("last_id"))]
            if following == page:
                return
            page = following

    def get(self, path: str, parameters: Parameters, *, what: str) -> Fields:
        """One answer, after as many tries as it takes and is given.

        Raises:
            InputError: the vendor refuses, and what to change.
            UnavailableError: it does not answer.
        """
        import httpx

        trouble = f"{self.vendor} does not answer"
        for attempt in range(self.tries):
            wait = min(_FIRST_WAIT * 2**attempt, _LONGEST_WAIT)
            try:
                answer = self._answer(path, parameters)
            except (httpx.HTTPError, _EndlessError):
                trouble = f"{self.vendor} does not answer; check the network and base_url"
            except (httpx.InvalidURL, ValueError) as error:
                raise InputError(
                    f"{self.vendor} cannot be called at base_url; check it. {_STANDS}"
                ) from error
            else:
                if answer.status_code != 429 and answer.status_code < 500:
                    return self._read(answer, what)
                trouble = f"{self.vendor} is busy ({answer.status_code})"
                wait = self._asked(answer.headers.get("retry-after")) or wait
            if wait > _LONGEST_WAIT:
                break
            if attempt + 1 < self.tries:
                self.sleep(wait)
        raise UnavailableError(f"{trouble}; {what} could not be read. Try again later. {_STANDS}")

    def _answer(self, path: str, parameters: Parameters) -> httpx.Response:
        """One answer, read whole: within bounds, as a time-out counts from byte to byte."""
        import httpx

        url, until = f"{self.place.base_url}/{path}", time.monotonic() + _LONGEST_ANSWER
        with self.http.stream("GET", url, params=list(parameters)) as answer:
            parts, size = [], 0
            for part in answer.iter_bytes():
                parts.append(part)
                size += len(part)
                if size > _MOST_BYTES or time.monotonic() > until:
                    raise _EndlessError
        waits = {k: v for k, v in answer.headers.items() if k == "retry-after"}
        return httpx.Response(answer.status_code, headers=waits, content=b"".join(parts))

    def _asked(self, text: str | None) -> float | None:
        """How long the vendor asks to wait, in seconds; None where it does not say."""
        if not text:
            return None
        try:
            return max(0.0, float(text))
        except ValueError:
            pass
        try:
            until = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            return None
        aware = until if until.tzinfo else until.replace(tzinfo=UTC)
        return max(0.0, (aware - self.clock.now()).total_seconds())

    def _read(self, answer: httpx.Response, what: str) -> Fields:
        name, status = self.place.key_name, answer.status_code
        if status == 401:
            raise InputError(
                f"{self.vendor} refuses the key in {name}; put a valid admin key there. {_STANDS}"
            )
        if status == 403:
            raise InputError(
                f"The key in {name} may not read {what}; {self.vendor} wants an admin key with "
                f"the right to read usage and costs. {_STANDS}"
            )
        if status == 400:
            raise NotTakenError(
                f"{self.vendor} does not take the request for {what} (400); if it goes too far "
                f"back, name a later first day in since. {_STANDS}"
            )
        if status != 200:
            raise InputError(
                f"{self.vendor} has no {what} at {self.place.base_url} ({status}); check base_url. "
                f"{_STANDS}"
            )
        try:
            raw = json.loads(answer.content, parse_float=Decimal)
        except (ValueError, RecursionError):
            raw = None
        return Fields.of(raw, f"{self.vendor}'s answer for {what}")


@contextmanager
def called(
    vendor: str, place: Interface, *, headers: Mapping[str, str], clock: Clock, sleep: Sleep
) -> Iterator[Caller]:
    """A caller with the key in its headers.

    Raises:
        InputError: there is no key.
    """
    import httpx

    if not place.key:
        raise InputError(
            f"{place.key_name} is not set; {vendor}'s reports want an admin key. {_STANDS}"
        )
    if not re.fullmatch(r"[!-~]+", place.key):
        raise InputError(
            f"{place.key_name} holds a blank or a sign that no key has; set it anew. {_STANDS}"
        )
    with httpx.Client(headers=dict(headers), timeout=httpx.Timeout(60, connect=10)) as http:
        yield Caller(vendor, place, http, clock, sleep)


@dataclass(frozen=True, slots=True)
class Fields:
    """One JSON object of an answer. Fields nobody asks for are let be; those asked for must fit.

    Args:
        raw: the object.
        where: which answer it is part of, for sentences.
        path: where in it, with a dot at the end.
    """

    raw: Mapping[str, Any]
    where: str
    path: str = ""

    @classmethod
    def of(cls, raw: object, where: str, path: str = "") -> Fields:
        """`raw` as an object.

        Raises:
            InputError: it is none.
        """
        if not isinstance(raw, dict):
            raise _changed(where, f"holds no object{f' in “{path[:-1]}”' if path else ''}")
        return cls(raw, where, path)

    def text(self, name: str) -> str:
        """A text that must be there; without what no one can see or write to a file."""
        value = self._there(name)
        if not isinstance(value, str):
            raise self._odd(name)
        return _UNPRINTED.sub("\N{REPLACEMENT CHARACTER}", value)

    def maybe(self, name: str) -> str | None:
        """A text, or None where there is none."""
        return None if self.raw.get(name) is None else self.text(name)

    def flag(self, name: str) -> bool:
        """A yes or no that must be there."""
        value = self._there(name)
        if not isinstance(value, bool):
            raise self._odd(name)
        return value

    def number(self, name: str) -> Decimal:
        """A number of a size that can be meant, as one or as text, that must be there."""
        value = self._there(name)
        try:
            number = Decimal(str(value)) if not isinstance(value, bool) else None
        except InvalidOperation:
            number = None
        if number is None or not number.is_finite():
            raise self._odd(name)
        if not number or number.adjusted() < _SMALLEST:  # `0E-6176` has been seen
            return Decimal(0)
        if number.adjusted() >= _LARGEST:
            raise self._odd(name)
        return number

    def maybe_number(self, name: str) -> Decimal | None:
        """A number, or None where there is none."""
        return None if self.raw.get(name) is None else self.number(name)

    def inner(self, name: str) -> Fields:
        """An object that must be there."""
        return Fields.of(self._there(name), self.where, f"{self.path}{name}.")

    def items(self, name: str) -> list[Fields]:
        """A list of objects that must be there."""
        value = self._there(name)
        if not isinstance(value, list):
            raise self._odd(name)
        return [Fields.of(item, self.where, f"{self.path}{name}.") for item in value]

    def moment(self, name: str) -> datetime:
        """A time that must be there: seconds since 1970, or as ISO 8601 writes it; UTC."""
        value = self._there(name)
        try:
            if isinstance(value, int) and not isinstance(value, bool):
                return datetime.fromtimestamp(value, UTC)
            moment = datetime.fromisoformat(value)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, TypeError, OverflowError, OSError) as error:
            raise self._odd(name) from error

    def _there(self, name: str) -> Any:  # noqa: ANN401
        value = self.raw.get(name)
        if value is None:
            raise _changed(self.where, f"has no field “{self.path}{name}”")
        return value

    def _odd(self, name: str) -> InputError:
        return _changed(self.where, f"holds something unexpected in “{self.path}{name}”")


def _changed(where: str, said: str) -> InputError:
    return InputError(
        f"{where} {said}; nothing was changed. If the interface has changed, Purser needs a newer "
        "version."
    )
