"""The counterpart at the wire: an HTTP server that answers what a test tells it to, and remembers what it was asked."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from crm_client.__main__ import main


@dataclass
class Asked:
    """One request as it came in."""

    verb: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Answer:
    """What to send back; ``drop`` closes the connection instead, after the request was read."""

    body: Any = None
    status: int = 200
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False


Handler = Callable[[Asked], Answer]


class Gateway:
    """Answers by ``verb path``; a list of answers is given one by one, its last one for ever."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answers: dict[str, list[Answer] | Handler] = {}
        gateway = self

        class Requests(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                parts = urlsplit(self.path)
                length = int(self.headers.get("Content-Length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, parts.path, parse_qs(parts.query), headers, self.rfile.read(length))
                gateway.asked.append(asked)
                answer = gateway.answer(asked)
                if answer.drop:
                    self.close_connection = True
                    return
                raw = isinstance(answer.body, bytes)
                content = answer.body if raw else b"" if answer.body is None else json.dumps(answer.body).encode()
                # Without the headers of http.server, so that an answer may bring its own Date.
                self.send_response_only(answer.status)
                self.send_header("Content-Type", answer.content_type)
                self.send_header("Content-Length", str(len(content)))
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815  the names are http.server's

            def log_message(self, format: str, *args: object) -> None:
                """Silence."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Requests)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def on(self, request: str, *answers: Answer | Any) -> None:
        """``gateway.on("GET /v1/leads", {...}, problem(...))``; a function answers each request itself."""
        if len(answers) == 1 and callable(answers[0]):
            self.answers[request] = answers[0]
        else:
            self.answers[request] = [each if isinstance(each, Answer) else Answer(each) for each in answers]

    def answer(self, asked: Asked) -> Answer:
        known = self.answers.get(f"{asked.verb} {asked.path}")
        if known is None:
            return self.problem(404, "NOT_FOUND", f"no {asked.verb} {asked.path}")
        if callable(known):
            return known(asked)
        return known.pop(0) if len(known) > 1 else known[0]

    def asked_for(self, request: str) -> list[Asked]:
        return [each for each in self.asked if f"{each.verb} {each.path}" == request]

    @staticmethod
    def reply(
        body: Any, status: int = 200, *, content_type: str = "application/json", headers: dict[str, str] | None = None
    ) -> Answer:
        return Answer(body, status, content_type, headers or {})

    @staticmethod
    def lost() -> Answer:
        """The work is done, the answer never arrives."""
        return Answer(drop=True)

    @staticmethod
    def problem(
        status: int,
        reason: str,
        detail: str,
        errors: list[dict[str, str]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        body = {"title": "Refused", "status": status, "detail": detail, "reason": reason, "request_id": "r-1"}
        return Answer(body | ({"errors": errors} if errors else {}), status, "application/problem+json", headers or {})

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    server = Gateway()
    yield server
    server.stop()


@dataclass
class Run:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


@pytest.fixture
def crm(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Run]:
    """Runs ``crm …`` as a person signed in to the gateway of the test would, with a configuration of its own."""
    for variable in ("LC_ALL", "LC_MESSAGES", "CRM_LANGUAGE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("CRM_URL", gateway.url)
    monkeypatch.setenv("CRM_TOKEN", "secret-token")

    def run(*arguments: str) -> Run:
        capsys.readouterr()
        code = main(arguments)
        printed = capsys.readouterr()
        return Run(code, printed.out, printed.err)

    return run
