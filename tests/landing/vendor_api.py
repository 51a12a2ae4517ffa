"""The vendors' cost and usage interfaces on loopback, in their published shapes.

Days are given; answers are paged by bucket as the vendors page them, under the limit asked for.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Items = dict[str, list[dict[str, Any]]]
KEY = "sk-admin-of-nobody-0123456789"


@dataclass
class VendorApi:
    """One vendor on a socket.

    Args:
        vendor: `openai` or `anthropic`.
        url: up to and with `/v1`.
        reports: report → day → its results.
        lists: path → its elements.
        per_page: buckets a page, at most.
        asked: paths with their parameters, in order.
        troubles: what is answered instead, in order: status, headers, body.
        change: makes of a page what is sent.
    """

    vendor: str
    url: str = ""
    reports: dict[str, Items] = field(default_factory=dict)
    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    per_page: int = 7
    asked: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)
    troubles: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    change: Callable[[dict[str, Any]], dict[str, Any]] = lambda page: page

    def add(self, report: str, day: str, **result: Any) -> None:
        """Add a result to a day of a report."""
        self.reports.setdefault(report, {}).setdefault(day, []).append(result)

    def paths(self) -> list[str]:
        """What was asked for, without parameters."""
        return [path for path, _ in self.asked]

    def page(self, path: str, query: dict[str, list[str]]) -> dict[str, Any] | None:
        """The answer to one request; None where there is nothing at the path."""
        if path in self.reports:
            return self.change(self._report(path, query))
        if path in self.lists:
            return self._list(path, query)
        return None

    def _report(self, path: str, query: dict[str, list[str]]) -> dict[str, Any]:
        days = self._days(query)
        start = int(query.get("page", ["0"])[0].removeprefix("page_"))
        stop = start + min(self.per_page, int(query["limit"][0]))
        return {
            "object": "page",
            "data": [self._bucket(day, self.reports[path]) for day in days[start:stop]],
            "has_more": stop < len(days),
            "next_page": f"page_{stop}" if stop < len(days) else None,
        }

    def _days(self, query: dict[str, list[str]]) -> list[date]:
        if self.vendor == "openai":
            start, end = (
                datetime.fromtimestamp(int(query[name][0]), UTC).date()
                for name in ("start_time", "end_time")
            )
        else:
            start, end = (
                datetime.fromisoformat(query[name][0]).date()
                for name in ("starting_at", "ending_at")
            )
        return [start + timedelta(days=n) for n in range((end - start).days)]

    def _bucket(self, day: date, report: Items) -> dict[str, Any]:
        after, results = day + timedelta(days=1), report.get(str(day), [])
        if self.vendor == "anthropic":
            return {
                "starting_at": f"{day}T00:00:00Z",
                "ending_at": f"{after}T00:00:00Z",
                "results": results,
            }
        start, end = (
            int(datetime(d.year, d.month, d.day, tzinfo=UTC).timestamp()) for d in (day, after)
        )
        return {"object": "bucket", "start_time": start, "end_time": end, "results": results}

    def _list(self, path: str, query: dict[str, list[str]]) -> dict[str, Any]:
        after = query.get("after", query.get("after_id", [""]))[0]
        everything = self.lists[path]
        start = next((n + 1 for n, item in enumerate(everything) if item["id"] == after), 0)
        shown = everything[start : start + 2]
        has_more = start + 2 < len(everything)
        return {"data": shown, "has_more": has_more, "last_id": shown[-1]["id"] if shown else None}

    def is_known(self, headers: Any) -> bool:
        """Whether the key and the version were sent as this vendor wants them."""
        if self.vendor == "openai":
            return headers["authorization"] == f"Bearer {KEY}"
        return headers["x-api-key"] == KEY and headers["anthropic-version"] == "2023-06-01"


def _dumped(value: Any) -> str:
    """JSON with decimals to their last digit, which `json` itself has no way to write."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)}: {_dumped(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_dumped, value)) + "]"
    return json.dumps(value)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a body after its header would wait 40 ms

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        api: VendorApi = self.server.api
        parts = urlsplit(self.path)
        path, query = parts.path.removeprefix("/v1/"), parse_qs(parts.query)
        api.asked.append((path, query))
        if api.troubles:
            return self.send(*api.troubles.pop(0))
        if not api.is_known(self.headers):
            return self.send(401, {}, b'{"error": {"message": "Incorrect API key provided"}}')
        page = api.page(path, query)
        if page is None:
            return self.send(404, {}, b"{}")
        return self.send(200, {}, _dumped(page).encode())

    def send(self, code: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response_only(code)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
        if int(headers.get("Content-Length", len(body))) != len(body):
            self.close_connection = True


class _Server(ThreadingHTTPServer):
    daemon_threads = True


@contextmanager
def vendor_api(vendor: str) -> Iterator[VendorApi]:
    """A vendor's interface on a socket, empty but for its reports' names."""
    api = VendorApi(vendor)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.api = api
    names = {
        "openai": ["costs", "usage/completions", "usage/embeddings"],
        "anthropic": ["cost_report", "usage_report/messages"],
    }[vendor]
    folder = "organization" if vendor == "openai" else "organizations"
    api.reports = {f"{folder}/{name}": {} for name in names}
    lists = ["projects"] if vendor == "openai" else ["workspaces", "api_keys"]
    api.lists = {f"{folder}/{name}": [] for name in lists}
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    api.url = f"http://127.0.0.1:{server.server_port}/v1"
    yield api
    server.shutdown()
    server.server_close()
