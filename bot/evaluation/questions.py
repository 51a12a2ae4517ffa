"""A question and what is right to answer; question sets are YAML, checked as they are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.core.errors import InputError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from yaml import Node

EVERYONE = "everyone"


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing said in a conversation: by whom is a scope such as `team=search`."""

    text: str
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """What is right to answer. Exactly one of the first five is given; the others come on top.

    Args:
        queries: lines of the grammar (`why …` too); one of them is to be what was read.
        figures: SQL; one value is the total (or `before` and `after` of a change), rows of names
            and a value are the lines of the answer.
        names_first: what the first line of the answer, or the first reason, is to name.
        abstains: there is nothing to answer; any figure is wrong.
        refuses: an answer is allowed, but nothing of what `never_…` lists.
        never_says: texts that must not appear in the answer.
        never_figures: SQL; none of its values may appear in the answer.
    """

    queries: tuple[str, ...] = ()
    figures: str = ""
    names_first: tuple[str, ...] = ()
    abstains: bool = False
    refuses: bool = False
    never_says: tuple[str, ...] = ()
    never_figures: str = ""

    def statements(self) -> tuple[str, ...]:
        """The SQL in it."""
        return tuple(sql for sql in (self.figures, self.never_figures) if sql)


@dataclass(frozen=True, slots=True)
class Question:
    """A conversation whose last turn is judged.

    Args:
        id: names it in reports.
        turns: what is said, oldest first.
        expected: what is right after the last turn.
        tags: what kind of question it is.
        needs_model: the grammar cannot be expected to read it.
    """

    id: str
    turns: tuple[Asked, ...]
    expected: Expected
    tags: tuple[str, ...] = ()
    needs_model: bool = False


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions that go together.

    Args:
        questions: in the order they are asked.
        on_sample: the expectations are those of the sample company.
        views: SQL of common table expressions that its statements stand on.
    """

    questions: tuple[Question, ...]
    on_sample: bool = False
    views: str = ""

    def tagged(self, tag: str) -> QuestionSet:
        """Those with a tag.

        Raises:
            InputError: there are none.
        """
        kept = tuple(q for q in self.questions if tag in q.tags)
        if not kept:
            known = ", ".join(sorted({t for q in self.questions for t in q.tags}))
            raise InputError(f"No question is tagged “{tag}”; there are {known or 'no tags'}.")
        return QuestionSet(kept, self.on_sample, self.views)


def shipped() -> tuple[QuestionSet, ...]:
    """The question sets over the sample company that come with Purser."""
    from importlib.resources import files

    folder = files("prompts") / "questions"
    names = sorted(f.name for f in folder.iterdir() if f.name.endswith(".yaml"))
    return _unique(read_set(folder / name) for name in names)


def read_sets(paths: Sequence[Path]) -> tuple[QuestionSet, ...]:
    """Question sets from files, in order.

    Raises:
        InputError: one cannot be read; names the file, the line and the question.
    """
    return _unique(read_set(path) for path in paths)


def read_set(path: Path | Traversable) -> QuestionSet:
    """One file of questions.

    Raises:
        InputError: it cannot be read; names the file, the line and the question.
    """
    node, raw = _parsed(_text(path), path.name)
    if not isinstance(raw, dict) or not isinstance(raw.get("questions"), list):
        raise InputError(f"{path.name} is no question set: write a list under “questions:”.")
    head = _head({k: v for k, v in raw.items() if k != "questions"}, path.name)
    lines = _lines(node)
    questions = tuple(
        _question(item, tags=head.tags, where=f"{path.name}, line {line}")
        for item, line in zip(raw["questions"], lines, strict=True)
    )
    views = _text(_beside(path, head.sql)) if head.sql else ""
    return QuestionSet(questions, head.bills == "sample", views)


def _beside(path: Path | Traversable, name: str) -> Path | Traversable:
    if isinstance(path, Path):
        return path.parent / name
    from importlib.resources import files

    return files("prompts") / "questions" / name


def _text(path: Path | Traversable) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise InputError(f"There is no question set {path}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is no text in UTF-8.") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error


def _parsed(text: str, name: str) -> tuple[Node | None, Any]:
    import yaml

    try:
        return yaml.compose(text, Loader=yaml.SafeLoader), yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InputError(f"{name}, line {line}: this is no YAML ({error.problem}).") from error
    except (yaml.YAMLError, ValueError) as error:
        raise InputError(f"{name} is no YAML.") from error


def _lines(node: Any) -> Iterator[int]:  # noqa: ANN401  pyyaml types no node's value
    """The line on which each question begins."""
    for key, value in node.value:
        if key.value == "questions":
            yield from (item.start_mark.line + 1 for item in value.value)


def _head(raw: dict[str, Any], name: str) -> Any:  # noqa: ANN401  a model made at the edge
    from pydantic import ValidationError

    from bot.evaluation.question_file import Head

    try:
        return Head.model_validate(raw)
    except ValidationError as error:
        raise InputError(f"{name}: {_complaint(error)}") from error


def _question(raw: Any, *, tags: Iterable[str], where: str) -> Question:  # noqa: ANN401
    from pydantic import ValidationError

    from bot.evaluation.question_file import Item

    named = f", question “{raw['id']}”" if isinstance(raw, dict) and raw.get("id") else ""
    try:
        item = Item.model_validate(raw)
    except ValidationError as error:
        raise InputError(f"{where}{named}: {_complaint(error)}") from error
    return item.question(tags)


def _complaint(error: Any) -> str:  # noqa: ANN401  pydantic is not loaded for its name
    """What is wrong first, in words: “expect” is missing."""
    first = error.errors(include_url=False)[0]
    names = [str(part) for part in first["loc"] if "[" not in str(part)]
    place = f"“{'.'.join(names)}”" if names else "it"
    if known := _WRONG.get(first["type"]):
        return f"{place} {known}."
    said = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{place}: {said[:1].lower()}{said[1:]}."


_WRONG = {
    "missing": "is missing",
    "extra_forbidden": "is not known here",
    "string_type": "is to be a text",
    "bool_parsing": "is to be true or false",
    "model_type": "is to be a mapping",
    "too_short": "is empty",
    "string_too_short": "is empty",
}


def _unique(sets: Iterable[QuestionSet]) -> tuple[QuestionSet, ...]:
    found = tuple(sets)
    seen: set[str] = set()
    for question in (q for one in found for q in one.questions):
        if question.id in seen:
            raise InputError(f"Two questions are called “{question.id}”; give each its own id.")
        seen.add(question.id)
    if len({one.on_sample for one in found}) > 1:
        raise InputError("Some of these questions are about the sample company, some are not.")
    return found
