"""Whether a model endpoint answers, for `purser doctor`; no model is asked and nothing is spent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.config import Endpoint
from tools.core.errors import UnavailableError

if TYPE_CHECKING:
    import httpx

SECONDS = 5.0


def check_endpoint(endpoint: Endpoint, key: str | None) -> str:
    """What stands behind an endpoint, in a few words.

    Raises:
        UnavailableError: it cannot be reached, refuses the key, or has no such model.
    """
    import httpx

    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        answer = httpx.get(f"{endpoint.base_url}/models", headers=headers, timeout=SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnavailableError(
            f"{endpoint.host} cannot be reached ({type(error).__name__}); check [model] base_url "
            "and the network."
        ) from None
    if answer.status_code in (401, 403):
        said = "refuses the key" if key else "wants a key"
        raise UnavailableError(f"{endpoint.host} {said}; check the key in the environment.")
    known = _models(answer)
    missing = [m for m in dict.fromkeys((endpoint.small, endpoint.large)) if m not in known]
    if known and missing:
        raise UnavailableError(
            f"{endpoint.host} does not list {' and '.join(missing)}; check [model] small and large."
        )
    both = dict.fromkeys((endpoint.small, endpoint.large))
    return f"{' and '.join(both)} at {endpoint.host}{'' if known else ', models not listed there'}"


def _models(answer: httpx.Response) -> set[str]:
    """Names of the endpoint's models; none where it does not tell in the published shape."""
    if answer.status_code != 200:
        return set()
    try:
        listed = answer.json().get("data")
        return {str(model["id"]) for model in listed}
    except (ValueError, AttributeError, KeyError, TypeError):
        return set()
