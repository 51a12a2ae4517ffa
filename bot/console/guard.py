"""Who may speak to the console: this machine's own page and app, nobody's web site.

A page elsewhere can make a browser call 127.0.0.1. So every request must name this host
(against DNS rebinding), must not come from another origin, and the page's part wants the random
key of its address, kept afterwards in a cookie that other sites never send.
"""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from flask import Flask, Response, make_response, request
from werkzeug.wrappers import Response as AnyResponse

from bot.console.workspace import Workspace

_OPEN_TO_THE_APP = ("/api/", "/upload/", "/hooks/", "/files/")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "frame-ancestors 'none'; form-action 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def guard(app: Flask, workspace: Workspace) -> None:
    """Check every request before it is handled, and mark every answer."""

    @app.before_request
    def check() -> Response | None:
        problem = _problem(workspace)
        return _refused(problem) if problem else None

    @app.after_request
    def mark(answer: Response) -> Response:
        answer.headers.update(_HEADERS)
        return answer


def sees_page(workspace: Workspace) -> bool:
    """True where the cookie holds the page's key."""
    return _same(request.cookies.get(_cookie(workspace)), workspace.page_key)


def set_key(workspace: Workspace, answer: AnyResponse) -> AnyResponse:
    """Keep the key of the address in a cookie, so that the address bar need not show it."""
    answer.set_cookie(
        _cookie(workspace), workspace.page_key, httponly=True, samesite="Strict", path="/"
    )
    return answer


def _problem(workspace: Workspace) -> str:
    own = urlsplit(workspace.base_url)
    if request.host not in (own.netloc, f"localhost:{own.port}"):
        return "This console answers to its own address only."
    origin = request.headers.get("Origin")
    if origin is not None and origin not in (
        f"http://{own.netloc}",
        f"http://localhost:{own.port}",
    ):
        return "Other sites may not speak to this console."
    if request.path.startswith(_OPEN_TO_THE_APP):
        return ""
    if request.path == "/" and _same(request.args.get("key"), workspace.page_key):
        return ""
    if not sees_page(workspace):
        return "Open the console by the whole address that was printed when it started."
    if request.method == "POST" and not (origin and request.is_json):
        return "The page speaks JSON from its own origin."
    return ""


def _refused(problem: str) -> Response:
    answer = make_response(problem, 403)
    answer.mimetype = "text/plain"
    return answer


def _cookie(workspace: Workspace) -> str:
    # Cookies are shared by all ports of a host; two consoles must not put each other out.
    return f"purser_console_{urlsplit(workspace.base_url).port}"


def _same(given: str | None, wanted: str) -> bool:
    return given is not None and hmac.compare_digest(given.encode(), wanted.encode())
