"""``crm audit``: a chain made as the documentation says verifies, and nothing else does."""

import json
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

Gateway = Any
Crm = Callable[..., Any]
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
ENTRIES = "GET /v1/services/leads/audit-entries"
HEADS = "GET /v1/services/leads/audit-heads"


def compact(said: list[Any]) -> bytes:
    return json.dumps(said, separators=(",", ":")).encode()


def text(value: bytes) -> str:
    return b64encode(value).decode()


class House:
    """A trail of a dozen entries and its heads, as the API answers them."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self._hash = sha256(b"audit chain of leads").digest()

    def append(self, action: str = "update", details: str = "{}", *, record: str = "r", erased: bool = False) -> None:
        seq = len(self.entries) + 1
        digest = sha256(details.encode()).hexdigest()
        time = "2026-11-23T02:00:00Z"
        covered = compact([seq, seq + 100, action, "lead", record, "user:u", "", "", "", "/hq/", time, digest])
        self._hash = sha256(self._hash + covered).digest()
        entry = {"chain_seq": str(seq), "canonical": text(covered), "hash": text(self._hash)}
        shown = {"details": details} if action == "erase" else {"erased": True} if erased else {}
        self.entries.append(entry | shown)

    def head(self, seq: int, hash: str = "") -> dict[str, Any]:
        hash = hash or self.entries[seq - 1]["hash"]
        raw = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        jwk = {"crv": "Ed25519", "kty": "OKP", "x": urlsafe_b64encode(raw).rstrip(b"=").decode()}
        name = urlsafe_b64encode(sha256(json.dumps(jwk, separators=(",", ":")).encode()).digest()).rstrip(b"=").decode()
        said = compact(["audit head", "leads", seq, b64decode(hash).hex(), 1795399200123456])
        return {
            "service": "leads",
            "chain_seq": str(seq),
            "hash": hash,
            "time": "2026-11-23T02:00:00.123456Z",
            "signature": text(KEY.sign(said)),
            "key_id": name,
        }


@pytest.fixture
def house(gateway: Gateway) -> House:
    made = House()
    for _ in range(12):
        made.append()

    def page(asked: Any) -> Any:
        start = int(asked.query.get("page_token", ["0"])[0])
        rest = made.entries[start : start + 5]
        token = {"next_page_token": str(start + 5)} if start + 5 < len(made.entries) else {}
        return gateway.reply({"audit_entries": rest, **token})

    gateway.on(ENTRIES, page)
    heads = [made.head(4), made.head(10)]
    gateway.on(HEADS, lambda _: gateway.reply({"audit_heads": heads}))
    return made


@pytest.fixture
def keys(tmp_path: Path) -> str:
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "leads.2025.public.pem").write_bytes(pem)
    return str(tmp_path)


def verify(crm: Crm, *more: str) -> tuple[int, str]:
    run = crm("audit", "verify", "--service", "leads", *more)
    return run.code, run.err.strip().splitlines()[-1]


def test_a_whole_chain_verifies_with_all_its_signatures(crm: Crm, house: House, keys: str, gateway: Gateway) -> None:
    assert verify(crm, "--keys", keys) == (0, "leads: 12 entries verified.")
    keepers = [asked.query.get("kept_by") for asked in gateway.asked_for(HEADS)]
    assert keepers == [None, ["identity"]]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda all_: all_.pop(6), "BROKEN at position 7. The entry is missing."),
        (lambda all_: all_[6].update(hash=all_[5]["hash"]), "BROKEN at position 7. The entry, or one before it"),
        (lambda all_: all_[6].update(canonical=all_[5]["canonical"]), "BROKEN at position 7. The entry, or one"),
        (lambda all_: all_.__delitem__(slice(8, None)), "BROKEN at position 9. All from here is missing: "),
        (lambda all_: all_[6].update(erased=True), "BROKEN at position 7. The details are gone"),
    ],
)
def test_the_first_broken_link_is_named(crm: Crm, house: House, spoil: Callable[[Any], Any], said: str) -> None:
    spoil(house.entries)
    code, last = verify(crm)
    assert code == 1
    assert said in last


def test_a_chain_computed_anew_contradicts_the_heads(crm: Crm, house: House) -> None:
    anew = House()
    for number in range(12):
        anew.append(record="r" if number < 2 else "other")
    house.entries[:] = anew.entries
    code, last = verify(crm)
    assert (code, "BROKEN at position 4. The chain was computed anew" in last) == (1, True)


def test_an_erasure_explains_details_that_are_gone(crm: Crm, house: House) -> None:
    house.entries[6]["erased"] = True
    house.append("erase", '{"entries": 1, "last_id": 107}')
    assert verify(crm) == (0, "leads: 13 entries verified.")


def test_a_head_that_nobody_of_ours_signed_is_refused(crm: Crm, house: House, keys: str, gateway: Gateway) -> None:
    forged = house.head(4) | {"time": "2026-11-23T02:00:01Z"}
    gateway.on(HEADS, lambda _: gateway.reply({"audit_heads": [forged]}))
    code, last = verify(crm, "--keys", keys)
    assert (code, "is not signed by a key of leads" in last) == (1, True)


def test_heads_kept_elsewhere_count(crm: Crm, house: House, tmp_path: Path) -> None:
    kept = tmp_path / "heads.jsonl"
    kept.write_text(crm("audit", "heads", "--service", "leads").out)
    assert [json.loads(line)["chain_seq"] for line in kept.read_text().splitlines()] == ["4", "10"]
    assert verify(crm, "--heads", str(kept))[0] == 0
    kept.write_text(json.dumps(house.head(11, hash=house.entries[2]["hash"])))
    code, last = verify(crm, "--heads", str(kept))
    assert (code, "BROKEN at position 11" in last) == (1, True)


def test_the_trail_is_listed(crm: Crm, gateway: Gateway) -> None:
    gateway.on(ENTRIES, {"audit_entries": [{"action": "denied", "actor": "user:u", "record_type": "leads.lead.get"}]})
    run = crm("audit", "list", "leads", "--filter", 'action = "denied"')
    assert "leads.lead.get" in run.out
    assert gateway.asked[0].query["filter"] == ['action = "denied"']
