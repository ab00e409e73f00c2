"""A deal from first talk to won, lost or reopened (domain rule 4.2)."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_kit.entity import newest_index, scope_index
from crm_kit.money import HUNDRED, ZERO, rounded
from crm_sales.domain import deal_errors as refused
from crm_sales.domain.pipeline import Pipeline
from crm_sales.domain.record import Amount, Record, Searchable, search_indexes
from crm_sales.domain.stages import ForecastCategory, Stage, Status

LOSS_REASONS = ("price", "product", "service", "relationship", "no_budget", "no_decision", "competitor", "other")
GATE_FIELDS = frozenset(
    {
        "contact_id",
        "campaign_id",
        "source",
        "discovery_date",
        "information_provider",
        "need",
        "solution",
        "amount",
        "expected_close_date",
        "stage_note",
        "tags",
    }
)
"""What a stage may require of a deal, beside custom fields."""
FROZEN_WHEN_CLOSED = frozenset(
    {"amount", "amount_currency", "expected_close_date", "probability", "probability_locked", "forecast_category"}
)
"""What a closed deal was worth and when is history; reports of last year must not move."""


class Opportunity(Searchable, Record):
    """A verified chance of business with a customer."""

    __tablename__ = "opportunity"
    __searched__ = ("number", "name")
    __table_args__ = (
        scope_index("opportunity"),
        newest_index("opportunity"),
        *search_indexes("opportunity"),
        Index("ix_opportunity_customer_id", "customer_id"),
        Index("ix_opportunity_lead_id", "lead_id"),
        Index("ix_opportunity_territory_id", "territory_id"),
        Index(
            "ix_opportunity_pending", "pending_operation_id", postgresql_where=text("pending_operation_id IS NOT NULL")
        ),
        Index("ix_opportunity_pipeline_stage", "pipeline_id", "stage", "state"),
        Index("ix_opportunity_unit_state_close", "unit_path", "state", "expected_close_date"),
    )

    number: Mapped[str] = mapped_column(default="")
    name: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=Status.OPEN.value)
    customer_id: Mapped[UUID] = mapped_column(default=None)
    contact_id: Mapped[UUID | None] = mapped_column(default=None)
    lead_id: Mapped[UUID | None] = mapped_column(default=None)
    campaign_id: Mapped[UUID | None] = mapped_column(default=None)
    source: Mapped[str] = mapped_column(default="")
    discovery_date: Mapped[date | None] = mapped_column(default=None)
    information_provider: Mapped[str] = mapped_column(default="")
    need: Mapped[str] = mapped_column(default="")
    solution: Mapped[str] = mapped_column(default="")

    amount: Mapped[Amount | None] = mapped_column(default=None)
    amount_currency: Mapped[str] = mapped_column(default="")
    expected_close_date: Mapped[date | None] = mapped_column(default=None)
    probability: Mapped[int] = mapped_column(default=0)
    probability_locked: Mapped[bool] = mapped_column(default=False)
    forecast_category: Mapped[str] = mapped_column(default=ForecastCategory.PIPELINE.value)

    pipeline_id: Mapped[UUID] = mapped_column(default=None)
    pipeline_stage_version: Mapped[int] = mapped_column(default=1)
    stage: Mapped[str] = mapped_column(default="")
    stage_note: Mapped[str] = mapped_column(default="")
    stage_enter_time: Mapped[datetime] = mapped_column(default=None)
    last_activity_time: Mapped[datetime | None] = mapped_column(default=None)
    rot_time: Mapped[datetime | None] = mapped_column(default=None)

    last_open_stage: Mapped[str] = mapped_column(default="")
    loss_reason: Mapped[str] = mapped_column(default="")
    loss_note: Mapped[str] = mapped_column(default="")
    competitor_id: Mapped[UUID | None] = mapped_column(default=None)
    close_date: Mapped[date | None] = mapped_column(default=None)
    reopen_count: Mapped[int] = mapped_column(default=0)
    close_date_push_count: Mapped[int] = mapped_column(default=0)
    close_date_push_days: Mapped[int] = mapped_column(default=0)
    amount_change_count: Mapped[int] = mapped_column(default=0)
    territory_id: Mapped[UUID | None] = mapped_column(default=None)
    assigned_territory_code: Mapped[str] = mapped_column(default="")
    tags: Mapped[list[str]] = mapped_column(default_factory=list)

    def open(self, pipeline: Pipeline, now: datetime, today: date) -> None:
        """Start in the first open stage, or in the open one already named."""
        stage = pipeline.stage(self.stage) if self.stage else pipeline.first(Status.OPEN)
        if stage.status is not Status.OPEN:
            raise refused.UseWinOrLose(stage=stage.code)
        typed = ForecastCategory(self.forecast_category)
        self.pipeline_id = pipeline.id
        self.discovery_date = self.discovery_date or today
        self._enter(stage, pipeline, self.stage_note, now)
        if typed is not ForecastCategory.PIPELINE:
            self.forecast_category = typed.value

    def move(self, stage: Stage, pipeline: Pipeline, note: str, now: datetime) -> None:
        """Go to another open stage: forward within its requirements, back with a note."""
        self._need_open()
        if stage.status is not Status.OPEN:
            raise refused.UseWinOrLose(stage=stage.code)
        if pipeline.id == self.pipeline_id:
            here, there = pipeline.position(self.stage), pipeline.position(stage.code)
            if here == there:
                raise refused.AlreadyInStage(stage=stage.code)
            if there < here and not note:
                raise refused.BackwardNeedsNote(stage=stage.code, present=self.stage)
        self._meet(stage)
        self.pipeline_id = pipeline.id
        self._enter(stage, pipeline, note, now)

    def win(self, pipeline: Pipeline, close_date: date | None, note: str, now: datetime, today: date) -> None:
        """Close with business. Whether the pipeline's policy is met is asked before, in ``win_policy``."""
        self._need_open()
        if self.amount is None or self.amount <= 0:
            raise refused.WinNeedsAmount
        stage = pipeline.first(Status.WON)
        self._meet(stage)
        self._close(stage, pipeline, close_date, note, now, today)

    def lose(
        self,
        pipeline: Pipeline,
        reason: str,
        note: str,
        competitor_id: UUID | None,
        close_date: date | None,
        now: datetime,
        today: date,
    ) -> None:
        """Close without business, with a reason."""
        self._need_open()
        refused.check_loss(reason, note, competitor_id, LOSS_REASONS)
        self._close(pipeline.first(Status.LOST), pipeline, close_date, note, now, today)
        self.loss_reason, self.loss_note, self.competitor_id = reason, note, competitor_id

    def reopen(self, pipeline: Pipeline, reason: str, now: datetime) -> None:
        """Return to the stage before closing, or to the first one if the pipeline has it no more."""
        if self.state == Status.OPEN:
            raise refused.OpportunityNotClosed(number=self.number)
        known = pipeline.position(self.last_open_stage) >= 0
        stage = pipeline.stage(self.last_open_stage) if known else pipeline.first(Status.OPEN)
        self.state = Status.OPEN.value
        self.last_open_stage = self.loss_reason = self.loss_note = ""
        self.close_date = self.competitor_id = None
        self.reopen_count += 1
        self._enter(stage, pipeline, reason, now)

    def change_amount(self, amount: Decimal | None, currency: str) -> bool:
        """Set the expected amount in whole minor units; answers whether it changed, and counts it."""
        amount = None if amount is None else rounded(amount, currency)
        if amount == self.amount and currency == self.amount_currency:
            return False
        self.amount, self.amount_currency = amount, currency
        self.amount_change_count += 1
        return True

    def change_expected_close(self, day: date | None) -> bool:
        """Set the expected day; answers whether it changed. Moving it later is a push and is counted."""
        before, self.expected_close_date = self.expected_close_date, day
        if before is not None and day is not None and day > before:
            self.close_date_push_count += 1
            self.close_date_push_days += (day - before).days
        return before != day

    def unlock_probability(self, stage: Stage) -> None:
        """Let the stage set the probability again, from now on."""
        self.probability_locked = False
        self.probability = stage.probability

    def note_activity(self, stage: Stage, now: datetime) -> None:
        """A dealing with the customer: the deal does not rot for another while."""
        if self.state == Status.OPEN:
            self.last_activity_time = now
            self._rot(stage)

    @property
    def weighted_amount(self) -> Decimal | None:
        """Amount × probability, rounded per deal so that lists add up to their total (GT-2)."""
        return weighted(self.amount, self.probability, self.amount_currency)

    def refuse_frozen(self, names: set[str]) -> None:
        """A closed deal keeps what it was worth."""
        if self.state != Status.OPEN and (frozen := sorted(names & FROZEN_WHEN_CLOSED)):
            raise refused.ClosedDealFrozen(fields=", ".join(frozen))

    def _enter(self, stage: Stage, pipeline: Pipeline, note: str, now: datetime) -> None:
        self.stage, self.stage_note, self.stage_enter_time = stage.code, note, now
        self.pipeline_stage_version = pipeline.stage_version
        self.forecast_category = stage.forecast_category.value
        if not self.probability_locked:
            self.probability = stage.probability
        self._rot(stage)

    def _close(
        self, stage: Stage, pipeline: Pipeline, close_date: date | None, note: str, now: datetime, today: date
    ) -> None:
        self.last_open_stage = self.stage
        self.state = stage.status.value
        self.probability_locked = False
        self.close_date = min(close_date or today, today)
        self._enter(stage, pipeline, note, now)
        self.rot_time = None

    def _rot(self, stage: Stage) -> None:
        since = max(self.stage_enter_time, self.last_activity_time or self.stage_enter_time)
        self.rot_time = since + timedelta(days=stage.rot_days) if stage.rot_days else None

    def _need_open(self) -> None:
        if self.state != Status.OPEN:
            raise refused.OpportunityClosed(number=self.number, state=self.state)

    def _meet(self, stage: Stage) -> None:
        if missing := [name for name in stage.required_fields if not self._filled(name)]:
            raise refused.StageRequirementsUnmet(stage.code, missing)

    def _filled(self, name: str) -> bool:
        if name.startswith("custom_fields."):
            return self.custom_fields.get(name.removeprefix("custom_fields.")) not in (None, "", [])
        return getattr(self, name) not in (None, "", [])


def weighted(amount: Decimal | None, probability: int, currency: str) -> Decimal | None:
    """A deal's share of the weighted pipeline, in whole minor units; nothing without an amount."""
    if amount is None or not currency:
        return None
    return rounded(amount * probability / HUNDRED, currency) if amount else ZERO
