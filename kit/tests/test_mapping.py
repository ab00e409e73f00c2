"""Row and message say the same; what a client sends wrong is told field by field."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from google.protobuf.message import Message
from sqlalchemy.orm import Mapped, mapped_column

from crm_kit.entity import Entity, new_metadata
from crm_kit.mapping import Mapping, MappingError

from .shelf import Box, Record, StoredBox, mapping


def read(*paths: str, **facts: Any) -> tuple[dict[str, Any], dict[str, str]]:
    values, violations = mapping.read(Box(**facts), list(paths) or None)
    return values, {violation.field: violation.reason for violation in violations}


def test_what_was_written_is_read_back() -> None:
    part = uuid4()
    box = StoredBox(
        id=uuid4(),
        name="箱子",
        kind="TIN",
        size=Decimal("2.500000"),
        price=Decimal("1234.500000"),
        price_currency="CNY",
        tags=["a", "b"],
        part_ids=[part],
        pack_date=date(2026, 11, 23),
        open_time=datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
        labels=[{"text": "x"}],
        custom_fields={"tier": "gold", "count": 3},
    )
    message = mapping.write(box)
    assert (message.size, message.price.amount, message.price.currency) == ("2.5", "1234.5", "CNY")
    assert message.open_time.ToDatetime(UTC) == box.open_time
    assert (message.pack_date, list(message.part_ids), message.labels[0].text) == ("2026-11-23", [str(part)], "x")
    assert message.custom_fields["tier"] == "gold"
    values, violations = mapping.read(message)
    assert violations == []
    for name in ("name", "kind", "size", "price", "price_currency", "tags", "part_ids", "pack_date", "labels"):
        assert values[name] == getattr(box, name), name
    assert values["custom_fields"] == {"tier": "gold", "count": 3}
    assert "open_time" not in values


@pytest.mark.parametrize(("size", "weight"), [(Decimal(0), 0), (None, None)])
def test_zero_and_nothing_stay_apart_where_the_contract_can_say_so(size: Decimal | None, weight: int | None) -> None:
    message = mapping.write(StoredBox(name="x", size=size, weight=weight))
    assert message.size == ("" if size is None else "0")
    assert message.HasField("weight") == (weight is not None)
    values, _ = mapping.read(message, ["size", "weight"])
    assert values == {"size": size, "weight": weight}


@pytest.mark.parametrize("fields", [(), ("name",), ("id", "etag"), tuple(sorted(mapping.fields)), ("price", "tags")])
def test_every_choice_of_fields_reads_its_own_columns(fields: tuple[str, ...]) -> None:
    box = StoredBox(id=uuid4(), name="n", maker="m", price=Decimal(2), price_currency="EUR", tags=["t"], shelf=3)
    columns, write = mapping.page(fields)
    message: Message = write([getattr(box, column.name) for column in columns])
    whole = mapping.write(box)
    for name in fields or mapping.fields:
        assert getattr(message, name) == getattr(whole, name), name
    assert (message.id, message.etag) == (str(box.id), "0")  # type: ignore[attr-defined]
    if fields == ("name",):
        assert message.maker == ""  # type: ignore[attr-defined]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    bad = {
        "name": " ",
        "kind": 77,
        "size": "much",
        "price": {"amount": "1e99", "currency": "euro"},
        "pack_date": "31.12.2026",
        "part_ids": ["no"],
        "owner_id": "me",
        "tags": ["x" * 10_001],
    }
    assert read(**bad)[1] == {
        "name": "REQUIRED",
        "kind": "UNKNOWN_VALUE",
        "size": "NOT_A_NUMBER",
        "price.amount": "NOT_A_NUMBER",
        "price.currency": "NOT_A_CURRENCY",
        "pack_date": "NOT_A_DATE",
        "part_ids": "NOT_A_UUID",
        "owner_id": "NOT_A_UUID",
        "tags": "TOO_LONG",
    }


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1e20", "0.0000001", "1,5", "--1"])
def test_a_decimal_is_finite_and_of_a_size_that_can_be_stored(amount: str) -> None:
    assert read("size", size=amount)[1] == {"size": "NOT_A_NUMBER"}


def test_a_number_that_is_none_and_a_nul_do_not_reach_json() -> None:
    box = Box(name="x", kind="TIN")
    box.custom_fields.update({"x": float("nan")})
    assert [violation.field for violation in mapping.read(box)[1]] == ["custom_fields"]
    box.custom_fields.update({"x": "a\0b"})
    assert [violation.reason for violation in mapping.read(box)[1]] == ["NUL_CHARACTER"]


def test_text_is_trimmed_and_a_blank_clears_when_named() -> None:
    assert read("name", "maker", "size", name=" a ", size=" ")[0] == {"name": "a", "size": None}
    assert read("owner_id")[0] == {"owner_id": None}
    assert UUID(int=1) == read("owner_id", owner_id=str(UUID(int=1)))[0]["owner_id"]


def test_a_class_that_lacks_a_field_of_its_message_does_not_start() -> None:
    class Bare(Entity):
        __abstract__ = True
        metadata = new_metadata()

    class Tin(Bare):
        __tablename__ = "tin"
        name: Mapped[str] = mapped_column(default="")

    with pytest.raises(MappingError, match=r"crm\.shelf\.v1\.Box\.kind has no column in tin"):
        Mapping(Tin, Box)
    assert Record.metadata.tables.keys() == {"box"}
