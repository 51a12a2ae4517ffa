"""The same mind against another stand-in, `llmock` of @copilotkit/aimock, where it is at hand."""

import json
import shutil
import socket
import subprocess
import time

import pytest

from bot.config import Endpoint, ModelSettings, Secrets
from bot.conversation import Turn
from bot.mind.agent import Agent
from tests.mind.askings import Listening
from tools.core.errors import UnavailableError

LLMOCK = shutil.which("llmock")
TEXT = "ml leads with $8,000.00, 64.8% of the $12,345.67 total. data took $77."
FIXTURES = [
    {
        "match": {"userMessage": "out of order"},
        "response": {"error": {"message": "down"}, "status": 500},
    },
    {"match": {"userMessage": "teams", "hasToolResult": True}, "response": {"content": TEXT}},
    {
        "match": {"userMessage": "teams", "hasToolResult": False},
        "response": {
            "toolCalls": [{"name": "cost_by", "arguments": {"period": "2026-11", "by": "team"}}]
        },
    },
]

pytestmark = pytest.mark.skipif(
    LLMOCK is None, reason="llmock (npm @copilotkit/aimock) is not here"
)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def agent(tmp_path):
    path = tmp_path / "fixtures.json"
    path.write_text(json.dumps({"fixtures": FIXTURES}), encoding="utf-8")
    port = free_port()
    command = [LLMOCK, "-p", str(port), "-f", str(path), "--log-level", "silent"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        endpoint = Endpoint(f"http://127.0.0.1:{port}/v1", "gpt-4o-mini", "gpt-4o")
        yield Agent(ModelSettings(endpoint, timeout_seconds=10), Secrets(model_key="k"))
        running.terminate()


def test_llmock_is_answered_through_like_our_own_stand_in(agent, context):
    ear = Listening()
    answer = agent.answer(
        "How do the teams stand?", context=context, turn=Turn(ear=ear), before=(), id="a1"
    )
    assert answer.text == "ml leads with $8,000.00, 64.8% of the $12,345.67 total."
    assert answer.tools[0].arguments == {"query": "2026-11 by team"}
    assert answer.usage.calls == 2
    assert answer.usage.input_tokens > 0
    assert answer.usage.models == ("gpt-4o-mini",)


def test_llmock_out_of_order_is_told_in_one_sentence(agent, context):
    with pytest.raises(UnavailableError) as raised:
        agent.answer("Are you out of order?", context=context, turn=Turn(), before=(), id="a1")
    assert raised.value.sentence.endswith("has trouble (HTTP 500). Please try again in a moment.")
