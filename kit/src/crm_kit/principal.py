"""Who is calling: a signed, short-lived statement by the calling process, made for one receiving process."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from enum import IntEnum
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from crm_kit.errors import Unauthenticated

LIFETIME_SECONDS = 60
ALGORITHM = "Ed25519"
TYPE = "crm-principal+jwt"


class Scope(IntEnum):
    """How far a grant reaches, each containing the one before."""

    NONE = 0
    OWN = 1
    UNIT = 2
    SUBTREE = 3
    ALL = 4


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody with rights: a user, a key, a job, a timer, an event consumer or a service.

    ``grants`` maps a permission or pattern (``leads.*``) to a scope; ``unit_path`` is the unit the scopes count from.
    """

    subject: str
    kind: str = "user"
    name: str = ""
    unit_path: str = "/"
    grants: tuple[tuple[str, Scope], ...] = ()
    roles: tuple[str, ...] = ()
    language: str = "en"
    issuer: str = ""
    session_id: str = ""
    cause_id: str = field(default="", compare=False)

    @property
    def actor(self) -> str:
        return f"{self.kind}:{self.subject}"

    @property
    def user_id(self) -> UUID | None:
        """The user behind it; None for the system's own actors."""
        try:
            return UUID(self.subject)
        except ValueError:
            return None

    def scope(self, permission: str) -> Scope:
        """The widest scope any grant gives for the permission; NONE when no grant does."""
        return _scope(self.grants, permission)

    def caused_by(self, cause_id: str) -> "Principal":
        return replace(self, cause_id=cause_id)


@lru_cache(maxsize=4096)
def _scope(grants: tuple[tuple[str, Scope], ...], permission: str) -> Scope:
    return max((scope for pattern, scope in grants if fnmatchcase(permission, pattern)), default=Scope.NONE)


def system(kind: str, name: str) -> Principal:
    """The service itself at work: a timer, a job without a person, an event consumer."""
    return Principal(subject=name, kind=kind, name=name, grants=(("*", Scope.ALL),))


class Keys:
    """The Ed25519 keys of one process: its own private key and everybody's public keys.

    ``directory`` holds ``<name>.private.pem`` for ``own`` and ``<name>.public.pem`` for all who may call.
    """

    def __init__(self, own: str, private: OKPKey | None, public: dict[str, OKPKey]) -> None:
        self.own = own
        self._private = private
        self._public = public
        self._verified: OrderedDict[str, tuple[float, Principal]] = OrderedDict()
        self._signed: OrderedDict[tuple[Principal, str], tuple[float, str]] = OrderedDict()

    @classmethod
    def load(cls, directory: Path, own: str) -> "Keys":
        public = {
            path.name.removesuffix(".public.pem"): OKPKey.import_key(path.read_bytes())
            for path in sorted(directory.glob("*.public.pem"))
        }
        private = directory / f"{own}.private.pem"
        return cls(own, OKPKey.import_key(private.read_bytes()) if private.exists() else None, public)

    @classmethod
    def generate(cls, directory: Path, names: list[str]) -> None:
        """Write a fresh key pair for each name that has none."""
        directory.mkdir(parents=True, exist_ok=True)
        for name in names:
            private = directory / f"{name}.private.pem"
            if private.exists():
                continue
            key = OKPKey.generate_key("Ed25519")
            private.touch(mode=0o600)
            private.write_bytes(key.as_pem(private=True))
            (directory / f"{name}.public.pem").write_bytes(key.as_pem(private=False))

    def sign(self, principal: Principal, audience: str) -> str:
        """A token for one receiving process; the same one is handed out again during half its life."""
        now = time.time()
        known = self._signed.get((principal, audience))
        if known is not None and known[0] > now:
            return known[1]
        if self._private is None:
            raise RuntimeError(f"{self.own} has no private key, so it cannot call other services")
        claims: dict[str, Any] = {
            "iss": self.own,
            "aud": audience,
            "exp": int(now) + LIFETIME_SECONDS,
            "sub": principal.subject,
            "kind": principal.kind,
            "name": principal.name,
            "unit": principal.unit_path,
            "grants": {pattern: scope.name.lower() for pattern, scope in principal.grants},
            "roles": list(principal.roles),
            "lang": principal.language,
            "sid": principal.session_id,
        }
        token = jwt.encode(
            {"alg": ALGORITHM, "typ": TYPE, "kid": self.own}, claims, self._private, algorithms=[ALGORITHM]
        )
        _remember(self._signed, (principal, audience), (now + LIFETIME_SECONDS / 2, token))
        return token

    def verify(self, token: str) -> Principal:
        """The principal a token states, if its signature, receiver and age are right; else Unauthenticated.

        A verified token is remembered until it expires, so that a session costs one signature check a minute.
        """
        now = time.time()
        known = self._verified.get(token)
        if known is not None:
            if known[0] <= now:
                raise Unauthenticated
            return known[1]
        try:
            expires, principal = self._verify(token)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise Unauthenticated from error
        if expires <= now:
            raise Unauthenticated
        _remember(self._verified, token, (expires, principal))
        return principal

    def _verify(self, token: str) -> tuple[float, Principal]:
        def key_of(guest: Any) -> OKPKey:
            return self._public[guest.headers()["kid"]]

        decoded = jwt.decode(token, key_of, algorithms=[ALGORITHM])
        claims = decoded.claims
        if decoded.header.get("typ") != TYPE or claims["aud"] != self.own or claims["iss"] != decoded.header["kid"]:
            raise ValueError("not made for this process")
        return float(claims["exp"]), Principal(
            subject=claims["sub"],
            kind=claims["kind"],
            name=claims["name"],
            unit_path=claims["unit"],
            grants=tuple((pattern, Scope[scope.upper()]) for pattern, scope in claims["grants"].items()),
            roles=tuple(claims["roles"]),
            language=claims["lang"],
            issuer=claims["iss"],
            session_id=claims["sid"],
        )


def _remember(cache: "OrderedDict[Any, Any]", key: Any, value: Any, size: int = 10_000) -> None:
    cache[key] = value
    if len(cache) > size:
        cache.popitem(last=False)
