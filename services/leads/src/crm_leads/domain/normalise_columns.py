"""Normalisation of whole columns of an import, by the same rules as single values and with the same answers."""

from collections.abc import Callable, Sequence

import polars as pl

from crm_leads.domain import normalise

TEXT_FIELDS = [
    "name",
    "company",
    "job_title",
    "country_code",
    "province",
    "city",
    "postal_code",
    "address",
    "website",
    "need",
    "source",
    "open_id",
    "credit_code",
    "phone",
    "email",
]
_SPACES = r"\s+"
# What the shape alone settles; the rest, usually a few rows in a hundred, is read one distinct value at a time.
_CN_MOBILE = f"^{normalise.CN_MOBILE}$"
_PHONE_NOISE = r"[\s\-().·]+"


def normalise_columns(frame: pl.DataFrame, country: str = "CN") -> pl.DataFrame:
    """The frame with its lead fields normalised; columns it lacks are not added, others pass untouched.

    Adds `phone_fault` beside `phone`, `email_key` and `email_fault` beside `email`, `credit_code_fault` beside
    `credit_code`: fault codes as in `normalise.py`, blank when all is well. Blank is the empty string, never null.
    `country` is where numbers without a country code belong, unless the row's own `country_code` says otherwise.
    """
    present = [name for name in TEXT_FIELDS if name in frame.columns]
    frame = frame.with_columns(text_column(pl.col(name)) for name in present)
    if "country_code" in present:
        frame = frame.with_columns(pl.col("country_code").str.to_uppercase())
    if "phone" in present:
        frame = _phones(frame, country)
    if "email" in present:
        frame = _emails(frame)
    if "credit_code" in present:
        frame = _credit_codes(frame)
    return frame


def text_column(column: pl.Expr) -> pl.Expr:
    """NFKC, control and zero-width characters dropped, trimmed, single spaces; blank for null."""
    plain = column.cast(pl.String).fill_null("").str.normalize("NFKC").str.replace_all(normalise.CONTROL, "")
    return plain.str.replace_all(_SPACES, " ").str.strip_chars()


def _phones(frame: pl.DataFrame, country: str) -> pl.DataFrame:
    where = pl.lit(country)
    if "country_code" in frame.columns:
        where = pl.when(pl.col("country_code").str.contains("^[A-Z]{2}$")).then(pl.col("country_code")).otherwise(where)
    mobile = pl.col("phone").str.replace_all(_PHONE_NOISE, "").str.extract(_CN_MOBILE)
    mobile = pl.when((where == "CN") | pl.col("phone").str.contains(r"^\+86")).then("+86" + mobile)
    frame = frame.with_columns(_mobile=mobile, _where=where)
    rest = frame.filter(pl.col("_mobile").is_null() & (pl.col("phone") != "")).select("phone", "_where").unique()
    read = [normalise.phone(raw, home) for raw, home in rest.iter_rows()]
    answers = rest.with_columns(
        pl.Series("_read", [number.stored for number in read], pl.String),
        pl.Series("phone_fault", [number.fault for number in read], pl.String),
    )
    joined = frame.join(answers, on=["phone", "_where"], how="left", maintain_order="left")
    stored = pl.coalesce("_mobile", "_read", "phone")
    faults = pl.when(pl.col("_mobile").is_null()).then(pl.col("phone_fault")).fill_null("")
    return joined.with_columns(phone=stored, phone_fault=faults).drop("_mobile", "_where", "_read")


def _emails(frame: pl.DataFrame) -> pl.DataFrame:
    email, lower = pl.col("email"), pl.col("email").str.to_lowercase()
    domain = lower.str.extract(r"@([^@]*)$")
    plain = email.str.contains(normalise.PLAIN_EMAIL) & (email.str.len_bytes() <= normalise.MAX_EMAIL)
    plain &= email.str.find("@", literal=True) <= normalise.MAX_LOCAL_PART
    plain &= ~(domain.str.contains("xn--", literal=True) | domain.str.contains(normalise.RESERVED_DOMAINS))
    address = pl.when(plain).then(email.str.replace(r"@[^@]*$", "@") + domain)
    key = pl.when(plain).then(lower.str.replace(r"^([^+@]+)\+[^@]*@", "$1@"))
    frame = frame.with_columns(_address=address, _key=key)
    rest = frame.filter(pl.col("_address").is_null() & (email != "")).select("email").unique()
    answers = _answers(rest, "email", normalise.email, {"_read": "stored", "email_key": "key", "email_fault": "fault"})
    joined = frame.join(answers, on="email", how="left", maintain_order="left")
    return joined.with_columns(
        email=pl.coalesce("_address", "_read", "email"),
        email_key=pl.coalesce("_key", "email_key", pl.lit("")),
        email_fault=pl.col("email_fault").fill_null(""),
    ).drop("_address", "_key", "_read")


def _credit_codes(frame: pl.DataFrame) -> pl.DataFrame:
    rest = frame.filter(pl.col("credit_code") != "").select("credit_code").unique()
    answers = _answers(rest, "credit_code", normalise.credit_code, {"_read": "code", "credit_code_fault": "fault"})
    joined = frame.join(answers, on="credit_code", how="left", maintain_order="left")
    code = pl.coalesce("_read", "credit_code")
    return joined.with_columns(credit_code=code, credit_code_fault=pl.col("credit_code_fault").fill_null("")).drop(
        "_read"
    )


def _answers(
    distinct: pl.DataFrame, column: str, read: Callable[[str], object], answers: dict[str, str]
) -> pl.DataFrame:
    found: Sequence[object] = [read(raw) for raw in distinct[column].to_list()]
    columns = (
        pl.Series(name, [getattr(answer, attribute) for answer in found], pl.String)
        for name, attribute in answers.items()
    )
    return distinct.with_columns(columns)
