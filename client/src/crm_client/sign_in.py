"""Where the caller is signed in: one token per server, in a file only its owner can read."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import click

DEFAULT_URL: Final = "http://127.0.0.1:8080"
_OWNER_ONLY: Final = 0o600


@dataclass(frozen=True, slots=True)
class SignIn:
    """A token and what was said about it when it was issued."""

    token: str
    login: str
    expire_time: str = ""


@dataclass
class SignIns:
    """The sign-ins of this person; ``current`` is the server used last."""

    file: Path
    current: str = ""
    by_url: dict[str, SignIn] = field(default_factory=dict)

    @classmethod
    def load(cls) -> "SignIns":
        """From the user's configuration directory; empty when nothing, or nothing readable, is there."""
        file = Path(click.get_app_dir("tributary")) / "sign-ins.json"
        try:
            stored = json.loads(file.read_text("utf-8"))
            by_url = {url: SignIn(**each) for url, each in stored["by_url"].items()}
            return cls(file, stored["current"], by_url)
        except (OSError, ValueError, KeyError, TypeError):
            return cls(file)

    def resolve(self, url: str, environment: Mapping[str, str]) -> tuple[str, str]:
        """Server and token to use: ``url``, else ``CRM_URL``, else the server used last; ``CRM_TOKEN`` wins over the
        stored token, and a stored token goes to no server but the one that issued it.
        """
        chosen = (url or environment.get("CRM_URL") or self.current or DEFAULT_URL).rstrip("/")
        stored = self.by_url.get(chosen)
        return chosen, environment.get("CRM_TOKEN") or (stored.token if stored else "")

    def keep(self, url: str, sign_in: SignIn) -> None:
        self.by_url[url] = sign_in
        self.current = url
        self._save()

    def forget(self, url: str) -> None:
        if self.by_url.pop(url, None) is not None:
            self._save()

    def _save(self) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        content = {"current": self.current, "by_url": {url: asdict(each) for url, each in self.by_url.items()}}
        fresh = self.file.with_suffix(".new")
        # Made afresh, so that no earlier and wider mode survives.
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "w", encoding="utf-8") as out:
            json.dump(content, out, indent=2)
        fresh.replace(self.file)
