"""The public pool: who may claim how much, how long a claim protects, when an owned lead returns (domain rule 2.8)."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Column, DateTime, Index, Table, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_kit.entity import Path
from crm_kit.errors import FailedPrecondition, ResourceExhausted
from crm_leads.domain.lead import Lead
from crm_leads.domain.record import Record


class DailyClaimLimitReached(ResourceExhausted):
    """Today's claims are used up; releasing gives none back. Facts: limit."""

    en = "You have used today's {limit} claims of this pool. Releasing does not give a claim back; come back tomorrow."
    zh = "您今天在该公海的 {limit} 次领取已用完，退回不会返还次数，请明天再来。"


class HoldingLimitReached(ResourceExhausted):
    """The person holds as many open leads as allowed. Facts: limit."""

    en = "You hold {limit} open leads, which is the limit. Close or release some first."
    zh = "您持有的未关闭线索已达上限 {limit} 条，请先关闭或退回部分线索。"


class CoolingDown(FailedPrecondition):
    """The person had this lead a short while ago. Facts: until (instant)."""

    en = "You held this lead before. You may claim it again from {until}."
    zh = "您曾持有该线索，{until} 之后才能再次领取。"


class Pool(Record):
    """A unit's public pool with its rules (公海)."""

    __tablename__ = "pool"

    name: Mapped[str] = mapped_column(default="")
    daily_claim_limit: Mapped[int] = mapped_column(default=0)
    holding_limit: Mapped[int] = mapped_column(default=0)
    cooldown_days: Mapped[int] = mapped_column(default=0)
    protect_days: Mapped[int] = mapped_column(default=0)
    touch_protect_days: Mapped[int] = mapped_column(default=0)
    max_protect_days: Mapped[int] = mapped_column(default=0)
    recycle_days: Mapped[int] = mapped_column(default=0)
    time_zone: Mapped[str] = mapped_column(default="Asia/Shanghai")
    is_default: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        Index("ix_pool_unit_path", "unit_path"),
        Index(
            "uq_pool_unit_path_is_default",
            "unit_path",
            unique=True,
            postgresql_where=text("is_default AND delete_time IS NULL"),
        ),
    )

    def day_start(self, now: datetime) -> datetime:
        """The instant at which the claiming day of ``now`` began, in the pool's zone."""
        local = now.astimezone(ZoneInfo(self.time_zone))
        return local.replace(hour=0, minute=0, second=0, microsecond=0)

    def check_limits(self, *, claimed_today: int, held: int, wanted: int = 1) -> None:
        """Refuse loudly when the claims would pass a limit."""
        if self.daily_claim_limit and claimed_today + wanted > self.daily_claim_limit:
            raise DailyClaimLimitReached(limit=self.daily_claim_limit)
        if self.holding_limit and held + wanted > self.holding_limit:
            raise HoldingLimitReached(limit=self.holding_limit)

    def cooling_until(self, last_held: datetime | None) -> datetime | None:
        """Until when a person must wait who last held the lead until then."""
        return None if last_held is None or not self.cooldown_days else last_held + timedelta(days=self.cooldown_days)

    def check_cooldown(self, last_held: datetime | None, now: datetime) -> None:
        until = self.cooling_until(last_held)
        if until is not None and now < until:
            raise CoolingDown(until=until.isoformat())

    def protect(self, lead: Lead) -> None:
        """Set the lead's protection and recycling dates from its claim and its last touch.

        ``protected_until = max(claim + P0, touch + P1)``, capped by ``claim + Pmax``; recycling is due ``recycle_days``
        after the later of claim and touch, never inside the protection.
        """
        claimed, touch = lead.own_time, lead.last_touch_time
        if claimed is None:
            lead.protect(None, None)
            return
        until = claimed + timedelta(days=self.protect_days)
        if touch is not None and touch >= claimed and self.touch_protect_days:
            until = max(until, touch + timedelta(days=self.touch_protect_days))
        if self.max_protect_days:
            until = min(until, claimed + timedelta(days=self.max_protect_days))
        due = None
        if self.recycle_days:
            due = max(claimed, touch or claimed) + timedelta(days=self.recycle_days)
            due = max(due, until)
        lead.protect(until, due)


def units_above(unit_path: str) -> list[str]:
    """The unit itself and all above it, nearest first: their pools are asked in this order."""
    found = []
    while unit_path:
        found.append(unit_path)
        unit_path = unit_path.rstrip("/").rpartition("/")[0] + "/" if unit_path != "/" else ""
    return found


ownership = Table(
    "ownership",
    Record.metadata,
    Column("id", Uuid, primary_key=True),
    Column("lead_id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("unit_path", Path, nullable=False),
    Column("pool_id", Uuid),
    Column("why", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("start_time", DateTime(timezone=True), nullable=False),
    Column("end_time", DateTime(timezone=True)),
    Column("end_why", Text, nullable=False, server_default=""),
    Index("ix_ownership_lead", "lead_id", "user_id", "end_time"),
    Index("ix_ownership_claims", "user_id", "pool_id", "start_time", postgresql_where=text("why = 'claim'")),
)
"""Every hand-over: who had which lead from when to when, and why. Claim limits and cool-downs are counted here."""
