"""Tokens that must not open any door."""

import time

from joserfc import jwt
from joserfc.jwk import OKPKey

from crm_kit.keys import ALGORITHM, TYPE, Keys, claims_of
from crm_kit.principal import Principal
from crm_kit.testing.service import RunningService


def bad_tokens(running: RunningService, who: Principal) -> dict[str, dict[str, str]]:
    """Metadata of calls that must be refused, by what is wrong with them."""
    audience = running.service.name
    gateway = Keys.load(running.keys_dir, "gateway")
    good = gateway.sign(who, audience)
    header, payload, signature = good.split(".")
    private = OKPKey.import_key((running.keys_dir / "gateway.private.pem").read_bytes())
    stranger = OKPKey.generate_key("Ed25519")
    claims = claims_of(who) | {"iss": "gateway", "aud": audience, "exp": int(time.time()) + 60}

    def signed(key: OKPKey, *, kid: str = "gateway", typ: str = TYPE, **changed: object) -> str:
        facts = {name: value for name, value in {**claims, **changed}.items() if value is not None}
        return jwt.encode({"alg": ALGORITHM, "typ": typ, "kid": kid}, facts, key, algorithms=[ALGORITHM])

    tokens = {
        "empty": "",
        "no token": "nonsense",
        "cut off": f"{header}.{payload}.",
        "other signature": f"{header}.{payload}.{'A' * len(signature)}",
        "stranger's key": signed(stranger),
        "unknown process": signed(stranger, kid="nobody", iss="nobody"),
        "another process's name": signed(private, iss="leads"),
        "another process's key id": signed(private, kid="leads", iss="leads"),
        "made for another process": gateway.sign(who, "somebody-else"),
        "expired": signed(private, exp=int(time.time()) - 1),
        "without an end": signed(private, exp=None),
        "without rights": signed(private, grants=None),
        "another kind of token": signed(private, typ="JWT"),
    }
    bad = {what: {"authorization": f"Bearer {token}"} for what, token in tokens.items()}
    return bad | {"absent": {}, "another scheme": {"authorization": f"Basic {good}"}}
