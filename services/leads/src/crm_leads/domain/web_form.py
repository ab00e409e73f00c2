"""The web form and its life: what may be asked, what it needs before strangers may see it."""

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Index, Table, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_kit.entity import Path, scope_index
from crm_kit.errors import FailedPrecondition, InvalidArgument, Violation
from crm_leads.domain.record import Record
from crm_leads.domain.validation import REACH

ASKED = (
    "name",
    "company",
    "job_title",
    "phone",
    "email",
    "country_code",
    "province",
    "city",
    "postal_code",
    "address",
    "website",
    "need",
    "product_line",
)
"""Fields of a lead that a form may ask for, besides custom ones."""
CUSTOM = "custom_fields."
MOST_FIELDS, MOST_ORIGINS = 30, 20
LONGEST_LINE, LONGEST_TEXT = 200, 2_000
LANGUAGES = ("zh-CN", "en")
ORIGIN = re.compile(
    r"https://[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[0-9]{1,5})?|http://(localhost|127\.0\.0\.1)(:[0-9]{1,5})?"
)
"""What may stand in a browser's policy: nothing in it can end one rule and begin another."""


class State(StrEnum):
    """Where a form is in its life; the contract describes each value."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    CLOSED = "CLOSED"


class WebFormStateForbids(FailedPrecondition):
    """The move is not possible from the form's state. Facts: id, state."""

    en = "This form is {state} already."
    zh = "该表单已处于 {state} 状态。"


class WebFormClosed(FailedPrecondition):
    """The form is not, or no longer, open to visitors."""

    en = "This form takes no more answers."
    zh = "该表单已停止接收。"


class WebForm(Record):
    """A page on which strangers become leads (网页表单)."""

    __tablename__ = "web_form"

    name: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=State.DRAFT)
    key: Mapped[str] = mapped_column(default="")
    title_en: Mapped[str] = mapped_column(default="")
    title_zh: Mapped[str] = mapped_column(default="")
    intro_en: Mapped[str] = mapped_column(default="")
    intro_zh: Mapped[str] = mapped_column(default="")
    thanks_en: Mapped[str] = mapped_column(default="")
    thanks_zh: Mapped[str] = mapped_column(default="")
    consent_en: Mapped[str] = mapped_column(default="")
    consent_zh: Mapped[str] = mapped_column(default="")
    fields: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)
    campaign_id: Mapped[UUID | None] = mapped_column(default=None)
    channel: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(default="")
    target_unit_path: Mapped[str] = mapped_column(Path, default="")
    allowed_origins: Mapped[list[str]] = mapped_column(default_factory=list)
    default_language: Mapped[str] = mapped_column(default="")
    publish_time: Mapped[datetime | None] = mapped_column(default=None)

    __table_args__ = (scope_index("web_form"), Index("uq_web_form_key", "key", unique=True))

    def publish(self, now: datetime) -> None:
        """Anybody who has its address may fill it in."""
        if self.state == State.PUBLISHED:
            raise WebFormStateForbids(id=self.id, state=self.state)
        self.state, self.publish_time = State.PUBLISHED, now

    def close(self) -> None:
        """It takes nothing any more."""
        if self.state == State.CLOSED:
            raise WebFormStateForbids(id=self.id, state=self.state)
        self.state = State.CLOSED

    def check(self, custom: Collection[str], required: Collection[str]) -> None:
        """InvalidArgument names everything that is wrong; ``custom``: fields of leads the enterprise added, ``required``:
        those of them no lead can be without.
        """
        wrong = [*self._faults(custom)]
        if self.state == State.PUBLISHED:
            wrong += _missing(self, required)
        if wrong:
            raise InvalidArgument(wrong)

    @property
    def asked(self) -> list[str]:
        return [str(each.get("field", "")) for each in self.fields]

    def told(self, what: str, language: str) -> str:
        """``title``, ``consent`` … in the language, or in the other where it is empty."""
        en, zh = getattr(self, f"{what}_en"), getattr(self, f"{what}_zh")
        return str((zh or en) if language == "zh-CN" else (en or zh))

    def _faults(self, custom: Collection[str]) -> Iterator[Violation]:
        for name in ("name", "channel", "source", "title_en", "title_zh"):
            if len(getattr(self, name)) > LONGEST_LINE:
                yield _too_long(name, LONGEST_LINE)
        for what in ("intro", "thanks", "consent"):
            for name in (f"{what}_en", f"{what}_zh"):
                if len(getattr(self, name)) > LONGEST_TEXT:
                    yield _too_long(name, LONGEST_TEXT)
        if self.default_language not in {"", *LANGUAGES}:
            yield Violation("default_language", "UNKNOWN_VALUE", "Choose zh-CN or en.", "请选择 zh-CN 或 en。")
        yield from _field_faults(self.fields, custom)
        yield from _origin_faults(self.allowed_origins)


