"""The lead and its life: which transition is allowed when, and what each one changes (domain rules 2.1, 2.8)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_kit.entity import Path, newest_index, scope_index
from crm_kit.recognition import ADDRESSES, HANDLES
from crm_kit.sealing import digested, sealed, sealed_index, sealed_list
from crm_leads.domain.lead_states import MERGEABLE, OPEN, OWNED, LeadAlreadyClaimed, LeadStateForbids, State
from crm_leads.domain.matching.blocking import REACHING
from crm_leads.domain.normalise import PHONES
from crm_leads.domain.record import Record


class Lead(Record):
    """A possible buyer as captured (线索)."""

    __tablename__ = "lead"

    number: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=State.RECEIVED)
    state_reason: Mapped[str] = mapped_column(default="")
    state_note: Mapped[str] = mapped_column(default="")

    name: Mapped[str] = mapped_column(default="")
    company: Mapped[str] = mapped_column(default="")
    job_title: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = sealed(PHONES)
    phone_index: Mapped[str] = sealed_index("phone")
    email: Mapped[str] = sealed(ADDRESSES)
    email_index: Mapped[str] = sealed_index("email")
    other_phones: Mapped[list[str]] = sealed_list(PHONES)
    other_emails: Mapped[list[str]] = sealed_list(ADDRESSES)
    open_id: Mapped[str] = sealed(HANDLES)
    open_id_index: Mapped[str] = sealed_index("open_id")
    credit_code: Mapped[str] = mapped_column(default="")
    country_code: Mapped[str] = mapped_column(default="")
    province: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    postal_code: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    website: Mapped[str] = mapped_column(default="")

    channel: Mapped[str] = mapped_column(default="manual")
    source: Mapped[str] = mapped_column(default="")
    campaign_id: Mapped[UUID | None] = mapped_column(default=None)
    external_id: Mapped[str] = mapped_column(default="")
    need: Mapped[str] = mapped_column(default="")
    product_line: Mapped[str] = mapped_column(default="")
    intents: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)
    intent_count: Mapped[int] = mapped_column(default=1)
    tags: Mapped[list[str]] = mapped_column(default_factory=list)
    opt_outs: Mapped[list[str]] = mapped_column(default_factory=list)

    verdicts: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)
    score: Mapped[int] = mapped_column(default=0)
    grade: Mapped[str] = mapped_column(default="")
    score_reasons: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)

    pool_id: Mapped[UUID | None] = mapped_column(default=None)
    own_time: Mapped[datetime | None] = mapped_column(default=None)
    protect_until_time: Mapped[datetime | None] = mapped_column(default=None)
    recycle_due_time: Mapped[datetime | None] = mapped_column(default=None)
    first_touch_time: Mapped[datetime | None] = mapped_column(default=None)
    last_touch_time: Mapped[datetime | None] = mapped_column(default=None)
    recycle_count: Mapped[int] = mapped_column(default=0)

    merged_into_id: Mapped[UUID | None] = mapped_column(default=None)
    overwritten_by_id: Mapped[UUID | None] = mapped_column(default=None)
    overwrites_id: Mapped[UUID | None] = mapped_column(default=None)
    customer_id: Mapped[UUID | None] = mapped_column(default=None)
    contact_id: Mapped[UUID | None] = mapped_column(default=None)
    opportunity_id: Mapped[UUID | None] = mapped_column(default=None)
    import_id: Mapped[UUID | None] = mapped_column(default=None)
    conflict_id: Mapped[UUID | None] = mapped_column(default=None)

    offer_due_time: Mapped[datetime | None] = mapped_column(default=None)
    offered_from_unit_path: Mapped[str] = mapped_column(Path, default="")
    refused_paths: Mapped[list[str]] = mapped_column(default_factory=list)

    match_keys: Mapped[list[str]] = digested(*REACHING)
    search_text: Mapped[str] = mapped_column(default="")
    search_grams: Mapped[list[str]] = mapped_column(default_factory=list)

    __table_args__ = (
        scope_index("lead"),
        newest_index("lead"),
        Index(
            "ix_lead_owner",
            "owner_id",
            "state",
            text("create_time DESC"),
            text("id DESC"),
            postgresql_where=text("owner_id IS NOT NULL"),
        ),
        Index("ix_lead_state", "unit_path", "state", text("create_time DESC"), text("id DESC")),
        Index("ix_lead_score", text("score DESC"), text("id DESC")),
        # Every submission asks it for several keys: a list of pending entries would be read again for each of them.
        Index("ix_lead_match_keys", "match_keys", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
        Index(
            "ix_lead_search_text", "search_text", postgresql_using="gin", postgresql_ops={"search_text": "gin_trgm_ops"}
        ),
        Index("ix_lead_search_grams", "search_grams", postgresql_using="gin"),
        *(
            Index(f"ix_lead_{name}_index", f"{name}_index", postgresql_where=text(f"{name}_index <> ''"))
            for name in ("phone", "email", "open_id")
        ),
        Index("ix_lead_import_id", "import_id", postgresql_where=text("import_id IS NOT NULL")),
        Index("ix_lead_conflict_id", "conflict_id", postgresql_where=text("conflict_id IS NOT NULL")),
        Index("ix_lead_merged_into_id", "merged_into_id", postgresql_where=text("merged_into_id IS NOT NULL")),
        # Not unique: every unit counts for itself, and a lead keeps its number when it goes to another unit.
        Index("ix_lead_number", "number"),
    )

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def place_in_pool(self, pool_id: UUID | None, unit_path: str) -> None:
        """Anyone of the unit may claim it now."""
        self.state, self.pool_id, self.unit_path = State.POOLED, pool_id, unit_path
        self._disown()

    def reject(self, reason: str) -> None:
        """Refused by validation; kept with its reason, can be repaired."""
        self._leave("rejected", State.RECEIVED)
        self.state, self.state_reason = State.REJECTED, reason

    def claim(self, user_id: UUID, now: datetime) -> None:
        """A person takes it from the pool."""
        if self.state in OWNED:
            raise LeadAlreadyClaimed(id=self.id)
        self._leave("claimed", State.POOLED)
        self._own(user_id, now)

    def assign(self, user_id: UUID, now: datetime) -> UUID | None:
        """A manager or a rule hands it to a person; answers who had it."""
        self._leave("assigned", State.RECEIVED, State.POOLED, State.ASSIGNED, State.WORKING, State.QUALIFIED)
        previous, qualified = self.owner_id, self.state == State.QUALIFIED
        self._own(user_id, now)
        if qualified:
            self.state = State.QUALIFIED
        return previous

    def release(self) -> UUID | None:
        """Back to the pool by its owner; answers who had it."""
        self._leave("released", State.ASSIGNED, State.WORKING)
        return self._to_pool()

    def recycle(self) -> UUID | None:
        """Back to the pool because nobody followed it up; answers who had it."""
        self._leave("recycled", State.ASSIGNED, State.WORKING)
        self.recycle_count += 1
        return self._to_pool()

    def touched(self, at: datetime, *, outbound: bool) -> None:
        """A valid contact moment: moves the clocks, and the first outbound one starts the work."""
        self.last_touch_time = max(self.last_touch_time or at, at)
        if self.owner_id is not None and self.first_touch_time is None:
            self.first_touch_time = at
        if outbound and self.state == State.ASSIGNED:
            self.state = State.WORKING

    def qualify(self) -> None:
        """The need is confirmed."""
        self._leave("qualified", State.ASSIGNED, State.WORKING)
        self.state = State.QUALIFIED

    def disqualify(self, reason: str, note: str = "") -> None:
        """No business here."""
        self._leave("disqualified", State.POOLED, State.ASSIGNED, State.WORKING, State.QUALIFIED, State.UNPLACED)
        self.state, self.state_reason, self.state_note = State.DISQUALIFIED, reason, note
        self.recycle_due_time = self.protect_until_time = None

    def reopen(self) -> UUID | None:
        """Back into its pool for another try; answers who had it."""
        self._leave("reopened", State.DISQUALIFIED, State.REJECTED)
        self.state_reason = self.state_note = ""
        return self._to_pool()

    def start_conversion(self) -> None:
        """Reserved by a conversion; nothing else may change it until that ends."""
        self._leave("converted", State.QUALIFIED)
        self.state = State.CONVERTING

    def abandon_conversion(self, reason: str) -> None:
        """The conversion was refused; the lead is as before, with the reason."""
        self._leave("returned", State.CONVERTING)
        self.state, self.state_note = State.QUALIFIED, reason

    def convert(self, customer_id: UUID, contact_id: UUID | None, opportunity_id: UUID | None) -> None:
        """It became a customer; read-only from here on."""
        self._leave("converted", State.CONVERTING)
        self.state, self.state_note = State.CONVERTED, ""
        self.customer_id, self.contact_id, self.opportunity_id = customer_id, contact_id, opportunity_id
        self.recycle_due_time = self.protect_until_time = None

    def overwritten_by(self, newer: "Lead") -> None:
        """A newer submission takes over; what the person opted out of goes with it."""
        self._leave("overwritten", State.POOLED, State.ASSIGNED, State.WORKING, State.OFFERED, State.UNPLACED)
        self.state, self.overwritten_by_id, newer.overwrites_id = State.OVERWRITTEN, newer.id, self.id
        newer.opt_outs = sorted({*newer.opt_outs, *self.opt_outs})
        newer.intent_count = self.intent_count + 1
        self.recycle_due_time = self.protect_until_time = None

    def attach(self, customer_id: UUID, contact_id: UUID | None) -> None:
        """The party is a customer we have: the submission is kept, closed, as one of its interests."""
        self.state, self.customer_id, self.contact_id = State.DUPLICATE_CLOSED, customer_id, contact_id

    def count_on(self, holder: "Lead") -> None:
        """What it said went to another lead; it stays as the submitter's closed receipt."""
        self.state, self.merged_into_id = State.DUPLICATE_CLOSED, holder.id

    def merge_into(self, survivor: "Lead", now: datetime) -> None:
        """A person found it to be the same as another: a tombstone, which keeps all it said and whose it was."""
        self._leave("merged", *MERGEABLE)
        self.state, self.merged_into_id, self.delete_time = State.MERGED, survivor.id, now

    def unmerge(self, state: State, pool_id: UUID | None) -> None:
        """It is itself again, in the state it had, or in the pool when nobody has it any more."""
        self.state, self.merged_into_id, self.delete_time = state, None, None
        if state == State.POOLED:
            self.pool_id = pool_id
            self._disown()

    def hold(self, conflict_id: UUID, until: datetime) -> None:
        """Another unit has the party until the day; an arbiter decides."""
        self._leave("decided", State.RECEIVED)
        self.state, self.conflict_id, self.protect_until_time = State.HELD, conflict_id, until

    def end_hold(self, state: State, note: str) -> None:
        """The arbiter decided: ``RECEIVED`` to be placed, ``DUPLICATE_CLOSED`` or ``REJECTED``; ``note`` is the answer."""
        self._leave("decided", State.HELD)
        self.state, self.state_note, self.protect_until_time = state, note, None
        if state != State.RECEIVED:
            self.state_reason = "arbiter"

    def give_up_to(self, newer: "Lead") -> UUID | None:
        """An arbiter gave the party to another unit's submission, which it does not name; answers who had it."""
        previous = self.owner_id
        self.state, self.state_reason = State.OVERWRITTEN, "arbiter"
        newer.opt_outs = sorted({*newer.opt_outs, *self.opt_outs})
        self.recycle_due_time = self.protect_until_time = self.offer_due_time = None
        return previous

    def send_to(self, unit_path: str) -> UUID | None:
        """On its way to another unit, whose rules or pool place it; answers who had it."""
        self._leave("distributed", State.RECEIVED, State.POOLED, State.ASSIGNED, State.UNPLACED)
        previous = self.owner_id
        self.state, self.unit_path, self.pool_id = State.RECEIVED, unit_path, None
        self._disown()
        return previous

    def offer(self, unit_path: str, due: datetime) -> None:
        """A unit gets it if it accepts in time."""
        self._leave("distributed", State.RECEIVED)
        self.offered_from_unit_path = self.offered_from_unit_path or self.unit_path
        self.state, self.unit_path, self.pool_id, self.offer_due_time = State.OFFERED, unit_path, None, due

    def accept(self) -> None:
        """The unit takes it."""
        self._leave("accepted", State.OFFERED)
        self.state, self.offer_due_time, self.offered_from_unit_path, self.refused_paths = State.RECEIVED, None, "", []

    def bounce(self) -> None:
        """The unit does not take it: back where it was offered from."""
        self._leave("refused", State.OFFERED)
        self.refused_paths = [*self.refused_paths, self.unit_path]
        self.state, self.unit_path, self.offer_due_time = State.RECEIVED, self.offered_from_unit_path, None

    def wait_for_person(self) -> None:
        """No unit took it: somebody has to distribute it by hand."""
        self._leave("distributed", State.RECEIVED)
        self.state, self.offered_from_unit_path, self.refused_paths = State.UNPLACED, "", []

    def protect(self, until: datetime | None, recycle_due: datetime | None) -> None:
        """Set how long nobody else may have it, and when it returns if nothing happens."""
        self.protect_until_time, self.recycle_due_time = until, recycle_due

    def _own(self, user_id: UUID, now: datetime) -> None:
        self.state, self.owner_id, self.own_time, self.first_touch_time = State.ASSIGNED, user_id, now, None

    def _to_pool(self) -> UUID | None:
        previous = self.owner_id
        self.state = State.POOLED
        self._disown()
        return previous

    def _disown(self) -> None:
        self.owner_id = self.own_time = self.protect_until_time = self.recycle_due_time = None

    def _leave(self, wanted: str, *allowed: State) -> None:
        if self.state not in allowed:
            raise LeadStateForbids(id=self.id, state=self.state, wanted=wanted)
