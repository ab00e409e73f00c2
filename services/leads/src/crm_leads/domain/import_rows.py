"""From the rows of a file to leads that are checked, weighed and grouped by party: pure, so that a dry run is a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from uuid import UUID

from crm_leads.domain.csv_file import CsvFile


@dataclass(slots=True)
class ImportRow:
    """One row on its way: values by field, its key for recognising it again, and what refused it."""

    line: int
    values: dict[str, str]
    custom: dict[str, str]
    key: str
    field: str = ""
    reason: str = ""
    en: str = ""
    zh: str = ""

    @property
    def refused(self) -> bool:
        return bool(self.reason)

    def refuse(self, field: str, reason: str, en: str, zh: str) -> None:
        self.field, self.reason, self.en, self.zh = field, reason, en, zh


@dataclass(frozen=True, slots=True)
class Defaults:
    """What rows without a value of their own get."""

    source: str = ""
    campaign_id: str = ""
    country_code: str = "CN"


def rows_of(file: CsvFile, mappings: Sequence[Mapping[str, str]], defaults: Defaults) -> list[ImportRow]:
    """The mapped rows in file order."""
    position = {heading: index for index, heading in enumerate(file.headings)}
    columns = [(position[m["heading"]], m["field"]) for m in mappings if m.get("field") and m["heading"] in position]
    return [_row(line, row, columns, defaults) for line, row in zip(file.lines, file.rows, strict=True)]


def _row(line: int, row: Sequence[str], columns: Sequence[tuple[int, str]], defaults: Defaults) -> ImportRow:
    values: dict[str, str] = {}
    custom: dict[str, str] = {}
    for index, name in columns:
        value = row[index].strip()
        if not value:
            continue
        if name.startswith("custom_fields."):
            custom[name.partition(".")[2]] = value
        else:
            values[name] = value
    parts = [values.pop(part, "") for part in ("first_name", "last_name")]
    if not values.get("name") and any(parts):
        values["name"] = _full_name(*parts)
    said = "\n".join(f"{name}={value}" for name, value in sorted({**values, **custom}.items()))
    if not values.get("source") and defaults.source:
        values["source"] = defaults.source
    if not values.get("campaign_id") and defaults.campaign_id:
        values["campaign_id"] = defaults.campaign_id
    made = ImportRow(line, values, custom, "import:" + blake2b(said.encode(), digest_size=16).hexdigest())
    _check_campaign(made)
    return made


def _full_name(first: str, last: str) -> str:
    """Chinese names start with the family name and have no space."""
    if any("\u4e00" <= letter <= "\u9fff" for letter in first + last):
        return last + first
    return f"{first} {last}".strip()


def _check_campaign(row: ImportRow) -> None:
    campaign = row.values.get("campaign_id", "")
    if campaign:
        try:
            UUID(campaign)
        except ValueError:
            row.refuse("campaign_id", "NOT_A_UUID", "Give the campaign's id.", "请填写营销活动的 ID。")


def facts_of(row: ImportRow, country_code: str) -> dict[str, Any]:
    """Attributes of the lead a row becomes."""
    facts: dict[str, Any] = dict(row.values)
    for name in ("tags", "opt_outs"):
        if name in facts:
            facts[name] = [
                part.strip() for part in facts[name].replace("，", ",").replace(";", ",").split(",") if part.strip()
            ]
    if facts.get("campaign_id"):
        facts["campaign_id"] = UUID(facts["campaign_id"])
    country = facts.get("country_code", "").upper()
    facts["country_code"] = country if len(country) == 2 else country_code
    return {**facts, "custom_fields": dict(row.custom), "channel": "import"}
