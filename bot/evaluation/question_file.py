"""The shape of a question set in YAML. Loads pydantic, so it is imported where a set is read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from bot.evaluation.questions import EVERYONE, Asked, Expected, Question

_ONE_OF = ("query", "figures", "names_first", "abstain", "refuse")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Head(_Strict):
    """What a file says of all its questions.

    Args:
        about: for readers.
        bills: whose figures are expected: the sample company's, or one's own.
        sql: a file beside it whose common table expressions every statement may name.
        tags: of every question in it.
    """

    about: str = ""
    bills: Literal["sample", "own"] = "own"
    sql: str = ""
    tags: list[str] = Field(default_factory=list)

    @field_validator("sql")
    @classmethod
    def _is_a_name(cls, value: str) -> str:
        if "/" in value or "\\" in value:
            raise ValueError("name a file in the same folder")
        return value


class Said(_Strict):
    """One turn of a conversation, with its asker."""

    ask: str = Field(min_length=1)
    asker: str = Field(default="", alias="as")


class Expectation(_Strict):
    """What is right to answer; see `Expected`."""

    query: str | list[str] = Field(default_factory=list)
    figures: str = ""
    names_first: str | list[str] = Field(default_factory=list)
    abstain: bool = False
    refuse: bool = False
    never_says: str | list[str] = Field(default_factory=list)
    never_figures: str = ""

    @model_validator(mode="after")
    def _says_something(self) -> Expectation:
        if not any(getattr(self, name) for name in _ONE_OF):
            raise ValueError(f"say what is right: one of {', '.join(_ONE_OF)}")
        if (self.abstain or self.refuse) and (self.query or self.figures or self.names_first):
            raise ValueError("a question is either answered or not")
        if self.refuse and not (self.never_says or self.never_figures):
            raise ValueError("say what must not be said: never_says, never_figures")
        return self

    def expected(self) -> Expected:
        """As it is judged."""
        return Expected(
            queries=_several(self.query),
            figures=self.figures.strip(),
            names_first=_several(self.names_first),
            abstains=self.abstain,
            refuses=self.refuse,
            never_says=_several(self.never_says),
            never_figures=self.never_figures.strip(),
        )


class Item(_Strict):
    """One question of the list."""

    id: str = Field(min_length=1)
    ask: str | list[str | Said] = Field(min_length=1)
    asker: str = Field(default=EVERYONE, alias="as")
    expect: Expectation
    tags: list[str] = Field(default_factory=list)
    needs_model: bool = False

    def question(self, tags: Iterable[str]) -> Question:
        """As it is asked."""
        said = [self.ask] if isinstance(self.ask, str) else self.ask
        turns = [turn if isinstance(turn, Said) else Said(ask=turn) for turn in said]
        return Question(
            id=self.id,
            turns=tuple(Asked(turn.ask, _scope(turn.asker or self.asker)) for turn in turns),
            expected=self.expect.expected(),
            tags=tuple(dict.fromkeys((*tags, *self.tags))),
            needs_model=self.needs_model,
        )


def _scope(asker: str) -> str:
    return "" if asker == EVERYONE else asker


def _several(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
