"""The campaign and its life: which move is allowed when, and what each one needs (domain rule 6.1)."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, event, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_kit.entity import scope_index
from crm_kit.errors import FailedPrecondition, InvalidArgument
from crm_kit.filtering import grams, search_text
from crm_kit.money import ZERO
from crm_marketing.domain.budget import Budget
from crm_marketing.domain.record import Amount, Record


class State(StrEnum):
    """Where a campaign is in its life; the contract describes each value."""

    DRAFT = "DRAFT"
    PLANNED = "PLANNED"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    FINISHED = "FINISHED"
    SETTLED = "SETTLED"
    CANCELLED = "CANCELLED"


CLOSED = frozenset({State.SETTLED, State.CANCELLED})
"""States in which a campaign keeps what it says and takes no members."""
SEARCHED = ("name", "number")


class CampaignStateForbids(FailedPrecondition):
    """The move is not possible from the campaign's state. Facts: id, state, wanted."""

    en = "A campaign that is {state} cannot be {wanted}."
    zh = "状态为 {state} 的活动不能执行“{wanted}”。"


class PlanNeedsDates(FailedPrecondition):
    """Nobody can agree on a campaign without its time. Facts: id, fields."""

    en = "A campaign needs {fields} from its planning on."
    zh = "活动进入计划后必须填写 {fields}。"


class CampaignHasCosts(FailedPrecondition):
    """What was paid for must stay visible. Facts: id, number."""

    en = "Campaign {number} has recorded costs. Cancel it instead of removing it."
    zh = "活动 {number} 已有费用记录，请取消活动而不是删除。"


class CurrencyIsFixed(FailedPrecondition):
    """Recorded costs do not change their currency. Facts: id, currency."""

    en = "Costs have been recorded in {currency}; the currency can no longer change."
    zh = "已有 {currency} 费用记录，币种不能再更改。"


class Campaign(Record):
    """A planned effort to bring people here (营销活动)."""

    __tablename__ = "campaign"

    number: Mapped[str] = mapped_column(default="")
    name: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=State.DRAFT)
    state_reason: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(default="")
    channel: Mapped[str] = mapped_column(default="")
    content: Mapped[str] = mapped_column(default="")
    strategy: Mapped[str] = mapped_column(default="")
    audience: Mapped[str] = mapped_column(default="")
    place: Mapped[str] = mapped_column(default="")
    start_date: Mapped[date | None] = mapped_column(default=None)
    end_date: Mapped[date | None] = mapped_column(default=None)
    parent_id: Mapped[UUID | None] = mapped_column(default=None)
    goals: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)
    currency: Mapped[str] = mapped_column(default="")
    budget_lines: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)
    budget: Mapped[Amount] = mapped_column(default=ZERO)
    committed_cost: Mapped[Amount] = mapped_column(default=ZERO)
    actual_cost: Mapped[Amount] = mapped_column(default=ZERO)
    tags: Mapped[list[str]] = mapped_column(default_factory=list)
    search_text: Mapped[str] = mapped_column(default="", init=False)
    search_grams: Mapped[list[str]] = mapped_column(default_factory=list, init=False)

    __table_args__ = (
        scope_index("campaign"),
        Index("ix_campaign_parent_id", "parent_id", postgresql_where=text("parent_id IS NOT NULL")),
        Index(
            "ix_campaign_search_text",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
        Index("ix_campaign_search_grams", "search_grams", postgresql_using="gin"),
        Index("uq_campaign_unit_path_number", "unit_path", "number", unique=True),
    )

    def plan(self) -> State:
        """Agreed, once it has its first and last day. This and the other moves answer with the state before."""
        before = self._leave("planned", State.DRAFT)
        self.state = State.PLANNED
        self.check_dates()
        return before

    def start(self) -> State:
        """Under way."""
        before = self._leave("started", State.PLANNED)
        self.state = State.RUNNING
        return before

    def pause(self, reason: str) -> State:
        """Halted for a while."""
        before = self._leave("paused", State.RUNNING)
        self.state, self.state_reason = State.PAUSED, reason
        return before

    def resume(self) -> State:
        """Under way again."""
        before = self._leave("resumed", State.PAUSED)
        self.state, self.state_reason = State.RUNNING, ""
        return before

    def finish(self) -> State:
        """Over; late costs and results still come in."""
        before = self._leave("finished", State.RUNNING, State.PAUSED)
        self.state, self.state_reason = State.FINISHED, ""
        return before

    def settle(self) -> State:
        """Books closed."""
        before = self._leave("settled", State.FINISHED)
        self.state = State.SETTLED
        return before

    def cancel(self, reason: str) -> State:
        """Given up before it was finished."""
        before = self._leave("cancelled", State.DRAFT, State.PLANNED, State.RUNNING, State.PAUSED)
        self.state, self.state_reason = State.CANCELLED, reason
        return before

    def check_dates(self) -> None:
        """Its last day is not before its first, and both are known once it is planned."""
        missing = [name for name in ("start_date", "end_date") if getattr(self, name) is None]
        if missing and self.state != State.DRAFT:
            raise PlanNeedsDates(id=self.id, fields=", ".join(missing))
        if self.start_date is not None and self.end_date is not None and self.end_date < self.start_date:
            first = self.start_date.isoformat()
            raise InvalidArgument.of(
                "end_date",
                "BEFORE_START",
                f"The last day must not lie before the first, {first}.",
                f"结束日期不能早于开始日期 {first}。",
            )

    def refuse_if_closed(self, wanted: str) -> None:
        """A settled or cancelled campaign keeps what it says."""
        self._leave(wanted, *(state for state in State if state not in CLOSED))

    def refuse_removal(self) -> None:
        """Only a draft that cost nothing may disappear."""
        self._leave("removed", State.DRAFT)
        if any(line.actual for line in self.money.lines):
            raise CampaignHasCosts(id=self.id, number=self.number)

    @property
    def money(self) -> Budget:
        """Its budget lines as numbers."""
        return Budget.of(self.budget_lines)

    def set_money(self, budget: Budget) -> None:
        """Keep the lines and the sums derived from them."""
        self.budget_lines = budget.stored()
        self.budget, self.committed_cost, self.actual_cost = budget.planned, budget.committed, budget.actual

    def spend(self, category: str, amount: Decimal, reason: str) -> None:
        """Add a cost to a line. A cancelled campaign still pays its bills; a settled one has none left."""
        self._leave("charged", *(state for state in State if state is not State.SETTLED))
        self.set_money(self.money.spent(category, amount, self.currency, reason))

    def refuse_currency(self, currency: str) -> None:
        """The currency is fixed by the first cost."""
        if currency != self.currency and any(line.actual for line in self.money.lines):
            raise CurrencyIsFixed(id=self.id, currency=self.currency)

    def _leave(self, wanted: str, *allowed: State) -> State:
        if self.state not in allowed:
            raise CampaignStateForbids(id=self.id, state=self.state, wanted=wanted)
        return State(self.state)


@event.listens_for(Campaign, "before_insert")
@event.listens_for(Campaign, "before_update")
def _index(_mapper: object, _connection: object, campaign: Campaign) -> None:
    texts = [getattr(campaign, name) for name in SEARCHED]
    campaign.search_text, campaign.search_grams = search_text(*texts), grams(*texts)
