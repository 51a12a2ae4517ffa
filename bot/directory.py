"""Who people are, asked of Slack for every decision anew: nobody's standing is remembered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from bot.scope import Home, Standing, standing
from tools.core.errors import UnavailableError

if TYPE_CHECKING:
    from slack_sdk import WebClient

SCOPES = {
    "usergroups.users.list": "usergroups:read",
    "users.info": "users:read",
    "users.lookupByEmail": "users:read.email",
}
_NOBODY = frozenset({"user_not_found", "users_not_found", "user_not_visible"})


class SlackDirectory:
    """`tools.gate.people.Directory` over Slack's Web API.

    Args:
        client: of the Web API; needs the scopes of `SCOPES`.
    """

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self._home: Home | None = None

    def members(self, group: str) -> frozenset[str]:
        """The user ids in a user group, now; Slack leaves out who was deactivated."""
        found = self._ask("usergroups.users.list", self._client.usergroups_users_list, group)
        users = found.get("users")
        if not isinstance(users, list) or not all(isinstance(user, str) for user in users):
            raise UnavailableError(_unread("usergroups.users.list"))
        return frozenset(users)

    def is_member(self, user: str) -> bool:
        """Whether this is a full, active member of this workspace: no guest, bot or outsider."""
        found = self._ask("users.info", self._client.users_info, user)
        return self._is_full(found.get("user"))

    def find(self, email: str) -> str | None:
        """The user id of an e-mail address; None where no full member has it."""
        found = self._ask("users.lookupByEmail", self._client.users_lookupByEmail, email)
        user = found.get("user")
        return str(user["id"]) if user and self._is_full(user) else None

    def name(self, user: str) -> str:
        """How people know them; the id where Slack does not tell."""
        try:
            found = self._ask("users.info", self._client.users_info, user).get("user")
        except UnavailableError:
            return user
        profile = found.get("profile") if isinstance(found, dict) else None
        known: Mapping[str, Any] = profile if isinstance(profile, dict) else {}
        return str(known.get("real_name") or known.get("display_name") or user)

    def _is_full(self, user: object) -> bool:
        if not isinstance(user, dict):
            return False
        return standing(user, self._where()) is Standing.MEMBER

    def _where(self) -> Home:
        """The workspace of the token, which does not change."""
        if self._home is None:
            found = self._ask("auth.test", lambda **_: self._client.auth_test(), "")
            team, enterprise = found.get("team_id"), found.get("enterprise_id")
            if not team:
                raise UnavailableError(_unread("auth.test"))
            self._home = Home(str(team), str(enterprise) if enterprise else None)
        return self._home

    def _ask(self, method: str, call: Callable[..., Any], about: str) -> Mapping[str, Any]:
        """One call; empty where Slack says that there is no such person.

        Raises:
            UnavailableError: with what to do about it.
        """
        from http.client import HTTPException

        from slack_sdk.errors import SlackApiError, SlackClientError

        try:
            data = call(**_arguments(method, about)).data
        except SlackApiError as error:
            said = str(_said(error.response))
            if said in _NOBODY:
                return {}
            raise UnavailableError(_sentence(said, method, about)) from error
        except (SlackClientError, HTTPException, OSError) as error:
            raise UnavailableError(_unread(method)) from error
        return data if isinstance(data, dict) else {}


def _arguments(method: str, about: str) -> dict[str, str]:
    keys = {"usergroups.users.list": "usergroup", "users.lookupByEmail": "email"}
    return {keys.get(method, "user"): about}


def _said(response: object) -> object:
    """What Slack calls the error, where it says so."""
    data = getattr(response, "data", response)
    return data.get("error", "") if isinstance(data, dict) else ""


def _sentence(error: str, method: str, about: str) -> str:
    match error:
        case "missing_scope":
            return (
                f"Purser’s Slack app may not ask who people are: add the scope {SCOPES[method]}, "
                "as in deploy/slack-manifest.yaml, and install it again."
            )
        case "plan_upgrade_required" | "paid_teams_only":
            return (
                "This Slack plan has no user groups; name people (U…) instead of groups (S…) in "
                "[policy] of purser.toml."
            )
        case "no_such_subteam" | "subteam_not_found":
            return (
                f"The policy names the user group {about}, which is not in this workspace; mend "
                "[policy] of purser.toml."
            )
        case "ratelimited" | "rate_limited":
            return "Slack wants fewer questions about who people are; try again in a minute."
        case _:
            return _unread(method)


def _unread(method: str) -> str:
    return (
        f"I could not check with Slack who may do this ({method}), so nothing is done; "
        "try again in a minute."
    )
