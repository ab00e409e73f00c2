"""The labelled files that matching is measured on: each is only a mapping of its columns to lead fields."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from crm_leads.domain.matching import MatchRecord
from crm_leads.domain.normalise_columns import normalise_columns

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


@dataclass(frozen=True)
class DataSet:
    """A file, the lead field of each column, its truth, and the pair F1 published or measured by others."""

    name: str
    path: str
    mapping: dict[str, pl.Expr]
    truth: str
    reference: float
    goal: float

    def read(self) -> tuple[list[MatchRecord], list[str]]:
        """Normalised records, and the true party of each."""
        file = SHARED / self.path
        reader: Callable[[Path], pl.DataFrame] = pl.read_parquet
        if not file.suffix.endswith("parquet"):
            reader = lambda path: pl.read_csv(path, infer_schema=False)  # noqa: E731
        raw = reader(file)
        mapped = raw.select(**self.mapping)
        frame = normalise_columns(mapped, country="US")
        custom = ("birth_date", "birth_place", "occupation")
        records = [
            MatchRecord.of({**row, "id": str(at)}, {name: row.get(name) for name in custom})
            for at, row in enumerate(frame.iter_rows(named=True))
        ]
        return records, raw[self.truth].to_list()


_FULL_NAME = pl.concat_str("first_name", "surname", separator=" ", ignore_nulls=True)

DATA_SETS = (
    DataSet(
        name="childcare-sites",
        path="childcare-sites-dedupe/sites_with_true_ids.csv.gz",
        mapping={
            "company": pl.col("Site name"),
            "address": pl.col("Address"),
            "postal_code": pl.col("Zip"),
            "phone": pl.col("Phone"),
        },
        truth="True Id",
        reference=0.902,
        goal=0.93,
    ),
    DataSet(
        name="fake-1000",
        path="people-dedupe/fake_1000.csv",
        mapping={
            "name": _FULL_NAME,
            "birth_date": pl.col("dob"),
            "city": pl.col("city"),
            "email": pl.col("email"),
        },
        truth="cluster",
        reference=0.882,
        goal=0.882,
    ),
    DataSet(
        name="historical-50k",
        path="people-dedupe/historical_figures_with_errors_50k.parquet",
        mapping={
            "name": pl.col("full_name"),
            "birth_date": pl.col("dob"),
            "birth_place": pl.col("birth_place"),
            "postal_code": pl.col("postcode_fake"),
            "occupation": pl.col("occupation"),
        },
        truth="cluster",
        reference=0.826,
        goal=0.85,
    ),
)
