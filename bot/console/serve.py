"""Puts a workspace, or any WSGI application, on a port of 127.0.0.1."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.console.workspace import Workspace
from tools.core.errors import UnavailableError

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from flask import Flask

HOST = "127.0.0.1"
_LARGEST = 2**30  # bytes; waitress’s own


@contextmanager
def serve_console(workspace: Workspace, *, port: int = 0) -> Iterator[Workspace]:
    """Serve the Web API and the page until the block ends.

    Args:
        workspace: its addresses are known inside the block.
        port: 0 takes a free one.
    """
    with serve_wsgi(console_app(workspace), port=port) as address:
        workspace.store.base_url = address
        try:
            yield workspace
        finally:
            workspace.close()


def console_app(workspace: Workspace) -> Flask:
    """The Flask application of both halves: Slack's API for the app, the page for people."""
    from flask import Flask

    from bot.console.guard import guard
    from bot.console.page_api import page_api
    from bot.console.slack_api import slack_api

    app = Flask("purser-console", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024 * 1024
    guard(app, workspace)
    app.register_blueprint(slack_api(workspace))
    app.register_blueprint(page_api(workspace))
    return app


@contextmanager
def serve_wsgi(
    app: WSGIApplication,
    *,
    host: str = HOST,
    port: int = 0,
    threads: int = 24,
    largest: int = _LARGEST,
) -> Iterator[str]:
    """Serve a WSGI application in threads; gives its address, with a slash at its end.

    Args:
        app: what is served.
        host: to listen on.
        port: to listen on; 0 takes a free one.
        threads: so many requests at once.
        largest: bytes of a request; one that has more is refused unread.

    Raises:
        UnavailableError: the port is taken.
    """
    from waitress import wasyncore
    from waitress.server import create_server

    try:
        server = create_server(
            app,
            host=host,
            port=port,
            threads=threads,
            max_request_body_size=largest,
            clear_untrusted_proxy_headers=True,
        )
    except OSError as error:
        raise UnavailableError(
            f"Port {port} of this machine is taken; choose another one."
        ) from error
    ending = threading.Event()

    def poll() -> None:
        while not ending.is_set():
            wasyncore.loop(timeout=30, map=server._map, count=1)

    thread = threading.Thread(target=poll, daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.effective_port}/"
    finally:
        # In this order: a worker that outlived the sockets would write into a reused descriptor.
        ending.set()
        server.pull_trigger()
        thread.join()
        server.task_dispatcher.shutdown(timeout=5)
        wasyncore.close_all(server._map)
