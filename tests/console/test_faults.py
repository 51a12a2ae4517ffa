"""Calls that are made to fail, seen by the real slack_sdk client."""

from __future__ import annotations

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

from tests.console.apps import error_of

ROOM = "C0MLRESRCH"
ADA = "U0ADAPARK0"


def test_429_carries_retry_after_and_the_sdks_handler_honours_it(client, workspace):
    workspace.faults.rate_limit("chat.postMessage", retry_after=1)
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=ROOM, text="one")
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "1"

    client.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=1))
    workspace.faults.rate_limit("chat.postMessage", retry_after=1)
    assert client.chat_postMessage(channel=ROOM, text="two")["ok"]
    errors = [call.error for call in workspace.api_calls("chat.postMessage")]
    assert errors == ["ratelimited", "ratelimited", ""]


def test_any_method_can_be_made_to_fail(client, workspace):
    workspace.faults.refuse("users.info", "internal_error")
    assert error_of(client.users_info, user=ADA) == "internal_error"
    assert client.users_info(user=ADA)["ok"]
