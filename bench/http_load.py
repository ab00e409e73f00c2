"""Sixteen keep-alive connections to the gateway, as a signed-in person; every answer is looked at."""

import http.client
import itertools
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

CONNECTIONS = 16
Ask = tuple[str, str, Any]
"""Verb, path with query, body or None."""
Look = Callable[[int, Any], None]
"""Given the number of the question and its answer; raises when that is not what the question deserves."""


class Refused(Exception):
    """The gateway answered with something else than success."""


class Client:
    """Asks one question after the other on each of its connections."""

    def __init__(self, gateway: tuple[str, int], token: str = "") -> None:
        self.gateway = gateway
        self.headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        self._keys = itertools.count()
        self._run = hex(id(self))
        self._idle: list[http.client.HTTPConnection] = []

    def ask(self, ask: Ask, *, keyed: bool = False) -> Any:
        """One question; ``keyed`` sends an Idempotency-Key of its own."""
        connection = self._connection()
        verb, path, body = ask
        headers = dict(self.headers)
        if keyed:
            headers["Idempotency-Key"] = f"{self._run}-{next(self._keys)}"
        content = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        try:
            connection.request(verb, path, content, headers)
            answer = connection.getresponse()
        except (ConnectionError, http.client.RemoteDisconnected):
            # Closed by the gateway while it was idle; the measured questions never wait that long.
            connection.close()
            connection.request(verb, path, content, headers)
            answer = connection.getresponse()
        text = answer.read()
        self._idle.append(connection)
        if answer.status >= 300:
            raise Refused(f"{verb} {path}: {answer.status} {text[:500].decode()}")
        return json.loads(text) if text else None

    def ask_all(self, asks: Sequence[Ask], look: Look | None = None, *, keyed: bool = False) -> int:
        """All questions, sixteen at a time; the first failure ends the run. Answers how many there were."""
        waiting: Iterator[tuple[int, Ask]] = iter(enumerate(asks))
        lock, failures = threading.Lock(), list[BaseException]()

        def work() -> None:
            while not failures:
                with lock:
                    taken = next(waiting, None)
                if taken is None:
                    return
                try:
                    answer = self.ask(taken[1], keyed=keyed)
                    if look is not None:
                        look(taken[0], answer)
                except Exception as failure:
                    failures.append(failure)

        threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]
        return len(asks)

    def _connection(self) -> http.client.HTTPConnection:
        try:
            return self._idle.pop()
        except IndexError:
            return http.client.HTTPConnection(*self.gateway, timeout=60)


def signed_in(gateway: tuple[str, int], login: str, password: str) -> Client:
    """A client that carries the session of a person."""
    session = Client(gateway).ask(("POST", "/v1/sessions", {"login": login, "password": password}))
    return Client(gateway, session["token"])
