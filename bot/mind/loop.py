"""The loop of one question: LangChain's agent, with our own limits around model and tools."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool, StructuredTool
from langsmith.run_helpers import tracing_context

from bot.conversation import Ear
from bot.figures import clean
from bot.mind.acting import ActingTools
from bot.mind.arguments import Arguments, Calculate, CostBy, DimensionValues, ExplainChange
from bot.mind.endpoints import Endpoints, Listener
from bot.mind.guard import Guard
from bot.mind.streaming import Stopped
from bot.mind.toolbox import Toolbox, WrongArgumentsError

if TYPE_CHECKING:
    from langgraph.prebuilt.tool_node import ToolCallRequest
    from langgraph.types import Command

MOST_WRONG = 2  # calls a model may get wrong before a larger one is asked


class GaveUp(Exception):
    """This model cannot do it: wrong calls, the same call again, calls without end.

    Args:
        has_all: it was told what it asked for, and only did not say it.
    """

    def __init__(self, reason: str, *, has_all: bool = False) -> None:
        super().__init__(reason)
        self.has_all = has_all


_TOOLS: tuple[tuple[str, type[Arguments], str], ...] = (
    ("cost_by", CostBy, "What something cost or used: in total, by dimensions, compared."),
    (
        "explain_change",
        ExplainChange,
        "Why a cost changed between two periods: new, gone, more used, dearer.",
    ),
    ("dimension_values", DimensionValues, "How teams, services, models and the like are called."),
    ("calculate", Calculate, "A sum, difference, ratio or percentage of figures you were given."),
)


def tools_of(toolbox: Toolbox, acting: ActingTools) -> list[BaseTool]:
    """The tools of one question; without amounts there is nothing to calculate with."""
    about_costs = [t for t in _TOOLS if toolbox.amounts or t[0] != "calculate"]
    offered = [(toolbox, *tool) for tool in about_costs]
    return [
        StructuredTool.from_function(
            func=getattr(owner, name),
            name=name,
            description=text,
            args_schema=schema,
            response_format="content_and_artifact",
            infer_schema=False,
        )
        for owner, name, schema, text in (*offered, *((acting, *t) for t in acting.offered()))
    ]


@dataclass
class Attempt:
    """One try at a question by one model.

    Args:
        endpoints: who is asked.
        toolbox: what may be called; what was returned stays there.
        guard: lets checked sentences through.
        ear: who listens.
        most_calls: of tools, that may still be made.
    """

    endpoints: Endpoints
    toolbox: Toolbox
    guard: Guard
    ear: Ear
    most_calls: int
    made: int = 0
    has_dropped: bool = False
    acting: ActingTools = field(init=False)
    _wrong: int = 0
    _seen: set[str] = field(default_factory=set)
    _unread: frozenset[str] = frozenset()  # calls whose arguments are no JSON
    _has_result: bool = False

    def __post_init__(self) -> None:
        self.acting = ActingTools(self.toolbox)

    def run(self, system: str, question: str) -> None:
        """Let the model answer; what it says goes through the guard to the ear.

        Raises:
            GaveUp: another model may do better.
            Trouble: no endpoint answered.
            Stopped: the asker pressed stop.
            Exhausted: the question has used its tokens.
        """
        agent = create_agent(
            self.endpoints.model(),
            tools_of(self.toolbox, self.acting),
            system_prompt=system,
            middleware=[_Watch(self)],
        )
        limits = RunnableConfig(recursion_limit=4 * self.most_calls + 20, max_concurrency=1)
        # What is sent goes to the configured endpoint, and nowhere for tracing.
        with tracing_context(enabled=False):
            agent.invoke({"messages": [HumanMessage(question)]}, limits)

    def think(self, request: ModelRequest[Any]) -> AIMessage:
        """One call of the model, its words followed as they come."""
        self.ear.status("Thinking…" if not self.made else "Writing the answer…")
        spoken = len(self.guard.text)
        held: list[str] = []

        def words(piece: str) -> None:
            # Before any result there is nothing to say but what will be looked up.
            if self.toolbox.is_told:
                return
            if self._has_result:
                self._say(self.guard.feed(piece))
            else:
                held.append(piece)

        def broke() -> bool:
            held.clear()
            self.guard.discard()
            return len(self.guard.text) > spoken

        messages = [
            *([request.system_message] if request.system_message else []),
            *request.messages,
        ]
        is_last = self.made > self.most_calls
        offered = [] if is_last else [t for t in request.tools if isinstance(t, BaseTool)]
        answer = self.endpoints.ask(messages, offered, listener=Listener(words, broke, self.ear))
        self._unread = frozenset(answer.response_metadata["wrong"])
        if answer.tool_calls and is_last:
            raise GaveUp("calls without end")
        if answer.tool_calls or self.toolbox.is_told:
            self.guard.discard()
        else:
            self._say(self.guard.feed("".join(held)))
            self._say(self.guard.close())
        return answer

    def _say(self, pieces: Sequence[str]) -> None:
        for piece in pieces:
            self.ear.says(piece)

    def call(
        self, request: ToolCallRequest, run: Callable[[ToolCallRequest], Any]
    ) -> ToolMessage | Command[Any]:
        """One call of a tool, within the limits; what is wrong is told to the model."""
        if self.ear.wants_stop():
            raise Stopped
        call = request.tool_call
        self.made += 1
        if self.made > self.most_calls:
            return _said(call, "No more calls: answer now with what you have.")
        if request.tool is None:
            names = ", ".join(tool.name for tool in tools_of(self.toolbox, self.acting))
            return self._was_wrong(call, f"There is no tool “{clean(call['name'])}”; use {names}.")
        if call["id"] in self._unread:
            return self._was_wrong(call, "The arguments were no valid JSON.")
        self._once(f"{call['name']} {json.dumps(call['args'], sort_keys=True, default=str)}")
        self.ear.status(status_text(call["name"], call["args"]))
        try:
            message: ToolMessage = run(request)
        except WrongArgumentsError as error:
            return self._was_wrong(call, str(error))
        if message.status == "error":
            return self._was_wrong(call, _argument_sentence(message))
        if self.toolbox.is_final:
            raise GaveUp("it waits for people now", has_all=True)
        self._has_result = True
        return message

    def _once(self, made: str) -> None:
        if made in self._seen:
            raise GaveUp("the same call again", has_all=True)
        self._seen.add(made)

    def _was_wrong(self, call: Any, sentence: str) -> ToolMessage:  # noqa: ANN401  LangChain's call
        self._wrong += 1
        if self._wrong >= MOST_WRONG:
            raise GaveUp(sentence)
        return _said(call, sentence)


class _Watch(AgentMiddleware[Any, Any, Any]):
    """Puts an attempt around every model and tool call of the agent."""

    def __init__(self, attempt: Attempt) -> None:
        super().__init__()
        self._attempt = attempt

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], Any]
    ) -> ModelResponse[Any]:
        """Our own call, which streams, can be stopped, and is metered."""
        return ModelResponse(result=[self._attempt.think(request)])

    def wrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Any]
    ) -> ToolMessage | Command[Any]:
        """The tool, within the limits."""
        return self._attempt.call(request, handler)


def status_text(tool: str, arguments: dict[str, Any]) -> str:
    """What is being done, in plain words."""
    match tool:
        case "list_gpus" | "idle_gpus":
            return "Looking at what runs…"
        case "list_budgets":
            return "Looking at the budgets…"
        case "find_anomalies":
            return "Looking for what is unusual…"
        case _ if tool.startswith("propose_"):
            return "Writing the proposal…"
        case "explain_change":
            return "Looking for what changed…"
        case "dimension_values":
            return "Looking up names…"
        case "calculate":
            return "Calculating…"
        case _:
            by = clean(str(arguments.get("by") or ""))
            return f"Looking at spend by {by}…" if by else "Looking at the bills…"


def _said(call: Any, text: str) -> ToolMessage:  # noqa: ANN401  LangChain's call
    return ToolMessage(text, tool_call_id=call["id"], name=call["name"], status="error")


def _argument_sentence(message: ToolMessage) -> str:
    """What pydantic found wrong, on one short line."""
    return " ".join(str(message.content).split())[:300]
