"""Words of a command line to JSON."""

import pytest

from crm_client import Catalog, Usage
from crm_client.values import read_assignments

CATALOG = Catalog.load()


def lead(*words: str) -> dict[str, object]:
    message = CATALOG.resource("leads").record
    assert message is not None
    return read_assignments(message, words)


def request(operation: str, *words: str) -> dict[str, object]:
    return read_assignments(CATALOG.operation(operation).request, words)


def test_text_is_taken_as_it_is() -> None:
    assert lead("name=王小明", "need=a=b", "phone=") == {"name": "王小明", "need": "a=b", "phone": ""}


def test_lists_are_separated_by_commas() -> None:
    assert lead("tags=vip, hot", "opt_outs=") == {"tags": ["vip", "hot"], "opt_outs": []}


def test_custom_fields_are_reached_by_a_dot_and_keep_their_type() -> None:
    assert lead("custom_fields.floor=3", "custom_fields.view=sea") == {"custom_fields": {"floor": 3, "view": "sea"}}
    assert lead("custom_fields.floor=") == {"custom_fields": {"floor": None}}


def test_numbers_and_truths_are_read_by_the_type_of_the_field() -> None:
    assert request("ListLeads", "page_size=20") == {"page_size": 20}
    assert request("ClaimLeads", "best_effort=yes") == {"best_effort": True}


def test_enum_values_need_neither_capitals_nor_prefix() -> None:
    assert request("ListLeads", "count=exact") == {"count": "COUNT_MODE_EXACT"}


def test_a_day_is_a_local_instant() -> None:
    message = CATALOG.resource("touches").record
    assert message is not None
    times = [each.name for each in message.fields if each.message_type and each.message_type.name == "Timestamp"]
    given = [name for name in times if name not in ("create_time", "update_time")]
    value = str(read_assignments(message, [f"{given[0]}=2026-11-23T14:30+08:00"])[given[0]])
    assert value == "2026-11-23T14:30:00+08:00"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["nmae=x"], r"no field nmae in Lead\. Did you mean name"),
        (["score=80"], "score is set by the server"),
        (["name"], "name is not field=value"),
        (["name.first=x"], "name has no parts"),
    ],
)
def test_what_does_not_fit_the_contract_is_refused_before_it_is_sent(words: list[str], complaint: str) -> None:
    with pytest.raises(Usage, match=complaint):
        lead(*words)


def test_a_wrong_type_says_what_is_expected() -> None:
    with pytest.raises(Usage, match="page_size expects a whole number, not many"):
        request("ListLeads", "page_size=many")
    with pytest.raises(Usage, match="best_effort expects true or false, not maybe"):
        request("ClaimLeads", "best_effort=maybe")
    with pytest.raises(Usage, match="no value exactly in count"):
        request("ListLeads", "count=exactly")
