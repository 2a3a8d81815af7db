"""What every stand-in shares: a threaded HTTP server on loopback, faults a person can switch on, a journal.

A fault stays for a number of requests or until it is switched off. It is applied to the protocol's own paths,
never to /control.
"""

from __future__ import annotations

import argparse
import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from adapters.standins import page

BODY_LIMIT_BYTES = 1_000_000

FAULTS = {
    "none": "正常",
    "outage": "停止（503を返す）",
    "unreachable": "つながらない（答えずに切る・処理しない）",
    "delay": "遅い（答えるまで待たせる）",
    "drop_after": "処理したあと、答えずに切る",
    "garbage": "処理したあと、意味の通らない答えを返す",
    "twice": "同じ答えを2回送る",
    "rate": "混雑（429 Retry-After）",
    "error": "内部エラー（500）",
    "gateway": "中継の時間切れ（504）",
}


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    def form(self) -> dict[str, str]:
        """The fields of a posted HTML form, first value each."""
        fields = parse_qs(self.body.decode("utf-8", "replace"), keep_blank_values=True)
        return {name: values[0] for name, values in fields.items()}


@dataclass(frozen=True)
class Response:
    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


def json_response(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Response:
    body = json.dumps(value, ensure_ascii=False).encode()
    return Response(status, body, "application/json; charset=utf-8", headers or {})


def html_response(status: int, text: str) -> Response:
    return Response(status, text.encode(), "text/html; charset=utf-8")


def redirect(location: str) -> Response:
    return Response(303, headers={"Location": location})


class Standin:
    """Base of a stand-in: subclasses answer in `answer`, show state in `panel`, take controls in `control`."""

    title: ClassVar[str]
    fault_names: ClassVar[tuple[str, ...]] = tuple(FAULTS)
    rate_status: ClassVar[int] = 429

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.fault = "none"
        self.fault_left: int | None = None  # None: until switched off
        self.delay_s = 3.0
        self.journal: deque[dict[str, Any]] = deque(maxlen=500)

    def answer(self, request: Request) -> Response:
        """The protocol's answer; called with the lock held."""
        raise NotImplementedError(f"{type(self).__name__} answers nothing")

    def journal_key(self, request: Request) -> str | None:
        """The caller's own key of this request, for the journal."""
        return request.headers.get("idempotency-key")

    def panel(self) -> str:
        """HTML of the stand-in's own controls and state."""
        return ""

    def control(self, form: Mapping[str, str]) -> None:
        """Applies the stand-in's own controls of a posted /control form."""

    def take_fault(self) -> str:
        """The fault for this request; counts it down."""
        with self.lock:
            name = self.fault
            if self.fault_left is not None and name != "none":
                self.fault_left -= 1
                if self.fault_left <= 0:
                    self.fault, self.fault_left = "none", None
            return name

    def set_fault(self, form: Mapping[str, str]) -> None:
        """Raises ValueError on an unknown fault or a number that is none."""
        name = form["fault"]
        if name not in self.fault_names:
            raise ValueError(f"fault {name} is not known; use one of {', '.join(self.fault_names)}")
        times = form.get("times", "").strip()
        seconds = form.get("delay_s", "").strip()
        self.fault = name
        self.fault_left = int(times) if times else None
        if seconds:
            self.delay_s = float(seconds)


def serve(standin: Standin, port: int) -> ThreadingHTTPServer:
    """A bound server for this stand-in; the caller runs serve_forever. port 0: any free one."""
    handler = type("Handler", (_Handler,), {"standin": standin})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    return server


def run(make: Callable[[argparse.Namespace], Standin], argv: list[str], **options: str) -> int:
    """Parses --port and the given extra options (name -> default), serves until interrupted."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    for name, default in options.items():
        parser.add_argument(f"--{name.replace('_', '-')}", default=default)
    arguments = parser.parse_args(argv)
    standin = make(arguments)
    server = serve(standin, arguments.port)
    extra = getattr(standin, "announcement", "")
    address = f"http://127.0.0.1:{server.server_address[1]}"
    print(f"{standin.title}: {address} control {address}/control {extra}".rstrip(), flush=True)  # noqa: T201
    try:
        server.serve_forever(poll_interval=0.2)
    except KeyboardInterrupt:
        return 0
    finally:
        server.server_close()
    return 0


class _Handler(BaseHTTPRequestHandler):
    standin: ClassVar[Standin]
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the journal is the log."""

    def _handle(self) -> None:
        request = self._read()
        if request is None:
            return
        if request.path == "/control" or request.path.startswith("/control/"):
            self._send(_control(self.standin, request))
            return
        fault = self.standin.take_fault()
        if fault == "unreachable":
            self._note(request, 0, fault)
            self._cut()
            return
        if fault == "delay":
            time.sleep(self.standin.delay_s)
        response = _faulty(self.standin, fault) or self._answer(request)
        self._note(request, response.status, fault)
        if fault == "drop_after":
            self._cut()
            return
        if fault == "garbage":
            response = html_response(200, "<h1>Welcome</h1>")
        self._send(response)
        if fault == "twice":
            self._send(response)

    def _answer(self, request: Request) -> Response:
        with self.standin.lock:
            return self.standin.answer(request)

    def _read(self) -> Request | None:
        parts = urlsplit(self.path)
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > BODY_LIMIT_BYTES:
            self._send(Response(413, "大きすぎます".encode()))
            return None
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(length))
        return Request(
            self.command, parts.path, parse_qs(parts.query, keep_blank_values=True), headers, body
        )

    def _note(self, request: Request, status: int, fault: str) -> None:
        with self.standin.lock:
            self.standin.journal.append(
                {
                    "method": request.method,
                    "path": request.path,
                    "key": self.standin.journal_key(request),
                    "status": status,
                    "fault": fault,
                }
            )

    def _send(self, response: Response) -> None:
        try:
            self.send_response(response.status)
            self.send_header("Content-Type", response.content_type)
            self.send_header("Content-Length", str(len(response.body)))
            self.send_header("Cache-Control", "no-store")
            self.send_header(
                "Content-Security-Policy",
                "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
            )
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(response.body)
        except OSError:
            self.close_connection = True  # the caller gave up waiting

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


def _faulty(standin: Standin, fault: str) -> Response | None:
    """The answer of a fault that keeps the request from being processed; None: process it."""
    if fault == "outage":
        return json_response(503, {"code": "OUT_OF_SERVICE"}, {"Retry-After": "60"})
    if fault == "rate":
        return json_response(standin.rate_status, {"code": "TOO_MANY"}, {"Retry-After": "7"})
    if fault == "error":
        return json_response(500, {"code": "INTERNAL"})
    if fault == "gateway":
        return json_response(504, {"code": "GATEWAY_TIMEOUT"})
    return None


def _control(standin: Standin, request: Request) -> Response:
    if request.path == "/control/journal":
        with standin.lock:
            return json_response(200, list(standin.journal))
    if request.path != "/control":
        return Response(404, b"")
    if request.method == "POST":
        return _apply_control(standin, request)
    with standin.lock:
        return html_response(200, page.control(standin, FAULTS))


def _apply_control(standin: Standin, request: Request) -> Response:
    form = request.form()
    try:
        with standin.lock:
            if "fault" in form:
                standin.set_fault(form)
            standin.control(form)
    except (ValueError, KeyError) as error:
        return Response(400, str(error).encode())
    return redirect("/control")
