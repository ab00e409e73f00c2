"""How processes tell each other who is calling: a signed, short-lived statement made for one receiving process."""

import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from crm_kit.errors import PrincipalOutdated, Unauthenticated
from crm_kit.field_rules import FieldRule, Read
from crm_kit.principal import Grants, Position, Principal, Restriction, Scope

LIFETIME_SECONDS = 60
ALGORITHM = "Ed25519"
TYPE = "crm-principal+jwt"
EVERYBODY = "*"


class Keys:
    """The Ed25519 keys of one process: its own private key and everybody's public keys.

    ``directory`` holds ``<name>.private.pem`` for ``own`` and ``<name>.public.pem`` for all who may call.
    """

    def __init__(self, own: str, private: OKPKey | None, public: dict[str, OKPKey]) -> None:
        self.own = own
        self._private = private
        self._public = public
        self._verified: OrderedDict[str, tuple[float, Principal]] = OrderedDict()
        self._changed: OrderedDict[str, tuple[float, int]] = OrderedDict()
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
        # First by identity: hashing all of a person's grants for each call costs more than sending them.
        known = principal.memo.get((self, audience)) or self._signed.get((principal, audience))
        if known is not None and known[0] > now:
            principal.memo[self, audience] = known
            return str(known[1])
        if self._private is None:
            raise RuntimeError(f"{self.own} has no private key, so it cannot call other services")
        claims = claims_of(principal) | {"iss": self.own, "aud": audience, "exp": int(now) + LIFETIME_SECONDS}
        token = jwt.encode(
            {"alg": ALGORITHM, "typ": TYPE, "kid": self.own}, claims, self._private, algorithms=[ALGORITHM]
        )
        known = principal.memo[self, audience] = (now + LIFETIME_SECONDS / 2, token)
        _remember(self._signed, (principal, audience), known)
        return token

    def verify(self, token: str) -> Principal:
        """The principal a token states, if its signature, receiver and age are right; else Unauthenticated.

        A verified token is remembered until it expires, so that a session costs one signature check a minute.
        PrincipalOutdated when rights of the caller have changed since.
        """
        now = time.time()
        known = self._verified.get(token)
        if known is not None:
            if known[0] <= now:
                raise Unauthenticated
            return self._present(known[1])
        try:
            expires, principal = self._verify(token)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise Unauthenticated from error
        if expires <= now:
            raise Unauthenticated
        _remember(self._verified, token, (expires, principal))
        return self._present(principal)

    def sign_bytes(self, data: bytes) -> tuple[str, bytes]:
        """The name of this process's key and its Ed25519 signature, for statements that outlive a call."""
        key = None if self._private is None else self._private.private_key
        if self._private is None or not isinstance(key, Ed25519PrivateKey):
            raise RuntimeError(f"{self.own} has no private key, so it cannot sign")
        return self._private.thumbprint(), key.sign(data)

    def signed_by(self, name: str, key_id: str, signature: bytes, data: bytes) -> bool:
        """Whether a process signed these bytes. Keys it had before are ``<name>.<anything>.public.pem``."""
        for known, held in self._public.items():
            key = held.public_key
            theirs = known == name or known.startswith(f"{name}.")
            if theirs and isinstance(key, Ed25519PublicKey) and held.thumbprint() == key_id:
                try:
                    key.verify(signature, data)
                except InvalidSignature:
                    return False
                return True
        return False

    def refuse_before(self, epoch: int, ids: Sequence[str], *, everybody: bool = False) -> None:
        """Rights of these users, keys or sessions changed: refuse what was said about them before the epoch."""
        ends = time.monotonic() + 2 * LIFETIME_SECONDS
        while self._changed and next(iter(self._changed.values()))[0] < time.monotonic():
            # Statements from before have expired by themselves.
            self._changed.popitem(last=False)
        for changed in [EVERYBODY] if everybody else ids:
            self._changed[changed] = (ends, epoch)
            self._changed.move_to_end(changed)

    def outdated(self, principal: Principal) -> bool:
        """Whether rights of the caller have changed since this was said about them, as far as this process has heard."""
        if not self._changed or principal.kind not in {"user", "key"}:
            return False
        concerned = (EVERYBODY, principal.subject, principal.session_id, principal.on_behalf_of)
        changes = (self._changed.get(each) for each in concerned)
        return any(change is not None and principal.epoch < change[1] for change in changes)

    def _present(self, principal: Principal) -> Principal:
        if self.outdated(principal):
            raise PrincipalOutdated
        return principal

    def _verify(self, token: str) -> tuple[float, Principal]:
        def key_of(guest: Any) -> OKPKey:
            return self._public[guest.headers()["kid"]]

        decoded = jwt.decode(token, key_of, algorithms=[ALGORITHM])
        claims = decoded.claims
        if decoded.header.get("typ") != TYPE or claims["aud"] != self.own or claims["iss"] != decoded.header["kid"]:
            raise ValueError("not made for this process")
        return float(claims["exp"]), principal_of(claims)


def claims_of(principal: Principal) -> dict[str, Any]:
    """Everything about a principal that somebody else must know, as JSON."""
    always = {
        "sub": principal.subject,
        "kind": principal.kind,
        "name": principal.name,
        "unit": principal.unit_path,
        "grants": {pattern: scope.name.lower() for pattern, scope in principal.grants},
        "roles": list(principal.roles),
        "lang": principal.language,
        "sid": principal.session_id,
        "epoch": principal.epoch,
    }
    # Most have none of these; every call carries the claims.
    rare: dict[str, Any] = {
        "positions": [
            [position.unit_path, {pattern: scope.name.lower() for pattern, scope in position.grants}]
            for position in principal.positions
        ],
        "teams": list(principal.teams),
        "territories": list(principal.territories),
        "territories_read": list(principal.read_only_territories),
        "fields": [list(rule) for rule in principal.field_rules],
        "restrictions": [list(restriction) for restriction in principal.restrictions],
        "off": list(principal.disabled),
        "departed": list(principal.departed),
        "behalf": principal.on_behalf_of,
    }
    return always | {name: value for name, value in rare.items() if value}


def principal_of(claims: Mapping[str, Any]) -> Principal:
    """The principal of such claims; raises KeyError, ValueError or TypeError when they are none."""
    return Principal(
        subject=claims["sub"],
        kind=claims["kind"],
        name=claims["name"],
        unit_path=claims["unit"],
        grants=_grants(claims["grants"]),
        positions=tuple(Position(path, _grants(said)) for path, said in claims.get("positions", ())),
        teams=tuple(claims.get("teams", ())),
        territories=tuple(claims.get("territories", ())),
        read_only_territories=tuple(claims.get("territories_read", ())),
        field_rules=tuple(FieldRule(name, Read(read), only) for name, read, only in claims.get("fields", ())),
        restrictions=tuple(Restriction(*said) for said in claims.get("restrictions", ())),
        disabled=tuple(claims.get("off", ())),
        departed=tuple(claims.get("departed", ())),
        on_behalf_of=claims.get("behalf", ""),
        roles=tuple(claims["roles"]),
        language=claims["lang"],
        issuer=claims.get("iss", ""),
        session_id=claims["sid"],
        epoch=claims["epoch"],
    )


def _grants(said: dict[str, str]) -> Grants:
    return tuple((pattern, Scope[scope.upper()]) for pattern, scope in said.items())


def _remember(cache: "OrderedDict[Any, Any]", key: Any, value: Any, size: int = 10_000) -> None:
    cache[key] = value
    if len(cache) > size:
        cache.popitem(last=False)
