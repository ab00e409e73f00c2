"""A principal is believed only from the process that signed it, for the one it was made for, while it is fresh."""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from crm_kit import keys as module
from crm_kit.errors import PrincipalOutdated, Unauthenticated
from crm_kit.field_rules import FieldRule, Read
from crm_kit.keys import Keys
from crm_kit.principal import Position, Principal, Scope, system

WHO = Principal(
    "5f0c0f5e-1d3c-4b5a-9a51-0d5f7d3b2a10",
    name="王小明",
    unit_path="/hq/d1/",
    grants=(("leads.*", Scope.UNIT), ("*.get", Scope.OWN)),
    roles=("sales_rep",),
    language="zh-CN",
    session_id="s1",
    positions=(Position("/hq/d2/", (("sales.*", Scope.SUBTREE),)),),
    teams=("t1",),
    territories=("r1", "r2"),
    read_only_territories=("r2",),
    field_rules=(FieldRule("leads.lead.phone", Read.MASKED, read_only=True),),
    disabled=("marketing",),
    departed=("/hq/d9/",),
    on_behalf_of="5f0c0f5e-1d3c-4b5a-9a51-0d5f7d3b2a11",
    epoch=7,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Keys.generate(tmp_path, ["gateway", "leads", "sales"])
    return tmp_path


def test_a_principal_survives_the_way(folder: Path) -> None:
    found = Keys.load(folder, "leads").verify(Keys.load(folder, "gateway").sign(WHO, "leads"))
    assert found == Principal(
        **{**{n: getattr(WHO, n) for n in WHO.__slots__ if n not in {"cause_id", "memo"}}, "issuer": "gateway"}
    )
    assert found.actor == f"user:{WHO.subject}"


def test_a_receiver_passes_it_on_in_its_own_name(folder: Path) -> None:
    leads = Keys.load(folder, "leads")
    found = leads.verify(Keys.load(folder, "gateway").sign(WHO, "leads"))
    forwarded = Keys.load(folder, "sales").verify(leads.sign(found, "sales"))
    assert (forwarded.issuer, forwarded.subject, forwarded.grants) == ("leads", WHO.subject, WHO.grants)


def test_the_same_token_is_handed_out_for_half_its_life(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys, now = Keys.load(folder, "gateway"), 1_000_000.0
    monkeypatch.setattr(module.time, "time", lambda: now)
    first = keys.sign(WHO, "leads")
    assert keys.sign(WHO, "leads") == first
    assert keys.sign(WHO, "sales") != first
    now += 31
    assert keys.sign(WHO, "leads") != first


def test_a_remembered_token_still_expires(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000_000.0
    monkeypatch.setattr(module.time, "time", lambda: now)
    token, receiver = Keys.load(folder, "gateway").sign(WHO, "leads"), Keys.load(folder, "leads")
    assert receiver.verify(token) == receiver.verify(token)
    now += 61
    for keys in (receiver, Keys.load(folder, "leads")):
        with pytest.raises(Unauthenticated):
            keys.verify(token)


@pytest.mark.parametrize("algorithm", ["HS256", "none"])
def test_the_token_does_not_choose_its_algorithm(folder: Path, algorithm: str) -> None:
    def part(value: bytes) -> str:
        return urlsafe_b64encode(value).rstrip(b"=").decode()

    _, payload, _ = Keys.load(folder, "gateway").sign(WHO, "leads").split(".")
    header = part(orjson.dumps({"alg": algorithm, "typ": module.TYPE, "kid": "gateway"}))
    secret = (folder / "gateway.public.pem").read_bytes()
    signature = hmac.digest(secret, f"{header}.{payload}".encode(), "sha256") if algorithm == "HS256" else b""
    with pytest.raises(Unauthenticated):
        Keys.load(folder, "leads").verify(f"{header}.{payload}.{part(signature)}")


def test_private_keys_are_private_and_never_replaced(folder: Path) -> None:
    before = (folder / "leads.private.pem").read_bytes()
    Keys.generate(folder, ["leads", "new"])
    assert (folder / "leads.private.pem").read_bytes() == before
    assert (folder / "new.private.pem").stat().st_mode & 0o777 == 0o600


def test_a_process_without_a_key_can_listen_but_not_call(folder: Path) -> None:
    stranger = Keys.load(folder, "stranger")
    with pytest.raises(RuntimeError, match="no private key"):
        stranger.sign(WHO, "leads")


@pytest.mark.parametrize("concerned", [WHO.subject, WHO.session_id, WHO.on_behalf_of])
def test_what_was_said_before_rights_changed_is_refused_and_what_is_said_after_is_not(
    folder: Path, concerned: str
) -> None:
    gateway, receiver = Keys.load(folder, "gateway"), Keys.load(folder, "leads")
    before = gateway.sign(WHO, "leads")
    receiver.verify(before)
    receiver.refuse_before(8, [concerned])
    with pytest.raises(PrincipalOutdated):
        receiver.verify(before)
    assert receiver.verify(gateway.sign(replace(WHO, epoch=8), "leads")).epoch == 8


def test_a_change_for_everybody_concerns_people_and_keys_and_not_the_services(folder: Path) -> None:
    gateway, receiver = Keys.load(folder, "gateway"), Keys.load(folder, "leads")
    receiver.refuse_before(8, [], everybody=True)
    with pytest.raises(PrincipalOutdated):
        receiver.verify(gateway.sign(WHO, "leads"))
    assert receiver.verify(gateway.sign(system("service", "gateway"), "leads")).kind == "service"