def _field_faults(fields: Sequence[dict[str, Any]], custom: Collection[str]) -> Iterator[Violation]:
    if len(fields) > MOST_FIELDS:
        yield Violation("fields", "TOO_MANY", f"At most {MOST_FIELDS} fields.", f"最多 {MOST_FIELDS} 个字段。")
    known = {*ASKED, *(f"{CUSTOM}{name}" for name in custom)}
    seen = set[str]()
    for place, asked in enumerate(fields):
        name, path = str(asked.get("field", "")), f"fields[{place}].field"
        if name not in known:
            en, zh = f"“{name}” is no field of leads; choose another.", f"“{name}”不是线索字段，请重新选择。"
            yield Violation(path, "UNKNOWN_FIELD", en, zh)
        elif name in seen:
            yield Violation(path, "TWICE", f"{name} is asked twice; remove one.", f"{name} 重复，请删除其中一个。")
        seen.add(name)
        for part in ("label_en", "label_zh", "help_en", "help_zh"):
            if len(str(asked.get(part, ""))) > LONGEST_LINE:
                yield _too_long(f"fields[{place}].{part}", LONGEST_LINE)


def _origin_faults(origins: Sequence[str]) -> Iterator[Violation]:
    if len(origins) > MOST_ORIGINS:
        en, zh = f"At most {MOST_ORIGINS} sites.", f"最多 {MOST_ORIGINS} 个网站。"
        yield Violation("allowed_origins", "TOO_MANY", en, zh)
    for place, origin in enumerate(origins):
        if not ORIGIN.fullmatch(origin):
            en = "Give a site such as https://www.example.com, without a path."
            zh = "请填写网站来源，例如 https://www.example.com，不含路径。"
            yield Violation(f"allowed_origins[{place}]", "NOT_AN_ORIGIN", en, zh)


def _missing(form: WebForm, required: Collection[str]) -> Iterator[Violation]:
    asked = set(form.asked)
    if not form.told("title", "en"):
        yield Violation("title_zh", "REQUIRED", "Give it a heading.", "请填写标题。")
    if not form.told("consent", "en"):
        yield Violation("consent_zh", "REQUIRED", "Say what the visitor agrees to.", "请填写同意条款。")
    if not asked & {"name", "company"}:
        yield Violation("fields", "NOBODY_NAMED", "Ask for a name or a company.", "请至少询问姓名或公司。")
    if not asked & REACH:
        yield Violation("fields", "NO_REACH", "Ask for a phone or an e-mail.", "请至少询问电话或邮箱。")
    for name in sorted(required):
        if f"{CUSTOM}{name}" not in asked:
            en, zh = f"No lead can be without {name}: ask for it.", f"线索必填字段 {name} 未包含在表单中，请添加。"
            yield Violation("fields", "REQUIRED_FIELD_MISSING", en, zh)


def _too_long(name: str, most: int) -> Violation:
    return Violation(name, "TOO_LONG", f"At most {most} characters.", f"最多 {most} 个字符。")


web_form_count = Table(
    "web_form_count",
    Record.metadata,
    Column("web_form_id", Uuid, primary_key=True),
    Column("shown", BigInteger, nullable=False),
    Column("submitted", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
)
"""Apart from the form, so that a visitor changes one number and no record, version, trail or event."""

web_form_submission = Table(
    "web_form_submission",
    Record.metadata,
    Column("id", Uuid, primary_key=True),
    Column("web_form_id", Uuid, nullable=False),
    Column("web_form_name", Text, nullable=False),
    Column("lead_id", Uuid, nullable=False),
    Column("consent_text", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("referrer", Text, nullable=False),
    Column("utm_source", Text, nullable=False),
    Column("utm_medium", Text, nullable=False),
    Column("utm_campaign", Text, nullable=False),
    Column("utm_content", Text, nullable=False),
    Column("utm_term", Text, nullable=False),
    Column("submit_time", DateTime(timezone=True), nullable=False),
    Index("ix_web_form_submission_lead_id", "lead_id", text("id DESC")),
)
"""What a person agreed to, kept as it stood then: forms change."""
