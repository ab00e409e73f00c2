"""Sealed values of other services: whoever reads an event and needs them asks its producer, who holds the keys.

A consumer that needs them gets an ``Opener``; its handlers then see messages with open values. Whatever is stored of the
event - parked, dead - stays sealed.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from crm.ops.v1 import sealed_value_service_pb2 as pb
from google.protobuf.message import Message

from crm_kit.call import Call
from crm_kit.envelope import Envelope, domain_of
from crm_kit.errors import InvalidArgument
from crm_kit.principal import system
from crm_kit.revealing import Found, sealed_in
from crm_kit.rpc.channels import Channels
from crm_kit.sealed_text import is_sealed, subject_of
from crm_kit.sealing import PLACES

PATH = "crm.ops.v1.SealedValueService/OpenSealedValues"
MOST = 1000


class SealedValueService:
    """Opens what this service sealed, for the services its composition root names."""

    async def OpenSealedValues(self, request: pb.OpenSealedValuesRequest, call: Call) -> pb.OpenSealedValuesResponse:
        known = all(value.field in PLACES.get(value.message, ()) and is_sealed(value.text) for value in request.values)
        if not known or len(request.values) > MOST:
            raise InvalidArgument.of(
                "values", "NOT_SEALED_HERE", "Send at most 1000 values that were sealed here.", "最多发送 1000 个密文。"
            )
        subjects = call.db.subjects
        assert subjects is not None
        keys = await subjects.of({subject_of(value.text) for value in request.values}, call.db.fetch)
        texts = []
        for value in request.values:
            key = keys.get(subject_of(value.text))
            place = f"{subjects.service}|{PLACES[value.message][value.field]}"
            texts.append("" if key is None else key.open(value.text, place))
        return pb.OpenSealedValuesResponse(values=texts)


class Opener:
    """Asks the producers of events for what is sealed in them."""

    def __init__(self, channels: Channels, service: str) -> None:
        self._channels, self._service = channels, service

    async def open(self, events: Sequence[Envelope], types: Mapping[str, type[Message]]) -> dict[UUID, bytes]:
        """The payloads with open values, by event, of those that held sealed ones."""
        messages = {event.event_id: types[event.event_type].FromString(event.payload) for event in events}
        asked: dict[str, list[Found]] = {}
        holding = set()
        for event in events:
            found = sealed_in(messages[event.event_id])
            if found:
                asked.setdefault(domain_of(event.event_type).replace("_", "-"), []).extend(found)
                holding.add(event.event_id)
        for peer, sealed in asked.items():
            await self._ask(peer, sealed)
        return {id: messages[id].SerializeToString() for id in holding}

    async def _ask(self, peer: str, sealed: Sequence[Found]) -> None:
        for start in range(0, len(sealed), MOST):
            some = sealed[start : start + MOST]
            request = pb.OpenSealedValuesRequest(
                values=[
                    pb.SealedValue(message=one.message.DESCRIPTOR.full_name, field=one.field, text=one.text)
                    for one in some
                ]
            )
            principal = system("event", self._service)
            answer = await self._channels.call(peer, PATH, request, pb.OpenSealedValuesResponse, principal=principal)
            for one, value in zip(some, answer.values, strict=True):
                one.put(value)
