"""The proof of an audit trail, from its published form alone: an auditor's check shares no code with what it checks.

``hash(n) = SHA-256(hash(n - 1) ‖ canonical(n))``, begun by the hash of the service's name; heads are Ed25519 signatures over
``["audit head", service, position, hash, microseconds]``. See ``docs/audit.md``.
"""

import json
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DETAILS, _DIGEST = "details", 11


@dataclass(frozen=True, slots=True)
class Fault:
    """The first broken link: its position and, as an English sentence with facts, what is wrong."""

    seq: int
    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)


class Keys:
    """Public keys by service and name of the key, from files ``<service>.public.pem``; former keys are
    ``<service>.<anything>.public.pem``.
    """

    def __init__(self, folder: Path) -> None:
        self._keys: dict[tuple[str, str], Ed25519PublicKey] = {}
        for path in sorted(folder.glob("*.public.pem")):
            key = load_pem_public_key(path.read_bytes())
            if isinstance(key, Ed25519PublicKey):
                self._keys[path.name.partition(".")[0], _name_of(key)] = key

    def signed(self, head: Mapping[str, Any]) -> bool:
        """Whether the head is signed by a key of its service."""
        key = self._keys.get((str(head["service"]), str(head["key_id"])))
        if key is None:
            return False
        time = (datetime.fromisoformat(str(head["time"])) - _EPOCH) // timedelta(microseconds=1)
        said = ["audit head", head["service"], int(head["chain_seq"]), b64decode(head["hash"]).hex(), time]
        try:
            key.verify(b64decode(head["signature"]), json.dumps(said, separators=(",", ":")).encode())
        except InvalidSignature:
            return False
        return True


class Chain:
    """A trail recomputed entry by entry. ``heads``: who kept them → the heads, as the API answers them."""

    def __init__(self, service: str, heads: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        self.seq = 0
        self.fault: Fault | None = None
        self._hash = sha256(b"audit chain of " + service.encode()).digest()
        self._heads: dict[int, list[tuple[str, bytes]]] = {}
        for keeper, kept in heads.items():
            for head in kept:
                self._heads.setdefault(int(head["chain_seq"]), []).append((keeper, b64decode(head["hash"])))
        self._gone: dict[tuple[str, str], tuple[int, int]] = {}

    def add(self, entry: Mapping[str, Any]) -> bool:
        """The next entry in the order of the chain; false when it is broken here."""
        seq, covered = int(entry["chain_seq"]), b64decode(entry["canonical"])
        if seq != self.seq + 1:
            return self._broken(self.seq + 1, "The entry is missing.")
        self._hash = sha256(self._hash + covered).digest()
        if self._hash != b64decode(entry["hash"]):
            return self._broken(seq, "The entry, or one before it, was changed.")
        self.seq = seq
        for keeper, kept in self._heads.get(seq, ()):
            if kept != self._hash:
                return self._broken(seq, "The chain was computed anew: {keeper} keeps another head.", keeper=keeper)
        if entry.get("erased") or entry.get(_DETAILS):
            self._erasure(seq, json.loads(covered), entry)
        return True

    def end(self) -> Fault | None:
        """What is wrong with the whole, or None."""
        beyond = [seq for seq in self._heads if seq > self.seq]
        if self.fault is None and beyond:
            keeper, last = self._heads[max(beyond)][0][0], max(beyond)
            text = "All from here is missing: {keeper} keeps a head of {last}."
            self._broken(self.seq + 1, text, keeper=keeper, last=last)
        if self.fault is None and self._gone:
            self._broken(min(self._gone.values())[0], "The details are gone and no entry tells of an erasure.")
        return self.fault

    def _erasure(self, seq: int, said: Sequence[Any], entry: Mapping[str, Any]) -> None:
        record = (said[3], said[4])
        if entry.get("erased"):
            first, last = self._gone.get(record, (seq, 0))
            self._gone[record] = (first, max(last, said[1]))
            return
        told = entry[_DETAILS]
        if said[2] == "erase" and sha256(told.encode()).hexdigest() == said[_DIGEST]:
            _, last = self._gone.get(record, (0, 0))
            if last <= int(json.loads(told).get("last_id", 0)):
                self._gone.pop(record, None)

    def _broken(self, seq: int, text: str, **facts: Any) -> bool:
        self.fault = Fault(seq, text, facts)
        return False


def _name_of(key: Ed25519PublicKey) -> str:
    """RFC 7638: the digest of the key's JWK."""
    raw = urlsafe_b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).rstrip(b"=").decode()
    jwk = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": raw}, separators=(",", ":"))
    return urlsafe_b64encode(sha256(jwk.encode()).digest()).rstrip(b"=").decode()
